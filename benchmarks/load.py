"""The clients: how many requests a second a server answers."""

from __future__ import annotations

import http.client
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.servers import Server, tool

CONNECTIONS = 16
"""Kept alive, of `wrk`."""
READERS = 4
"""Connections of `read`, each in a thread."""
BLOCK = 1024 * 1024
_POST = """
local file = assert(io.open({path!r}, "rb"))
wrk.method = "POST"
wrk.body = file:read("*a")
file:close()
"""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, as it is sent again and again."""

    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: Path | None = None
    "The file that is posted; None for a GET."


def wrk(server: Server, ask: Ask, *, seconds: float) -> float:
    """Return requests a second; exit where one of them is refused."""
    command = [tool("wrk"), "-t2", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s"]
    command += ["--timeout", "20s"]  # a put waits for its turn to write
    for name, value in ask.headers.items():
        command += ["-H", f"{name}: {value}"]
    if ask.body is not None:
        script = ask.body.with_suffix(".lua")
        script.write_text(_POST.format(path=str(ask.body)))
        command += ["-s", str(script)]
    done = subprocess.run(
        [*command, server.url + ask.path],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if found is None or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise SystemExit(f"{ask.path} was not answered:\n{done.stdout}")
    return float(found[1])


def read(server: Server, ask: Ask, *, seconds: float) -> float:
    """Return complete bodies a second, parts of one included; for large bodies.

    Reads as a program does that wants the bytes: in large blocks, copied once.
    """
    received = [0] * READERS
    stop = time.monotonic() + seconds
    size = _size(server, ask)

    def run(index: int) -> None:
        for length in _blocks(server, ask, stop):
            received[index] += length

    threads = [threading.Thread(target=run, args=(i,)) for i in range(READERS)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(received) / size / (time.monotonic() - start)


def _blocks(server: Server, ask: Ask, stop: float) -> Iterator[int]:
    """Give the lengths of the blocks that arrive until a moment."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    buffer = bytearray(BLOCK)
    try:
        while time.monotonic() < stop:
            connection.request("GET", ask.path, headers=ask.headers)
            response = connection.getresponse()
            _expect(response.status, 200, ask)
            while length := response.readinto(buffer):
                yield length
                if time.monotonic() >= stop:
                    return
    finally:
        connection.close()


def _size(server: Server, ask: Ask) -> int:
    """Return the bytes of a body, of which nothing is read."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        connection.request("GET", ask.path, headers=ask.headers)
        response = connection.getresponse()
        _expect(response.status, 200, ask)
        return int(response.headers["Content-Length"])
    finally:
        connection.close()


def _expect(status: int, wanted: int, ask: Ask) -> None:
    if status != wanted:
        raise SystemExit(f"{ask.path} was answered with {status}, not {wanted}.")
