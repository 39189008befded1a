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
from datetime import UTC, datetime
from typing import Any, Self

from artifacts.refs import ArtifactKind, ObjectRef, check_text
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

    def check(self) -> None:
        """Raise `ValueError` for what no put could have made."""
        for field in ("filename", "storage_path", "mime_type", "sha256"):
            check_text(getattr(self, field), field=field)
        if ObjectRef.parse(self.object_id).kind != ArtifactKind(self.kind):
            raise ValueError(f"An object of kind {self.kind} is not named so.")
        if not {"", ".", ".."}.isdisjoint(self.storage_path.split("/")):
            raise ValueError(f"{self.storage_path!r} is no place in a store.")
        if self.bytes < 0:
            raise ValueError(f"{self.bytes} bytes are less than none.")


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
    unreadable: tuple[str, ...] = ()
    "What is wrong with the entries that are none; never in a document."

    @property
    def key(self) -> str:
        return f"{FOLDER}/{self.id}.json"

    def write(self, store: ObjectStore) -> None:
        values = dataclasses.asdict(self)
        del values["unreadable"]
        document = json.dumps(values, ensure_ascii=False, indent=1)
        store.replace(self.key, document.encode())

    @classmethod
    def read(cls, store: ObjectStore, key: str) -> Self:
        """Read one manifest; raise `ValueError` where the document is not one."""
        with contextlib.closing(store.open(key)) as content:
            text = b"".join(iter(lambda: content.read(CHUNK), b""))
        try:
            return cls.parse(json.loads(text))
        except RecursionError as error:
            raise ValueError("Not a manifest: it is nested too deep.") from error

    @classmethod
    def parse(cls, document: Any) -> Self:
        """Make one of a document; an entry that is none costs no other its place."""
        try:
            if document["format"] != FORMAT:
                raise ValueError(f"Manifest format {document['format']!r} is unknown.")
            values = {**document, "unreadable": ()}
            entries, unreadable = _entries(values.pop("artifacts"))
            if unreadable and not entries:
                raise ValueError(f"Not a manifest: {unreadable[0]}")
            manifest = cls(artifacts=entries, **values)
            _check_types(manifest)
        except (KeyError, TypeError) as error:
            raise ValueError(f"Not a manifest: {error}") from error
        return dataclasses.replace(manifest, unreadable=unreadable)


def _entries(documents: list[Any]) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """Give the entries, and what is wrong with those that are none."""
    entries: list[Entry] = []
    unreadable: list[str] = []
    for number, document in enumerate(documents, 1):
        try:
            entry = Entry(**document)
            _check_types(entry)
        except TypeError as error:
            unreadable.append(f"entry {number}: {error}")
        else:
            entries.append(entry)
    return tuple(entries), tuple(unreadable)


def _check_types(made: Entry | Manifest) -> None:
    """Raise `TypeError` for a text that is no text, or a number that is none."""
    types: dict[Any, type] = {"str": str, "int": int}
    for field in dataclasses.fields(made):
        value, expected = getattr(made, field.name), types.get(field.type)
        # Exactly: Python's booleans are numbers, JSON's are not.
        if expected is not None and type(value) is not expected:
            raise TypeError(f"{field.name} is {value!r}")


def moment(text: str) -> datetime:
    """Read a time; raise `ValueError` for one without an offset, too."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"The time {text!r} has no offset.")
    try:
        return found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"The time {text!r} is out of range.") from error


def manifest_keys(store: ObjectStore) -> Iterator[str]:
    """Give the keys of all manifests on the store."""
    return (stat.key for stat in store.list(FOLDER) if stat.key.endswith(".json"))
