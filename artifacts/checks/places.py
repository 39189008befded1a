"""Comparison of the places of two stores, however their URLs spell them.

Either would take the other's objects for its own: what is saved would be deleted as a
live copy, and the bytes of one as bytes without a row of the other.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from artifacts.stores.disk import DiskStore
from artifacts.stores.object_store import ObjectStore
from artifacts.stores.redis import RedisStore

_PORTS = {"http": 80, "https": 443, "redis": 6379, "rediss": 6379}
_LOOPBACK = ("localhost", "127.0.0.1", "::1", "localhost.")


def overlap(one: ObjectStore, other: ObjectStore) -> bool:
    """Say whether one store is the other, or lies within it."""
    if type(one) is not type(other) or one.is_in_memory:
        return False
    if isinstance(one, DiskStore) and isinstance(other, DiskStore):
        folders = Path(one.storage.location), Path(other.storage.location)
        return _is_within(*folders) or _is_within(*reversed(folders))
    if isinstance(one, RedisStore) and isinstance(other, RedisStore):
        return _database(one) == _database(other)
    if _container(one) != _container(other):
        return False
    folders_ = _prefix(one), _prefix(other)
    shorter = min(map(len, folders_))
    return folders_[0][:shorter] == folders_[1][:shorter]


def _is_within(folder: Path, other: Path) -> bool:
    """By path, and by device and number: a folder may be mounted twice."""
    folder, other = folder.resolve(), other.resolve()
    above = (folder, *folder.parents)
    return other in above or (
        other.exists() and any(it.exists() and it.samefile(other) for it in above)
    )


def _database(store: RedisStore) -> tuple[object, ...]:
    number = urlsplit(store.storage.server).path.strip("/") or "0"
    return (*_server(store.storage.server), number, store.storage.prefix)


def _container(store: ObjectStore) -> tuple[object, ...]:
    """Name the bucket or container that its prefix lies in, and whose it is."""
    storage: Any = store.storage
    names = ("bucket_name", "azure_container")
    container = [getattr(storage, name, None) for name in names]
    if hasattr(storage, "endpoint_url"):
        return (type(storage), _s3_server(storage.endpoint_url), *container)
    endpoint = _server(getattr(storage, "custom_endpoint", None) or "")
    return (type(storage), endpoint, _account(storage), *container)


def _s3_server(endpoint: str | None) -> tuple[object, ...]:
    """Amazon's own is one, with whatever name and in whatever region."""
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        endpoint = endpoint or os.environ.get(name)
    host, port = _server(endpoint or "https://s3.amazonaws.com")
    if host.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return ("amazonaws.com",)
    return (host, port)


def _account(storage: Any) -> str:
    """Azure's: named by itself, or within a connection string."""
    connection = getattr(storage, "connection_string", None) or ""
    parts = dict(part.partition("=")[::2] for part in connection.split(";"))
    name: str = getattr(storage, "account_name", None) or parts.get("AccountName", "")
    return name.lower()


def _server(url: str) -> tuple[str, int | None]:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    port = parts.port or _PORTS.get(parts.scheme)
    return ("localhost" if host in _LOOPBACK else host, port)


def _prefix(store: ObjectStore) -> list[str]:
    location = str(getattr(store.storage, "location", "") or "")
    return [part for part in location.split("/") if part]
