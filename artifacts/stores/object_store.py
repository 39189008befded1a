"""What the app asks of a store of immutable bytes, over any Django `Storage`."""

from __future__ import annotations

import contextlib
import io
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, cast

from django.core.files.base import File
from django.core.files.storage import InMemoryStorage, Storage, storages
from django.utils.module_loading import import_string

from artifacts.stores.ranges import CHUNK, Reader, read_head

__all__ = ["CHUNK", "Document", "ObjectStore", "Reader", "Stat", "live", "persisted"]


@dataclass(frozen=True, slots=True)
class Document:
    """A small mutable object, or its head; `version` names this very state of it."""

    data: bytes
    version: str


@dataclass(frozen=True, slots=True)
class Stat:
    """One stored object: its size in bytes and when it was written (aware)."""

    key: str
    size: int
    modified: datetime


class ObjectStore:
    """Adds to a `Storage` what it lacks, by its own methods where no better is known.

    A missing key raises `FileNotFoundError`, a store that does not answer
    `StoreError`. Subclasses give the guarantees: `place`, `replace` and `swap` are
    atomic there, so that nobody ever sees a part of an object.
    """

    def __init__(self, storage: Storage, alias: str = "") -> None:
        self.storage = storage
        self.alias = alias

    @property
    def is_in_memory(self) -> bool:
        """Whether the bytes are this process's own, and end with it."""
        return isinstance(self.storage, InMemoryStorage)

    def place(self, key: str, content: BinaryIO) -> bool:
        """Store `content` from its start under a new `key`; False where `key` exists."""
        if self.storage.exists(key):
            return False
        content.seek(0)
        stored = self.storage.save(key, File(content, name=key))
        if stored != key:  # another was faster: Django chose a free name
            self.storage.delete(stored)
        return stored == key

    def replace(self, key: str, data: bytes) -> None:
        """Store a small mutable document, whole or not at all."""
        self.overwrite(key, io.BytesIO(data))

    def overwrite(self, key: str, content: BinaryIO) -> None:
        """Store `content` from its start under `key`, whatever is there now."""
        content.seek(0)
        self.storage.delete(key)
        self.storage.save(key, File(content, name=key))

    def swap(self, key: str, data: bytes, *, version: str | None) -> bool:
        """Write a document where it still is in the state `version`; else False.

        None is the state in which there is no such document. Where another writer has
        just written the same, it may be True as well.
        """
        if self._version(key) != version:
            return False
        self.replace(key, data)
        return True

    def document(self, key: str, *, head: int | None = None) -> Document:
        """Read a document, or its first `head` bytes, and the state that it is in."""
        with contextlib.closing(self.open(key, 0, head)) as content:
            data = read_head(content, head)
        version = self._version(key)
        if version is None:
            raise FileNotFoundError(key)
        return Document(data, version)

    def move(self, key: str, to: str) -> bool:
        """Give an object another key; False where that key is taken.

        A crash in between leaves both, never none.
        """
        with self.local(key) as content:
            moved = self.place(to, content)
        if moved:
            self.delete(key)
        return moved

    def open(self, key: str, start: int = 0, length: int | None = None) -> Reader:
        """Open for reading at `start`; no more than `length` bytes will be asked for."""
        content = self.storage.open(key)
        content.seek(start)
        return cast("Reader", content)

    @contextlib.contextmanager
    def local(self, key: str) -> Iterator[BinaryIO]:
        """Give the whole object as a real file, copied to disk where it is elsewhere."""
        with tempfile.TemporaryFile() as copy, contextlib.closing(self.open(key)) as it:
            shutil.copyfileobj(cast("BinaryIO", it), copy, CHUNK)
            copy.seek(0)
            yield cast("BinaryIO", copy)

    def stat(self, key: str) -> Stat:
        """Give size and time of one object."""
        return Stat(key, self.storage.size(key), self.storage.get_modified_time(key))

    def delete(self, key: str) -> None:
        """Delete an object; it is no error where there is none."""
        self.storage.delete(key)

    def list(self, prefix: str) -> Iterator[Stat]:
        """Give all objects below the folder `prefix`, in no order."""
        try:
            folders, names = self.storage.listdir(prefix)
        except FileNotFoundError:
            return
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # deleted since
                yield self.stat(f"{prefix}/{name}")
        for folder in folders:
            yield from self.list(f"{prefix}/{folder}")

    def sweep_unfinished(
        self, before: datetime, *, delete: bool, thorough: bool = False
    ) -> Iterator[str]:
        """Name, and delete, what uploads left that ended without a word before a time.

        A `thorough` search looks at every object for it.
        """
        return iter(())

    def path(self, key: str) -> str | None:
        """Give the path below the store's root on local disk; None elsewhere."""
        return None

    def presigned_url(self, key: str, *, seconds: int, headers: dict[str, str]) -> str:
        """Make a link that answers with these `Content-*` headers; "" if it cannot."""
        return ""

    def _version(self, key: str) -> str | None:
        try:
            found = self.stat(key)
        except FileNotFoundError:
            return None
        return f"{found.size} {found.modified.isoformat()}"


_STORES = {
    "django.core.files.storage.filesystem.FileSystemStorage": "disk.DiskStore",
    "storages.backends.s3.S3Storage": "s3.S3Store",
    "storages.backends.gcloud.GoogleCloudStorage": "gcs.GCSStore",
    "artifacts.stores.redis.RedisStorage": "redis.RedisStore",
}
"""By the storage's dotted name, so that no vendor's library is imported in vain."""


def object_store(alias: str) -> ObjectStore:
    """Find the store that serves `STORAGES[alias]`."""
    storage = storages[alias]
    for base in type(storage).__mro__:
        name = _STORES.get(f"{base.__module__}.{base.__qualname__}")
        if name is not None:
            store: type[ObjectStore] = import_string(f"artifacts.stores.{name}")
            return store(storage, alias)
    return ObjectStore(storage, alias)


def live() -> ObjectStore:
    """Give the store of bytes whose session is active."""
    return object_store("live")


def persisted() -> ObjectStore:
    """Give the store of bytes for good, and of the manifests."""
    return object_store("default")
