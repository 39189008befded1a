"""A list of all stored objects, on disk: compared with rows in constant memory."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

from artifacts.refs import artifact_of_key
from artifacts.stores.object_store import ObjectStore

BATCH = 1000

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE object (
    id BLOB, tier TEXT, key TEXT, size INTEGER, modified REAL, PRIMARY KEY (id, tier)
) WITHOUT ROWID;
CREATE TABLE listed (id BLOB PRIMARY KEY, manifest TEXT, newer INTEGER) WITHOUT ROWID;
CREATE TABLE trash (key TEXT PRIMARY KEY, tier TEXT, place TEXT) WITHOUT ROWID;
CREATE TABLE orphan (tier TEXT, key TEXT, PRIMARY KEY (tier, key)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Found:
    """One object whose key an artifact could have; `modified` is a Unix time."""

    id: UUID
    tier: str
    key: str
    size: int
    modified: float


class Inventory:
    """Objects of the stores and entries of the manifests; gone when closed."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="artifacts-verify-")
        self._db = sqlite3.connect(Path(self._folder.name) / "inventory")
        self._db.executescript(_SCHEMA)
        self.foreign: list[str] = []
        "Keys below `artifacts/` that no put could have made: some of them."
        self.foreign_count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()
        self._folder.cleanup()

    def take(self, store: ObjectStore) -> None:
        """List all of a store's objects."""
        self._db.executemany(
            "INSERT OR REPLACE INTO object VALUES (?, ?, ?, ?, ?)", self._objects(store)
        )

    def _objects(
        self, store: ObjectStore
    ) -> Iterator[tuple[bytes, str, str, int, float]]:
        for stat in store.list("artifacts"):
            artifact_id = artifact_of_key(stat.key)
            if artifact_id is None:
                self.foreign_count += 1
                if len(self.foreign) < 5:
                    self.foreign.append(f"{store.alias}: {stat.key}")
                continue
            time = stat.modified.timestamp()
            yield artifact_id.bytes, store.alias, stat.key, stat.size, time

    def take_trash(self, found: Iterable[tuple[str, str, str]]) -> None:
        """Note what was set aside: former key, tier, key there."""
        self._db.executemany("INSERT OR REPLACE INTO trash VALUES (?, ?, ?)", found)

    def in_trash(self, key: str) -> tuple[str, str] | None:
        """Give tier and key of what was set aside from this key."""
        query = "SELECT tier, place FROM trash WHERE key = ?"
        found: tuple[str, str] | None = self._db.execute(query, [key]).fetchone()
        return found

    def list_entries(self, ids: Iterable[UUID], manifest: str, *, newer: bool) -> None:
        """Note what a manifest lists; `newer` where it may know more than the database."""
        self._db.executemany(
            "INSERT OR REPLACE INTO listed VALUES (?, ?, ?)",
            ((artifact_id.bytes, manifest, newer) for artifact_id in ids),
        )

    def is_listed(self, artifact_id: UUID) -> bool:
        return (
            self._one("SELECT 1 FROM listed WHERE id = ?", artifact_id.bytes)
            is not None
        )

    def tiers_of(self, ids: Iterable[UUID]) -> dict[UUID, dict[str, Found]]:
        """Give where these artifacts' bytes are, by id and tier."""
        found: dict[UUID, dict[str, Found]] = {}
        for artifact_id in ids:
            rows = self._db.execute(
                "SELECT * FROM object WHERE id = ?", [artifact_id.bytes]
            )
            found[artifact_id] = {row[1]: _found(row) for row in rows}
        return found

    def batches(self) -> Iterator[list[Found]]:
        """Give all objects in the order of their ids."""
        last, query = (
            b"",
            (
                "SELECT * FROM object WHERE (id, tier) > (?, ?) ORDER BY id, tier LIMIT ?"
            ),
        )
        tier = ""
        while rows := self._db.execute(query, [last, tier, BATCH]).fetchall():
            yield [_found(row) for row in rows]
            last, tier = rows[-1][0], rows[-1][1]

    def entries(self) -> Iterator[list[tuple[UUID, str, bool]]]:
        """Give all that the manifests list: id, manifest, whether that may know more."""
        last, query = b"", "SELECT * FROM listed WHERE id > ? ORDER BY id LIMIT ?"
        while rows := self._db.execute(query, [last, BATCH]).fetchall():
            yield [
                (UUID(bytes=id), manifest, bool(newer)) for id, manifest, newer in rows
            ]
            last = rows[-1][0]

    def add_orphan(self, found: Found) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO orphan VALUES (?, ?)", [found.tier, found.key]
        )

    def orphans(self) -> Iterator[tuple[str, str]]:
        """Give tier and key of each."""
        yield from self._db.execute("SELECT * FROM orphan ORDER BY tier, key")

    def count(self, table: str) -> int:
        counts = {
            "object": "SELECT count(*) FROM object",
            "orphan": "SELECT count(*) FROM orphan",
        }
        found = self._one(counts[table])
        return int(found[0]) if found else 0

    def _one(self, query: str, *values: bytes) -> tuple[int, ...] | None:
        found: tuple[int, ...] | None = self._db.execute(query, values).fetchone()
        return found


def _found(row: tuple[bytes, str, str, int, float]) -> Found:
    return Found(UUID(bytes=row[0]), *row[1:])
