"""Clients that stand still while they send: nobody else waits for them for long."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from tests.clients.server import Server, start

THREADS = 4


@pytest.fixture
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    limits = {"CLIENT_TIMEOUT": "1", "WEB_CONCURRENCY": "1", "THREADS": str(THREADS)}
    running = start(tmp_path_factory.mktemp("impatient"), **limits)
    yield running
    running.stop()  # and nothing of it was logged as an error


def test_stalled__headers_and_bodies_are_given_up(impatient: Server) -> None:
    head = "POST /v1/artifacts HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    body = (
        f"Authorization: Bearer {impatient.token}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n"
        "Content-Length: 5000\r\n\r\n--b\r\n"
    )
    with contextlib.ExitStack() as stack:
        stalled = []
        for sent in [head] * THREADS + [head + body] * THREADS:
            address = ("127.0.0.1", impatient.port)
            client = stack.enter_context(socket.create_connection(address, 30))
            client.sendall(sent.encode())
            stalled.append(client)
        assert impatient.ask("GET", "/livez").status_code == 200
        answers = [client.recv(4096) for client in stalled]
    assert answers[:THREADS] == [b""] * THREADS
    assert {answer[:12] for answer in answers[THREADS:]} == {b"HTTP/1.1 400"}
    staged = list((impatient.data_dir / "staging").iterdir())
    assert staged == []
