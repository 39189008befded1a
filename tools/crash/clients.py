"""Clients that put, read, list, save and delete until the server is gone."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Callable, Sequence

import requests

from tools.crash.ledger import Ledger, Namespace, Record, State, Wrong

KIB, MIB = 1024, 1024 * 1024
LARGE = 100 * MIB
"""Beyond what S3 takes in one request, and a hundred chunks in Redis."""
_SECONDS = 60
_OK = 200


class Client:
    """One client with one connection; what it is answered goes into the ledger."""

    def __init__(
        self, url: str, token: str, ledger: Ledger, rng: random.Random
    ) -> None:
        self.url = url
        self.ledger = ledger
        self.rng = rng
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {token}"

    def work(self, namespaces: Sequence[Namespace], killed: threading.Event) -> None:
        """Do one thing after the other until the server is killed."""
        steps: list[Callable[[Namespace], None]] = [
            self.put, self.read, self.list, self.delete, self.save,
        ]  # fmt: skip
        weights = (45, 25, 8, 12, 10)
        while not killed.is_set():
            (step,) = self.rng.choices(steps, weights)
            try:
                step(self.rng.choice(namespaces))
            except requests.RequestException:
                # Nobody can tell how far it came: that is what the audit is for.
                self.ledger.count("cut connections")
                killed.wait(0.02)

    def put(self, namespace: Namespace, size: int = 0) -> None:
        content, ending = self._content(size)
        record = self.ledger.send(namespace, content, ending)
        answer = self.http.post(
            f"{self.url}/v1/artifacts",
            data=namespace.query,
            files={"file": (record.filename, content)},
            timeout=_SECONDS,
        )
        if answer.status_code == 201:
            self.ledger.keep(record, answer.json())
            self.ledger.count("puts")
        else:
            self._refused("put", answer)

    def read(self, namespace: Namespace) -> None:
        record = self.ledger.choose(self.rng, [namespace])
        if record is None:
            return
        answer = self._bytes(record)
        if answer.status_code == _OK:
            self.ledger.count("reads")
            if hashlib.sha256(answer.content).hexdigest() != record.sha256:
                self.ledger.wrong(Wrong.HALF, f"{record}: read under load")
        elif answer.status_code == 404:
            if record.state is State.KEPT:
                self.ledger.lose(record, f"404 under load: {answer.text[:200]}")
        else:
            self._refused("read", answer)

    def list(self, namespace: Namespace) -> None:
        before = {it: it.state for it in self.ledger.of(namespace)}
        answer = self.http.get(
            f"{self.url}/v1/artifacts/list", params=namespace.query, timeout=_SECONDS
        )
        if answer.status_code == 404 and State.KEPT not in before.values():
            return None
        if answer.status_code != _OK:
            return self._refused("list", answer)
        self.ledger.count("lists")
        listed = {item["filename"] for item in answer.json()["items"]}
        for record, state in before.items():
            there = record.filename in listed
            if state is State.KEPT and not there and record.state is State.KEPT:
                self.ledger.lose(record, "not in a list under load")
            if state is State.DELETED and there:
                self.ledger.wrong(Wrong.BACK, f"{record}: in a list under load")
        return None

    def delete(self, namespace: Namespace) -> None:
        record = self.ledger.begin_delete(self.rng, [namespace])
        if record is not None:
            self.delete_record(record)

    def delete_record(self, record: Record) -> None:
        """Delete an artifact whose state says already that its delete has begun."""
        answer = self.http.delete(
            f"{self.url}/v1/artifacts", params=_query(record), timeout=_SECONDS
        )
        if answer.status_code == 204:
            record.state = State.DELETED
            self.ledger.count("deletes")
        elif answer.status_code == 404:
            self.ledger.lose(record, "404 to its delete")
        else:
            self._refused("delete", answer)

    def save(self, namespace: Namespace) -> None:
        before = self.ledger.kept([namespace])
        for record in before:
            if not record.saved:
                record.touched = self.ledger.round
        answer = self.http.post(f"{self.url}{namespace.save_path}", timeout=_SECONDS)
        if answer.status_code == _OK:
            self.ledger.count("saves")
            for record in before:
                record.saved = True
        elif answer.status_code != 404 or before:
            self._refused("save", answer)

    def _bytes(self, record: Record) -> requests.Response:
        return self.http.get(
            f"{self.url}/v1/artifacts", params=_query(record), timeout=_SECONDS
        )

    def _refused(self, what: str, answer: requests.Response) -> None:
        """Note an answer that is no acknowledgement; 503 is one that may come."""
        self.ledger.count(f"{what}: {answer.status_code}")
        if answer.status_code != 503:
            text = f"{what}: {answer.status_code} {answer.text[:200]}"
            self.ledger.wrong(Wrong.UNEXPECTED, text)

    def _content(self, size: int) -> tuple[bytes, str]:
        """Make bytes of their own; some are text, so that a picture is drawn."""
        head = b"%032x\n" % self.rng.getrandbits(128)
        if size == 0 and self.rng.random() < 0.2:
            return head + b"name,value\n" + b"one,1\n" * self.rng.randint(1, 50), "csv"
        if size == 0 and self.rng.random() < 0.05:
            size = 5 * MIB
        size = size or int(KIB * 10 ** self.rng.uniform(0, 2.3))
        block = self.rng.randbytes(64 * KIB)
        return (b"\x00" + head + block * (size // len(block) + 1))[:size], "bin"


def _query(record: Record) -> dict[str, str]:
    return {**record.namespace.query, "object_id": record.object_id}
