"""Bytes on their way in: a local temporary file, counted and hashed as it is written."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, Self, cast

from artifacts.conf import conf
from artifacts.exceptions import TooLargeError
from artifacts.stores.object_store import CHUNK, Reader

PREFIX = "put-"
"""Begins the names of staged files; one that a crash left is swept by its age."""


class StagedFile:
    """A received file, gone when closed; a disk store links it instead of copying.

    Bounds memory to one chunk, whatever the size. Raises `TooLargeError` as soon as
    more than `ARTIFACTS_MAX_BYTES` arrive.
    """

    def __init__(self) -> None:
        folder = conf.ARTIFACTS_STAGING_DIR
        folder.mkdir(parents=True, exist_ok=True)
        self._temporary = tempfile.NamedTemporaryFile(dir=folder, prefix=PREFIX)  # noqa: SIM115 - closed by close()
        self._digest = hashlib.sha256()
        self._max_bytes = conf.ARTIFACTS_MAX_BYTES
        self.size = 0

    @classmethod
    def receive(cls, source: Reader) -> Self:
        """Stage everything that `source` holds from where it stands."""
        staged = cls()
        try:
            while chunk := source.read(CHUNK):
                staged.write(chunk)
        except BaseException:
            staged.close()
            raise
        return staged

    def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > self._max_bytes:
            self.close()
            raise TooLargeError(
                f"An artifact has at most {self._max_bytes} bytes.", field="file"
            )
        self._digest.update(chunk)
        self._temporary.write(chunk)

    @property
    def file(self) -> BinaryIO:
        """The file itself, named, written out, at its start."""
        self._temporary.flush()
        self._temporary.seek(0, os.SEEK_SET)
        return cast("BinaryIO", self._temporary.file)

    @property
    def sha256(self) -> str:
        """Lower-case hex, 64 digits, of what was written so far."""
        return self._digest.hexdigest()

    def close(self) -> None:
        self._temporary.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()  # of a client that hung up midway, whose handler just ends


def sweep_staged(before: datetime, *, delete: bool) -> Iterator[str]:
    """Give, and delete, staged files that were last written before a time."""
    for path in conf.ARTIFACTS_STAGING_DIR.glob(f"{PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):  # its upload ended since
            if path.stat().st_mtime < before.timestamp():
                if delete:
                    path.unlink()
                yield str(path)
