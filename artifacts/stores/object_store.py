"""What the app asks of a store of immutable bytes, over any Django `Storage`."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol, cast

from django.core.files.base import ContentFile, File
from django.core.files.storage import InMemoryStorage, Storage, storages
from django.utils.module_loading import import_string

CHUNK = 1024 * 1024
"""Bytes read or copied at a time."""


class Reader(Protocol):
    """What reading needs of bytes, wherever they come from."""

    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Stat:
    """One stored object: its size in bytes and when it was written (aware)."""

    key: str
    size: int
    modified: datetime


class ObjectStore:
    """Adds to a `Storage` what it lacks, by its own methods where no better is known.

    A missing key raises `FileNotFoundError`, a store that does not answer
    `StoreError`. Subclasses give the guarantees: `place` and `replace` are atomic
    there, so that nobody ever sees a part of an object.
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
        self.storage.delete(key)
        self.storage.save(key, ContentFile(data, name=key))

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

    def path(self, key: str) -> str | None:
        """Give the path below the store's root on local disk; None elsewhere."""
        return None

    def presigned_url(self, key: str, *, seconds: int, headers: dict[str, str]) -> str:
        """Make a link that answers with these `Content-*` headers; "" if it cannot."""
        return ""


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
