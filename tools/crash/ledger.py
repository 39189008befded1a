"""The ledger: what was sent to the service, and what it has acknowledged."""

from __future__ import annotations

import enum
import hashlib
import random
import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote


class State(enum.StrEnum):
    """Where an artifact is in its life, as a client may believe."""

    SENT = "put without an answer"
    KEPT = "put"
    DELETING = "delete without an answer"
    DELETED = "deleted"
    NEVER = "never stored"
    LOST = "lost"


class Wrong(enum.StrEnum):
    """What must never happen, with the word that the table has for it."""

    LOST = "acknowledged and lost"
    HALF = "other bytes than were put"
    TWICE = "object ids used twice"
    BACK = "deleted and back"
    LEFTOVER = "leftovers that verify does not find"
    FAULT = "faults that verify leaves"
    UNEXPECTED = "answers that nothing explains"


@dataclass(frozen=True, slots=True)
class Namespace:
    """A session or an execution, by the client's own id."""

    kind: str
    name: str

    @property
    def query(self) -> dict[str, str]:
        return {f"{self.kind}_id": self.name}

    @property
    def save_path(self) -> str:
        return f"/v1/{self.kind}s/{quote(self.name, safe='')}/save"


@dataclass(slots=True, eq=False)
class Record:
    """One artifact: what was sent, and what is known of it."""

    namespace: Namespace
    filename: str
    size: int
    sha256: str
    touched: int
    "The last round in which it was put, moved or deleted."
    made: int
    "The round in which it was put."
    state: State = State.SENT
    id: str = ""
    object_id: str = ""
    saved: bool = False
    "A save of its namespace was answered after its put was."

    def __str__(self) -> str:
        return f"{self.namespace.name}/{self.object_id or '?'} {self.filename}"


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that must not have happened."""

    kind: Wrong
    round: int
    text: str

    def __str__(self) -> str:
        return f"{self.kind}, round {self.round}: {self.text}"


@dataclass(slots=True)
class Ledger:
    """All records; the clients' threads share it."""

    records: list[Record] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    round: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _owners: dict[tuple[Namespace, str], str] = field(default_factory=dict)
    "By object id, the file name of the artifact that has it."
    _by_name: dict[str, Record] = field(default_factory=dict)

    def send(self, namespace: Namespace, content: bytes, ending: str) -> Record:
        """Note a put before it is sent; its file name is its own."""
        with self._lock:
            name = f"put-{len(self.records)}.{ending}"
            digest = hashlib.sha256(content).hexdigest()
            record = Record(
                namespace, name, len(content), digest, self.round, self.round
            )
            self.records.append(record)
            self._by_name[name] = record
            return record

    def keep(self, record: Record, answer: dict[str, Any]) -> None:
        """Note that an artifact is stored, by the answer to its put or by a list."""
        with self._lock:
            record.id, record.object_id = answer["id"], answer["object_id"]
            record.state = State.KEPT
            place = (record.namespace, record.object_id)
            owner = self._owners.setdefault(place, record.filename)
            if owner != record.filename:
                self.wrong(Wrong.TWICE, f"{record}: it was the id of {owner}")
            if (answer["sha256"], answer["bytes"]) != (record.sha256, record.size):
                self.wrong(Wrong.HALF, f"{record}: the answer has another digest")

    def begin_delete(self, rng: random.Random, among: Iterable[Namespace]) -> Any:
        """Choose an artifact to delete; nobody else will. None where there is none."""
        with self._lock:
            record = self.choose(rng, among)
            if record is not None:
                record.state = State.DELETING
                record.touched = self.round
            return record

    def choose(
        self, rng: random.Random, among: Iterable[Namespace] | None = None
    ) -> Record | None:
        """Choose an artifact that is stored, and that nobody has begun to delete."""
        kept = self.kept(among)
        return rng.choice(kept) if kept else None

    def kept(self, among: Iterable[Namespace] | None = None) -> list[Record]:
        with self._lock:
            wanted = None if among is None else set(among)
            return [
                record
                for record in self.records
                if record.state is State.KEPT
                and (wanted is None or record.namespace in wanted)
            ]

    def of(self, namespace: Namespace) -> list[Record]:
        with self._lock:
            return [it for it in self.records if it.namespace == namespace]

    def named(self, filename: str) -> Record | None:
        return self._by_name.get(filename)

    def count(self, what: str) -> None:
        with self._lock:
            self.counts[what] += 1

    def wrong(self, kind: Wrong, text: str) -> None:
        with self._lock:
            self.violations.append(Violation(kind, self.round, text))

    def lose(self, record: Record, text: str) -> None:
        """Note a loss, once: what is lost is not looked for again."""
        with self._lock:
            if record.state is not State.LOST:
                record.state = State.LOST
                self.wrong(Wrong.LOST, f"{record}: {text}")
