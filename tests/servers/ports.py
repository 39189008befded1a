"""Ports on loopback."""

from __future__ import annotations

import contextlib
import secrets
import socket
import time

_SECONDS = 120


def free_port() -> int:
    """Find a port that is free now, and the next one too: Ceph needs two.

    It is below those that the system gives to outgoing connections: one of those could
    be taken until a server binds it. And 10,000 more is a port as well, for Redis.
    """
    while True:
        port = 10_000 + secrets.randbelow(20_000)
        with contextlib.suppress(OSError), contextlib.ExitStack() as sockets:
            for number in (port, port + 1):
                sockets.enter_context(socket.create_server(("127.0.0.1", number)))
            return port


def wait_for(port: int) -> None:
    """Return when something listens there."""
    end = time.monotonic() + _SECONDS
    while True:
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port), timeout=30).close()
        assert time.monotonic() < end, f"Nothing listens on port {port}."
        time.sleep(0.05)
