"""After a start: everything acknowledged is there, and as it was sent."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from typing import Any

import requests

from tools.crash.ledger import Ledger, Namespace, Record, State, Wrong
from tools.crash.site import Site

_PATIENCE = 60
"""Seconds in which what was killed has to answer again."""


class Audit:
    """Reads by both APIs, as the owner."""

    def __init__(self, site: Site, ledger: Ledger) -> None:
        self._site = site
        self._ledger = ledger
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {site.token}"

    def settle(self, namespaces: Iterable[Namespace]) -> None:
        """Compare the lists with the ledger; after it, no record is in doubt."""
        for namespace in namespaces:
            items = self._listed(namespace)
            self._compare(namespace, items)

    def read(self, records: Iterable[Record]) -> None:
        """Read each artifact by v1 and v3, and compare the bytes."""
        for record in records:
            if record.state is State.KEPT:
                self._read(record)
            elif record.state is State.DELETED and record.object_id:
                answer = self._get("/v1/artifacts", _query(record))
                if answer.status_code != 404:
                    text = f"{record}: {answer.status_code} after its delete"
                    self._ledger.wrong(Wrong.BACK, text)

    def rebuilt(self, records: Iterable[Record]) -> None:
        """Compare with a database that was made from the manifests alone.

        What was saved is there, what was deleted is not, and no id comes twice.
        """
        by_namespace: dict[Namespace, list[Record]] = {}
        for record in records:
            by_namespace.setdefault(record.namespace, []).append(record)
        for namespace, its_records in by_namespace.items():
            names = {item["filename"] for item in self._listed(namespace)}
            for record in its_records:
                there = record.filename in names
                if record.state is State.DELETED and there:
                    self._ledger.wrong(Wrong.BACK, f"{record}: in the rebuilt database")
                if record.state is State.KEPT and record.saved:
                    if there:
                        self._ledger.count("read back from the rebuilt database")
                        self._read(record)
                    else:
                        self._ledger.lose(record, "not in the rebuilt database")

    def _listed(self, namespace: Namespace) -> list[dict[str, Any]]:
        answer = self._get("/v1/artifacts/list", namespace.query)
        if answer.status_code == 404:
            return []
        if answer.status_code != 200:
            self._unexpected(f"list of {namespace.name}", answer)
            return []
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def _compare(self, namespace: Namespace, items: list[dict[str, Any]]) -> None:
        listed = {item["filename"]: item for item in items}
        if len(listed) != len(items):
            self._ledger.wrong(Wrong.TWICE, f"{namespace.name}: listed twice")
        for record in self._ledger.of(namespace):
            item = listed.pop(record.filename, None)
            if item is None:
                self._missing(record)
            else:
                self._present(record, item)
        for name in listed:
            text = f"{namespace.name}: {name}, which nobody put"
            self._ledger.wrong(Wrong.UNEXPECTED, text)

    def _missing(self, record: Record) -> None:
        if record.state is State.KEPT:
            self._ledger.lose(record, "not in its list")
        elif record.state is State.DELETING:
            record.state = State.DELETED
            self._ledger.count("deleted without an answer")
        elif record.state is State.SENT:
            record.state = State.NEVER

    def _present(self, record: Record, item: dict[str, Any]) -> None:
        if record.state is State.DELETED:
            self._ledger.wrong(Wrong.BACK, f"{record}: in its list")
        elif record.state is State.NEVER:
            self._ledger.wrong(Wrong.UNEXPECTED, f"{record}: was not there before")
        elif record.state is not State.LOST:
            if record.state is State.SENT:
                self._ledger.count("put without an answer, whole")
            self._ledger.keep(record, item)
            if record.saved and item["source"] != "manifest":
                text = f"{record}: saved, but its source is {item['source']}"
                self._ledger.wrong(Wrong.UNEXPECTED, text)
            record.saved = item["source"] == "manifest"

    def _read(self, record: Record) -> None:
        self._ledger.count("compared")
        found = self._get("/v1/artifacts", _query(record))
        metadata = self._get(f"/api/v3/artifacts/{record.id}")
        content = self._get(f"/api/v3/artifacts/{record.id}/content")
        for answer in (found, metadata, content):
            if answer.status_code == 404:
                return self._ledger.lose(record, f"404: {answer.text[:200]}")
            if answer.status_code != 200:
                return self._unexpected(str(record), answer)
        for answer in (found, content):
            if hashlib.sha256(answer.content).hexdigest() != record.sha256:
                text = f"{record}: {len(answer.content)} of {record.size} bytes"
                self._ledger.wrong(Wrong.HALF, text)
        said = metadata.json()
        if (said["filename"], said["bytes"]) != (record.filename, record.size):
            self._ledger.wrong(Wrong.HALF, f"{record}: v3 says {said}")
        return None

    def _get(self, path: str, query: dict[str, str] | None = None) -> requests.Response:
        """Ask until the service answers: it may find dead connections at first."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            answer = self._http.get(f"{self._site.url}{path}", params=query, timeout=60)
            if answer.status_code < 500 or time.monotonic() > deadline:
                return answer
            self._ledger.count(f"audit: {answer.status_code}")
            time.sleep(0.2)

    def _unexpected(self, what: str, answer: requests.Response) -> None:
        text = f"{what}: {answer.status_code} {answer.text[:200]}"
        self._ledger.wrong(Wrong.UNEXPECTED, text)


def _query(record: Record) -> dict[str, str]:
    return {**record.namespace.query, "object_id": record.object_id}
