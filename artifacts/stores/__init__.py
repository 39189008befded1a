"""Where bytes rest: the only part of the app that names a Django storage.

`object_store` is the interface and finds the right class for a `STORAGES` alias;
`disk`, `s3`, `gcs` and `redis` add what Django's `Storage` lacks on each of them.
"""

from __future__ import annotations

from artifacts.stores.object_store import ObjectStore, Stat, live, persisted

__all__ = ["ObjectStore", "Stat", "live", "persisted"]
