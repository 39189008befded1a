"""Objects on local disk, durable once `place` returns: fsync, link, fsync."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, cast

from django.core.files.storage import FileSystemStorage

from artifacts.stores.object_store import (
    CHUNK,
    Document,
    ObjectStore,
    Reader,
    Stat,
)

_PARTIAL = ".partial"
"""The folder of files that are being written, and of the lock of documents.

In 0.1.0 such files lay beside their objects, under names that begin so.
"""


_CANNOT_LINK = (
    errno.EXDEV,
    errno.EPERM,
    errno.ENOENT,
    errno.EMLINK,
    errno.EINVAL,
    errno.EOPNOTSUPP,
)


class DiskStore(ObjectStore):
    """Hard links give what `FileSystemStorage` lacks: whole files, never overwritten."""

    storage: FileSystemStorage

    def place(self, key: str, content: BinaryIO) -> bool:
        """Link or copy `content` to `key`; a file on this disk is not copied."""
        target = self._target(key)
        try:
            if not self._link(content, target):
                with self._partial() as partial:
                    self._fill(partial, content)
                    os.link(partial.name, target)
        except FileExistsError:
            return False
        _sync_folder(target.parent)
        return True

    def overwrite(self, key: str, content: BinaryIO) -> None:
        target = self._target(key)
        with self._partial() as partial:
            self._fill(partial, content)
            Path(partial.name).replace(target)
        _sync_folder(target.parent)

    def swap(self, key: str, data: bytes, *, version: str | None) -> bool:
        with (self._working_folder() / "lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return super().swap(key, data, version=version)

    def document(self, key: str, *, head: int | None = None) -> Document:
        with Path(self.storage.path(key)).open("rb") as content:
            version = _version(os.fstat(content.fileno()))
            return Document(content.read(-1 if head is None else head), version)

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
        for folder, folders, names in os.walk(root / prefix):
            folders[:] = [name for name in folders if name != _PARTIAL]
            for name in names:
                if not name.startswith(_PARTIAL):
                    with contextlib.suppress(FileNotFoundError):  # deleted since
                        key = (Path(folder) / name).relative_to(root).as_posix()
                        yield self.stat(key)

    def move(self, key: str, to: str) -> bool:
        source, target = Path(self.storage.path(key)), self._target(to)
        try:
            os.link(source, target)
        except FileExistsError:
            return False
        _sync_folder(target.parent)
        source.unlink(missing_ok=True)
        return True

    def sweep_unfinished(
        self, before: datetime, *, delete: bool, thorough: bool = False
    ) -> Iterator[str]:
        root = Path(self.storage.location)
        paths = list((root / _PARTIAL).glob("*-*"))
        if thorough:
            paths += root.rglob(f"{_PARTIAL}-*")
        for path in paths:
            with contextlib.suppress(FileNotFoundError):  # its upload ended since
                if path.stat().st_mtime < before.timestamp():
                    if delete:
                        path.unlink()
                    yield path.relative_to(root).as_posix()

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
        """Give a file of this disk its place without a copy; False for any other."""
        try:
            descriptor = content.fileno()
        except OSError:  # as in memory
            return False
        content.flush()
        self._make_durable(content)
        try:
            if not os.fstat(descriptor).st_nlink:
                _link_unnamed(descriptor, target)
            elif isinstance(content.name, str):
                os.link(content.name, target)
            else:
                return False
        except OSError as error:
            if error.errno in _CANNOT_LINK:
                return False
            raise
        return True

    def _working_folder(self) -> Path:
        folder = Path(self.storage.location) / _PARTIAL
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @contextlib.contextmanager
    def _partial(self) -> Iterator[BinaryIO]:
        """Open a temporary file, gone at the end whatever happens."""
        with tempfile.NamedTemporaryFile(
            dir=self._working_folder(), prefix="put-", delete=False
        ) as partial:
            try:
                yield cast("BinaryIO", partial)
            finally:
                Path(partial.name).unlink(missing_ok=True)

    def _fill(self, partial: BinaryIO, content: BinaryIO) -> None:
        content.seek(0)
        shutil.copyfileobj(content, partial, CHUNK)
        self._make_durable(partial)

    def _version(self, key: str) -> str | None:
        try:
            return _version(Path(self.storage.path(key)).stat())
        except FileNotFoundError:
            return None

    def _make_durable(self, content: BinaryIO) -> None:
        content.flush()
        mode = self.storage.file_permissions_mode
        if mode is not None:  # a temporary file is its owner's; nginx may read it too
            os.fchmod(content.fileno(), mode)
        os.fsync(content.fileno())


def _link_unnamed(descriptor: int, target: Path) -> None:
    """Name a file that was opened without a name (`O_TMPFILE`; open(2), linkat(2))."""
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        # With a folder given, Python calls linkat(), which follows the link in /proc.
        os.link(f"/proc/self/fd/{descriptor}", target, src_dir_fd=folder)
    finally:
        os.close(folder)


def _version(found: os.stat_result) -> str:
    """Name a file's state: each replacement is a file of its own."""
    return f"{found.st_ino} {found.st_mtime_ns} {found.st_size}"


def _sync_folder(folder: Path) -> None:
    """Make names durable: fsync of a file does not write its entry (POSIX)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
