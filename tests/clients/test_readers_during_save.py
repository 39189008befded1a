"""Reading while a session is saved: the bytes move, no reader may notice."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle

import requests

from tests.clients.server import Server

ROUNDS, EACH = 3, 10
READERS = 8
SIZE = 100_000


@dataclass(frozen=True, slots=True)
class Put:
    """One artifact, and where it can be had."""

    content: bytes
    v1: str
    v3: str


def test_save__readers_get_every_byte_all_the_while(server: Server) -> None:
    session = f"race-{secrets.token_hex(4)}"
    kept = [put(server, session) for _ in range(ROUNDS * EACH)]
    over = threading.Event()
    with ThreadPoolExecutor(READERS + ROUNDS + 2) as pool:
        readers = [
            pool.submit(read, server, kept[number:] + kept[:number], over)
            for number in range(0, READERS * 3, 3)
        ]
        try:
            for _ in range(ROUNDS):
                # Twice at once, and then again with more to move.
                saves = [pool.submit(save, server, session) for _ in range(2)]
                assert [result.result() for result in saves] == [200, 200]
                kept_now = [put(server, session) for _ in range(EACH)]
                readers.append(pool.submit(read, server, kept_now, over))
        finally:
            over.set()
        wrong = [problem for reader in readers for problem in reader.result()[1]]
        reads = [reader.result()[0] for reader in readers]
    assert wrong == []
    assert min(reads) > 0
    assert save(server, session) == 200
    listing = server.ask("GET", f"/v1/artifacts/list?session_id={session}").json()
    assert {item["source"] for item in listing["items"]} == {"manifest"}
    assert len(listing["items"]) == 2 * ROUNDS * EACH


def put(server: Server, session: str) -> Put:
    content = b"\x00" + secrets.token_bytes(SIZE)
    stored = server.put(content, session_id=session)
    query = f"session_id={session}&object_id={stored['object_id']}"
    return Put(content, f"/v1/artifacts?{query}", f"/api/v3/artifacts/{stored['id']}")


def save(server: Server, session: str) -> int:
    return server.ask("POST", f"/v1/sessions/{session}/save").status_code


def read(
    server: Server, artifacts: list[Put], over: threading.Event
) -> tuple[int, list[str]]:
    """Read them in turn until it is over; give how many, and what was wrong."""
    reads, wrong = 0, []
    with requests.Session() as client:
        client.headers["Authorization"] = f"Bearer {server.token}"
        for artifact in cycle(artifacts):
            checks: dict[str, Callable[[requests.Response], bool]] = {
                artifact.v1: lambda found: found.content == artifact.content,  # noqa: B023
                artifact.v3: lambda found: found.json()["bytes"] == SIZE + 1,
                f"{artifact.v3}/content": lambda found: len(found.content) == SIZE + 1,
            }
            for path, is_right in checks.items():
                found = client.get(f"{server.url}{path}", timeout=30)
                reads += 1
                if found.status_code != 200 or not is_right(found):
                    wrong.append(f"{path}: {found.status_code} {found.text[:200]}")
            if over.is_set():
                return reads, wrong
    return reads, wrong
