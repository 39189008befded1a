"""Bytes on their way in: a local temporary file, counted and hashed as it is written."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Self, cast

from artifacts.conf import conf
from artifacts.exceptions import TooLargeError
from artifacts.stores.object_store import CHUNK, Reader

PREFIX = "put-"
"""Begins the names of staged files, where they have to have one.

On Linux they have none and end with their process; elsewhere one that a crash left is
swept by its age.
"""
_UNNAMED = getattr(os, "O_TMPFILE", 0)
_NO_UNNAMED = (errno.EOPNOTSUPP, errno.EINVAL, errno.EISDIR)
"""Answers of a file system, a kernel and a system that have no such files."""


class StagedFile:
    """A received file, gone when closed; a disk store links it instead of copying.

    Bounds memory to one chunk, whatever the size. Raises `TooLargeError` as soon as
    more than `ARTIFACTS_MAX_BYTES` arrive.
    """

    def __init__(self) -> None:
        self._temporary = _open_temporary(conf.ARTIFACTS_STAGING_DIR)
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
        """The file itself, written out, at its start."""
        self._temporary.flush()
        self._temporary.seek(0, os.SEEK_SET)
        return self._temporary

    @property
    def sha256(self) -> str:
        """Lower-case hex, 64 digits, of what was written so far."""
        return self._digest.hexdigest()

    def close(self) -> None:
        # What could not be written to a full disk is not wanted any more.
        with contextlib.suppress(OSError):
            self._temporary.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _open_temporary(folder: Path) -> BinaryIO:
    """Open a file that is gone once it is closed, unless it was linked before."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        # Not Python's TemporaryFile, whose O_EXCL forbids to link the file.
        descriptor = os.open(folder, _UNNAMED | os.O_RDWR, 0o600)
    except OSError as error:
        if error.errno not in _NO_UNNAMED:
            raise
        named = tempfile.NamedTemporaryFile(dir=folder, prefix=PREFIX)  # noqa: SIM115 - the caller closes it
        return cast("BinaryIO", named)
    return os.fdopen(descriptor, "w+b")


def sweep_staged(before: datetime, *, delete: bool) -> Iterator[str]:
    """Give, and delete, staged files that were last written before a time."""
    for path in conf.ARTIFACTS_STAGING_DIR.glob(f"{PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):  # its upload ended since
            if path.stat().st_mtime < before.timestamp():
                if delete:
                    path.unlink()
                yield str(path)
