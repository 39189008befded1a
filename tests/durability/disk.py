"""A disk that forgets what was not synced, and what may rely on what it keeps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePath

from tests.durability.trace import Event

PUT, SAVED, DELETED = "201", "200", "204"


class Disk:
    """Follows a put, a save and a delete, one after the other; collects the problems.

    Names and bytes are durable before the row that names them is committed, and that
    before the answer and before anything is unlinked.
    """

    def __init__(self, data: str) -> None:
        self._data = data
        self._log = f"{data}/db.sqlite3-wal"
        self.problems: list[str] = []
        self.answers: list[str] = []
        self.needed: list[int] = []
        "Numbers of the syncs without which something would not be durable in time."
        self._unsynced: set[str] = set()
        "Files with bytes that a crash would take."
        self._unsynced_names: dict[str, set[str]] = defaultdict(set)
        "By folder, the names that a crash would take."
        self._syncs: dict[str, dict[str, int]] = {"file": {}, "folder": {}, "log": {}}
        "By path, the last sync that did something, until something relies on it."
        self._moved: dict[str, int] = {}
        "By name in a store, when it was given."
        self._last_commit = 0
        self._begin()

    def follow(self, events: Iterable[Event]) -> list[str]:
        """Give what is wrong, nothing where all is right."""
        for number, event in enumerate(events):
            getattr(self, f"_{event.kind}")(event, number)
        return self.problems

    def _begin(self) -> None:
        """Begin a request: of no file is anything known, all has to be shown anew."""
        self._synced: set[str] = set()
        self._commits: list[int] = []
        self._names: dict[str, int] = {}
        self._read_back: dict[str, int] = {}

    def _write(self, event: Event, number: int) -> None:
        if event.path.startswith(self._data):
            self._unsynced.add(event.path)
            self._synced.discard(event.path)

    def _sync(self, event: Event, number: int) -> None:
        path = event.path
        if path == self._log and path in self._unsynced:
            self._rely_on_names("a commit")
            self._commit(number)
        if path in self._unsynced_names:
            self._syncs["folder"][path] = number
        elif path == self._log:
            self._syncs["log"][path] = number
        elif path not in self._synced:
            self._syncs["file"][path] = number
        self._synced.add(path)
        self._unsynced.discard(path)
        self._unsynced_names.pop(path, None)

    def _commit(self, number: int) -> None:
        for name in self._names:
            if "/persisted/artifacts/" in name and name not in self._read_back:
                self.problems.append(f"{name}: committed before it was read back")
        self._commits.append(number)
        self._last_commit = number

    def _name(self, event: Event, number: int) -> None:
        if not self._is_stored(event.target):
            return
        if event.path not in self._synced:
            self.problems.append(f"{event.target}: named before its bytes were synced")
        self._rely_on("file", event.path)
        self._names[event.target] = self._moved[event.target] = number
        self._unsynced_names[str(PurePath(event.target).parent)].add(event.target)

    def _folder(self, event: Event, number: int) -> None:
        if self._is_stored(event.path):
            self._unsynced_names[str(PurePath(event.path).parent)].add(event.path)

    def _read(self, event: Event, number: int) -> None:
        if event.path in self._names:
            folder = str(PurePath(event.path).parent)
            if not self._unsynced_names.get(folder):
                self._read_back[event.path] = number

    def _unlink(self, event: Event, number: int) -> None:
        if self._is_stored(event.path) and "/artifacts/" in event.path:
            self._rely_on_log("unlink")
            saved = self._moved.get(event.path.replace("/live/", "/persisted/"), 0)
            in_time = self._last_commit > saved if saved else self._commits
            if "/persisted/" in event.path:
                in_time = self._commits
            if not in_time:
                self.problems.append(f"{event.path}: unlinked before its commit")

    def _answer(self, event: Event, number: int) -> None:
        if event.path not in (PUT, SAVED, DELETED):
            return
        # Probes come before the put, and tell nothing.
        if self.answers or event.path == PUT:
            self._rely_on_names(f"the answer {event.path}")
            self._rely_on_log(f"the answer {event.path}")
            if not self._commits:
                self.problems.append(f"{event.path}: answered without a commit")
            {PUT: self._put, SAVED: self._saved, DELETED: lambda: None}[event.path]()
            self.answers.append(event.path)
        self._begin()

    def _put(self) -> None:
        self._committed("live/artifacts/", self._names)

    def _saved(self) -> None:
        self._committed("persisted/artifacts/", self._names)
        self._committed("persisted/artifacts/", self._read_back)
        if not any("/persisted/manifests/" in name for name in self._names):
            self.problems.append("the answer 200: no manifest")

    def _committed(self, folder: str, done: dict[str, int]) -> None:
        """Ask that something was done in a folder, and a commit followed it."""
        numbers = [number for name, number in done.items() if f"/{folder}" in name]
        if not numbers or not self._commits or min(numbers) > self._commits[-1]:
            self.problems.append(f"{folder}: nothing there, or no commit after it")

    def _rely_on_names(self, what: str) -> None:
        for names in self._unsynced_names.values():
            self.problems.append(f"{what}: {sorted(names)} may be forgotten")
        self._rely_on("folder", *self._syncs["folder"])

    def _rely_on_log(self, what: str) -> None:
        if self._log in self._unsynced:
            self.problems.append(f"{what}: the commit before it may be forgotten")
        self._rely_on("log", self._log)

    def _rely_on(self, kind: str, *paths: str) -> None:
        for path in paths:
            if (number := self._syncs[kind].pop(path, None)) is not None:
                self.needed.append(number)

    def _is_stored(self, path: str) -> bool:
        """Say whether a path is in a store, or is a store's folder."""
        tiers = (f"{self._data}/live", f"{self._data}/persisted")
        return any(path == tier or path.startswith(f"{tier}/") for tier in tiers)
