"""The stores that take part in the tests, each in an empty place of its own.

`ARTIFACTS_TEST_STORES` names them; those with a server are found by the variables
that `python -m tests.servers start` prints.
"""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Any, cast

from django.utils.module_loading import import_string

from artifacts.stores.object_store import ObjectStore
from artifacts.stores.redis import RedisStore
from paradigm.storages import storage

NAMES = os.environ.get("ARTIFACTS_TEST_STORES", "memory,disk").split(",")
WITH_SERVERS = ("redis", "s3", "gcs")


def url_of(name: str) -> str:
    """Say where a store with a server is; as a setting of the service would."""
    if name == "redis":
        return os.environ.get("ARTIFACTS_TEST_REDIS", "redis://127.0.0.1:6379/15")
    return os.environ[f"ARTIFACTS_TEST_{name.upper()}"]


def make_store(
    name: str, folder: Path, *, url: str = "", place: str = "", **options: Any
) -> ObjectStore:
    """Make a store of this name, empty unless its `place` on the server is given.

    The `url` replaces the configured one, `options` those of the Django storage.
    """
    url = url or (url_of(name) if name in WITH_SERVERS else name)
    entry: Any = storage(url, data_dir=folder, folder="stored")
    if name in WITH_SERVERS:
        # With a space and a bracket, as anything may stand in a prefix.
        place = place or f"test [{uuid.uuid4()}]"
        entry["OPTIONS"]["prefix" if name == "redis" else "location"] = place
    backend = import_string(entry["BACKEND"])
    return _class(name)(backend(**{**entry["OPTIONS"], **options}))


def empty(store: ObjectStore) -> None:
    """Leave nothing on a server; what is here ends with the test."""
    for found in list(store.list("")):
        store.delete(found.key)
    if isinstance(store, RedisStore):  # what a dead process left would take an hour
        prefix = store.storage.prefix.encode()
        for name in store.storage.client.scan_iter():
            if name.startswith((prefix + b":", prefix + b"/")):
                store.storage.client.unlink(name)


def _class(name: str) -> type[ObjectStore]:
    names = {"disk": "DiskStore", "redis": "RedisStore", "s3": "S3Store"}
    if name == "memory":
        return ObjectStore
    dotted = f"artifacts.stores.{name}.{names.get(name, 'GCSStore')}"
    return cast("type[ObjectStore]", import_string(dotted))
