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
from uuid import UUID

import orjson

from artifacts.refs import ArtifactKind, ObjectRef, check_text, storage_key
from artifacts.stores.object_store import ObjectStore
from artifacts.stores.ranges import read_head

FOLDER = "manifests"
FORMAT = 2
"""Of the document; a reader refuses a format that it does not know."""
_FORMATS = (1, FORMAT)
"""Those that are read; 1, that of 0.1.0, has no revision."""
HEAD = 8192
"""Bytes within which all that is not an artifact's is written."""


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
        if self.storage_path != storage_key(UUID(self.id)):
            # Else an entry could name another one's bytes.
            raise ValueError(f"{self.storage_path!r} is not the place of {self.id}.")
        if self.bytes < 0:
            raise ValueError(f"{self.bytes} bytes are less than none.")


@dataclass(frozen=True, slots=True)
class Head:
    """Revision and sequence of a stored manifest; `version` is for `swap()`."""

    revision: int
    sequence: int
    version: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A namespace and its artifacts, oldest first."""

    id: str
    owner: str
    "The owner's user name: ids of users differ from one database to the next."
    kind: str
    external_id: str
    sequence: int
    "Above the number of every object reference that was handed out."
    created_at: str
    artifacts: tuple[Entry, ...]
    revision: int = 0
    "Counts the changes of what is saved: of two manifests the greater is newer."
    generation: int = 0
    "Of the installation, when `sequence` was reached."
    format: int = FORMAT
    unreadable: tuple[str, ...] = ()
    "What is wrong with the entries that are none; never in a document."

    @property
    def key(self) -> str:
        return key_of(self.id)

    def encode(self) -> bytes:
        """Write the document: the head, then a line for each artifact."""
        head = {
            "format": self.format,
            "id": self.id,
            "owner": self.owner,
            "kind": self.kind,
            "external_id": self.external_id,
            "revision": self.revision,
            "sequence": self.sequence,
            "generation": self.generation,
            "created_at": self.created_at,
        }
        entries = b",\n  ".join(orjson.dumps(entry) for entry in self.artifacts)
        start = orjson.dumps(head, option=orjson.OPT_INDENT_2).removesuffix(b"\n}")
        return start + b',\n  "artifacts": [\n  ' + entries + b"\n  ]\n}\n"

    def write(self, store: ObjectStore) -> None:
        """Write the document, whatever is there."""
        store.replace(self.key, self.encode())

    @classmethod
    def read(cls, store: ObjectStore, key: str) -> Self:
        """Read one manifest; raise `ValueError` where the document is not one."""
        with contextlib.closing(store.open(key)) as content:
            text = read_head(content)
        try:
            # Not orjson, which refuses all for one text that is not text.
            return cls.parse(json.loads(text))
        except RecursionError as error:
            raise ValueError("Not a manifest: it is nested too deep.") from error

    @classmethod
    def parse(cls, document: Any) -> Self:
        """Make one of a document; an entry that is none costs no other its place."""
        try:
            if document["format"] not in _FORMATS:
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


def _check_types(made: Entry | Head | Manifest) -> None:
    """Raise `TypeError` for a text that is no text, or a number that is none."""
    types: dict[Any, type] = {"str": str, "int": int}
    for field in dataclasses.fields(made):
        value, expected = getattr(made, field.name), types.get(field.type)
        # Exactly: Python's booleans are numbers, JSON's are not.
        if expected is not None and type(value) is not expected:
            raise TypeError(f"{field.name} is {value!r}")


def key_of(namespace_id: object) -> str:
    """Give the key of a namespace's manifest."""
    return f"{FOLDER}/{namespace_id}.json"


def read_manifest_head(store: ObjectStore, key: str) -> Head | None:
    """Read how far a stored manifest is; None where there is no manifest.

    Raises `ValueError` where the document is not one.
    """
    try:
        document = store.document(key, head=HEAD)
    except FileNotFoundError:
        return None
    # A quote within a text is escaped: this stands at the end of the head alone.
    start, found, _ = document.data.partition(b'"artifacts":')
    if not found:
        raise ValueError("Not a manifest: it has no artifacts.")
    try:
        values = json.loads(start.rstrip().removesuffix(b",") + b"}")
        head = Head(values.get("revision", 0), values["sequence"], document.version)
        _check_types(head)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"Not a manifest: {error}") from error
    return head


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
