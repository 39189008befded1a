"""A connection that breaks at the worst moment: after the server has done its part."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self

_PIECE = 65536


class LosingProxy:
    """Passes everything on, but cuts one answer, and the connection with it.

    That of the first request with `marker` in it, after `passing` bytes.
    """

    def __init__(self, port: int, marker: bytes, *, passing: int = 0) -> None:
        self._server_port = port
        self._marker = marker
        self._passing = passing
        self._armed = True
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.lost = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
                cut = threading.Event()
                for pump in (self._ask, self._answer):
                    threading.Thread(
                        target=pump, args=(client, server, cut), daemon=True
                    ).start()

    def _ask(
        self, client: socket.socket, server: socket.socket, cut: threading.Event
    ) -> None:
        with _closing(client, server):
            while data := client.recv(_PIECE):
                if self._armed and self._marker in data:
                    self._armed = False
                    cut.set()
                server.sendall(data)

    def _answer(
        self, client: socket.socket, server: socket.socket, cut: threading.Event
    ) -> None:
        with _closing(client, server):
            passed = 0
            while data := server.recv(_PIECE):
                if cut.is_set():
                    data = data[: max(0, self._passing - passed)]
                    passed += len(data)
                    if not data:
                        self.lost += 1
                        return
                client.sendall(data)


@contextlib.contextmanager
def _closing(*connections: socket.socket) -> Iterator[None]:
    """Close both at the end, which ends the other direction's thread as well."""
    with contextlib.suppress(OSError):
        yield
    for connection in connections:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()
