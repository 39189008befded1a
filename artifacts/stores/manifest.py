"""The manifest of a saved namespace: one JSON document on the persisted store.

Together the manifests are the database's contents but for thumbnails, which are
drawn again, and tokens, which are made again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from artifacts.stores.object_store import CHUNK, ObjectStore

FOLDER = "manifests"
FORMAT = 1
"""Of the document; a reader refuses a format that it does not know."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One artifact as its row has it; times are ISO 8601 with an offset."""

    id: str
    object_id: str
    kind: str
    filename: str
    storage_path: str
    bytes: int
    mime_type: str
    sha256: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A namespace and its artifacts, oldest first."""

    id: str
    owner: str
    "The owner's user name: ids of users differ from one database to the next."
    kind: str
    external_id: str
    sequence: int
    "How many object references were ever handed out."
    created_at: str
    artifacts: tuple[Entry, ...]
    format: int = FORMAT

    @property
    def key(self) -> str:
        return f"{FOLDER}/{self.id}.json"

    def write(self, store: ObjectStore) -> None:
        document = json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=1)
        store.replace(self.key, document.encode())

    @classmethod
    def read(cls, store: ObjectStore, key: str) -> Self:
        """Read one manifest; raise `ValueError` where the document is not one."""
        with contextlib.closing(store.open(key)) as content:
            document = json.loads(b"".join(iter(lambda: content.read(CHUNK), b"")))
        return cls.parse(document)

    @classmethod
    def parse(cls, document: Any) -> Self:
        try:
            if document["format"] != FORMAT:
                raise ValueError(f"Manifest format {document['format']} is unknown.")
            entries = tuple(Entry(**entry) for entry in document.pop("artifacts"))
            return cls(artifacts=entries, **document)
        except (KeyError, TypeError) as error:
            raise ValueError(f"Not a manifest: {error}") from error


def manifest_keys(store: ObjectStore) -> Iterator[str]:
    """Give the keys of all manifests on the store."""
    return (stat.key for stat in store.list(FOLDER) if stat.key.endswith(".json"))
