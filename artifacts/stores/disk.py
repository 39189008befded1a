"""Objects on local disk, durable once `place` returns: fsync, link, fsync."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from django.core.files.storage import FileSystemStorage

from artifacts.stores.object_store import CHUNK, ObjectStore, Reader, Stat

_PARTIAL = ".partial-"
"""Begins the names of files that are being written; such a file is no object."""


class DiskStore(ObjectStore):
    """Hard links give what `FileSystemStorage` lacks: whole files, never overwritten."""

    storage: FileSystemStorage

    def place(self, key: str, content: BinaryIO) -> bool:
        """Link or copy `content` to `key`; a named file on this disk is not copied."""
        target = self._target(key)
        try:
            if not self._link(content, target):
                with self._partial(target) as partial:
                    content.seek(0)
                    shutil.copyfileobj(content, partial, CHUNK)
                    self._make_durable(partial)
                    os.link(partial.name, target)
        except FileExistsError:
            return False
        _sync_folder(target.parent)
        return True

    def replace(self, key: str, data: bytes) -> None:
        target = self._target(key)
        with self._partial(target) as partial:
            partial.write(data)
            self._make_durable(partial)
            Path(partial.name).replace(target)
        _sync_folder(target.parent)

    def open(self, key: str, start: int = 0, length: int | None = None) -> Reader:
        # Unbuffered: reads are large, and sendfile starts at the descriptor's offset.
        content = Path(self.storage.path(key)).open("rb", buffering=0)  # noqa: SIM115 - the caller closes it
        content.seek(start)
        return cast("Reader", content)

    @contextlib.contextmanager
    def local(self, key: str) -> Iterator[BinaryIO]:
        with Path(self.storage.path(key)).open("rb") as content:
            yield content

    def stat(self, key: str) -> Stat:
        found = Path(self.storage.path(key)).stat()
        modified = datetime.fromtimestamp(found.st_mtime, tz=UTC)
        return Stat(key, found.st_size, modified)

    def list(self, prefix: str) -> Iterator[Stat]:
        root = Path(self.storage.location)
        for folder, _, names in os.walk(root / prefix):
            for name in names:
                if not name.startswith(_PARTIAL):
                    with contextlib.suppress(FileNotFoundError):  # deleted since
                        key = (Path(folder) / name).relative_to(root).as_posix()
                        yield self.stat(key)

    def path(self, key: str) -> str | None:
        return key

    def _target(self, key: str) -> Path:
        target = Path(self.storage.path(key))
        if not target.parent.is_dir():
            target.parent.mkdir(parents=True, exist_ok=True)
            for folder in target.parents:  # a new folder is an entry in its parent
                _sync_folder(folder)
                if folder == Path(self.storage.location).parent:
                    break
        return target

    def _link(self, content: BinaryIO, target: Path) -> bool:
        """Give a named file its place without a copy; False where it has none here."""
        source = getattr(content, "name", None)
        if not isinstance(source, str):
            return False
        content.flush()
        self._make_durable(content)
        try:
            os.link(source, target)
        except OSError as error:
            if error.errno in (errno.EXDEV, errno.EPERM, errno.ENOENT, errno.EMLINK):
                return False
            raise
        return True

    @contextlib.contextmanager
    def _partial(self, target: Path) -> Iterator[BinaryIO]:
        """Open a temporary file beside `target`, gone at the end whatever happens."""
        with tempfile.NamedTemporaryFile(
            dir=target.parent, prefix=_PARTIAL, delete=False
        ) as partial:
            try:
                yield cast("BinaryIO", partial)
            finally:
                Path(partial.name).unlink(missing_ok=True)

    def _make_durable(self, content: BinaryIO) -> None:
        content.flush()
        mode = self.storage.file_permissions_mode
        if mode is not None:  # a temporary file is its owner's; nginx may read it too
            os.fchmod(content.fileno(), mode)
        os.fsync(content.fileno())


def _sync_folder(folder: Path) -> None:
    """Make names durable: fsync of a file does not write its entry (POSIX)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
