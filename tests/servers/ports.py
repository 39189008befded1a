"""Ports on loopback."""

from __future__ import annotations

import contextlib
import socket
import time

_SECONDS = 20


def free_port() -> int:
    """Find a port that is free now, and the next one too: Ceph needs two."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            with contextlib.suppress(OSError, OverflowError):
                two.bind(("127.0.0.1", port + 1))
                return port


def wait_for(port: int) -> None:
    """Return when something listens there."""
    end = time.monotonic() + _SECONDS
    while True:
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port), timeout=2).close()
        assert time.monotonic() < end, f"Nothing listens on port {port}."
        time.sleep(0.05)
