"""HTTP/1.1 over a bare socket: what is sent and received byte for byte."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Self

from tests.clients.server import Server

NO_BODY = (204, 304)


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as it came."""

    status: int
    headers: tuple[tuple[str, str], ...]
    "In their order and their case."
    body: bytes

    def __getitem__(self, name: str) -> str:
        """Give the one header of exactly this name; raise `KeyError` for none."""
        values = [value for found, value in self.headers if found == name]
        if len(values) != 1:
            raise KeyError(f"{name} in {self.headers}")
        return values[0]

    def __contains__(self, name: str) -> bool:
        return name.lower() in {found.lower() for found, _ in self.headers}


class Connection:
    """One connection, on which requests may follow each other."""

    def __init__(self, server: Server, *, token: str | None = "") -> None:
        self.token = server.token if token == "" else token
        self._socket = socket.create_connection(("127.0.0.1", server.port), 30)
        self._incoming = self._socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._incoming.close()
        self._socket.close()

    def ask(self, method: str, target: str, **headers: str) -> Answer:
        """Send a request without a body, and read its response."""
        self.send(method, target, b"", **headers)
        return self.receive(method)

    def send(self, method: str, target: str, body: bytes = b"", **headers: str) -> None:
        """Send one request; `_` in the names of headers stands for `-`."""
        lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1"]
        if self.token is not None:
            lines.append(f"Authorization: Bearer {self.token}")
        for name, value in headers.items():
            lines.append(f"{name.replace('_', '-')}: {value}")
        head = "".join(f"{line}\r\n" for line in lines) + "\r\n"
        self._socket.sendall(head.encode("latin-1") + body)

    def receive(self, method: str = "GET") -> Answer:
        """Read one response; what a wrong length leaves over spoils the next one."""
        version, status, *_ = self._incoming.readline().decode("latin-1").split()
        assert version == "HTTP/1.1"
        headers = []
        while line := self._incoming.readline().decode("latin-1").rstrip("\r\n"):
            name, _, value = line.partition(": ")
            headers.append((name, value))
        answer = Answer(int(status), tuple(headers), b"")
        if method == "HEAD" or answer.status in NO_BODY:
            return answer
        length = int(answer["Content-Length"])
        body = self._incoming.read(length)
        assert len(body) == length
        return Answer(answer.status, answer.headers, body)
