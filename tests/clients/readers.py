"""Readers that never pause, and what they find wrong."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle

import requests

SIZE = 100_000
READERS = 8
ROUNDS, EACH = 3, 10
_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Service:
    """Where a service is read, and the headers that its owner sends."""

    url: str
    headers: Mapping[str, str]

    def put(self, session: str) -> Put:
        content = b"\x00" + secrets.token_bytes(SIZE)
        answer = requests.post(
            f"{self.url}/v1/artifacts",
            headers=self.headers,
            data={"session_id": session},
            files={"file": ("sample.bin", content)},
            timeout=_SECONDS,
        )
        assert answer.status_code == 201, answer.text
        stored = answer.json()
        query = f"session_id={session}&object_id={stored['object_id']}"
        v3 = f"/api/v3/artifacts/{stored['id']}"
        return Put(content, f"/v1/artifacts?{query}", v3)

    def save(self, session: str) -> int:
        url = f"{self.url}/v1/sessions/{session}/save"
        return requests.post(url, headers=self.headers, timeout=60).status_code

    def get(self, path: str, *, allow_redirects: bool = True) -> requests.Response:
        return requests.get(
            f"{self.url}{path}",
            headers=self.headers,
            timeout=_SECONDS,
            allow_redirects=allow_redirects,
        )


@dataclass(frozen=True, slots=True)
class Put:
    """One artifact, and where it can be had."""

    content: bytes
    v1: str
    v3: str


def read_during_saves(service: Service) -> str:
    """Save a session again and again while it is read; give its id.

    Fails where a reader has seen anything but the bytes.
    """
    session = f"race-{secrets.token_hex(4)}"
    kept = [service.put(session) for _ in range(ROUNDS * EACH)]
    over = threading.Event()
    readers: list[Future[tuple[int, list[str]]]] = []
    with ThreadPoolExecutor(READERS + ROUNDS + 2) as pool:
        for number in range(0, READERS * 3, 3):
            turned = kept[number:] + kept[:number]
            readers.append(pool.submit(_read, service, turned, over))
        try:
            for _ in range(ROUNDS):
                # Twice at once, and then again with more to move.
                saves = [pool.submit(service.save, session) for _ in range(2)]
                assert [result.result() for result in saves] == [200, 200]
                more = [service.put(session) for _ in range(EACH)]
                readers.append(pool.submit(_read, service, more, over))
        finally:
            over.set()
        wrong = [problem for reader in readers for problem in reader.result()[1]]
        reads = [reader.result()[0] for reader in readers]
    assert wrong == []
    assert min(reads) > 0
    return session


def _read(
    service: Service, artifacts: Sequence[Put], over: threading.Event
) -> tuple[int, list[str]]:
    """Read them in turn until it is over; give how many, and what was wrong."""
    reads, wrong = 0, []
    with requests.Session() as client:
        client.headers.update(service.headers)
        for artifact in cycle(artifacts):
            checks: dict[str, Callable[[requests.Response], bool]] = {
                artifact.v1: lambda found: found.content == artifact.content,  # noqa: B023
                artifact.v3: lambda found: found.json()["bytes"] == SIZE + 1,
                f"{artifact.v3}/content": lambda found: len(found.content) == SIZE + 1,
            }
            for path, is_right in checks.items():
                found = client.get(f"{service.url}{path}", timeout=_SECONDS)
                reads += 1
                if found.status_code != 200 or not is_right(found):
                    wrong.append(f"{path}: {found.status_code} {found.text[:200]}")
            if over.is_set():
                return reads, wrong
    return reads, wrong
