"""A connection that goes wrong: refused, silent, cut, slow, or not telling the truth."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Literal, Self

_PIECE = 65536
Mode = Literal["pass", "refuse", "hang", "cut", "slow", "lie"]


class FaultProxy:
    """Stands before a server on loopback; what it does is changed while it runs.

    `hang` takes connections and passes nothing on, also on those that stand; `cut`
    ends each after its next `passing` bytes of answers; `slow` passes 16 bytes at a
    time; `lie` inverts the last byte of all that it passes.
    """

    def __init__(self, port: int) -> None:
        self._server = ("127.0.0.1", port)
        self._state = threading.Condition()
        self._mode: Mode = "pass"
        self._passing = 0
        self._marker = b""
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.lost = 0
        """Answers that were cut."""
        self.waiting = 0
        """Pieces that hang."""

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.become("refuse")

    def become(self, mode: Mode, *, passing: int = 0) -> None:
        """Go on like this; `refuse` ends the connections that stand as well."""
        with self._state:
            before, self._mode, self._passing = self._mode, mode, passing
            self._state.notify_all()
        if mode == "refuse" != before:
            _end(self._listener)
            for connection in list(self._open):
                _end(connection)
        elif before == "refuse" != mode:
            self._listener = socket.create_server(("127.0.0.1", self.port))
            self._listen()

    def lose(self, marker: bytes, *, passing: int = 0) -> None:
        """Cut one answer, after `passing` bytes: that to the next `marker`."""
        self._marker, self._passing = marker, passing

    @contextlib.contextmanager
    def being(self, mode: Mode, *, passing: int = 0) -> Iterator[None]:
        self.become(mode, passing=passing)
        try:
            yield
        finally:
            self.become("pass")

    def until_waiting(self, pieces: int) -> None:
        """Return when so many hang."""
        with self._state:
            assert self._state.wait_for(lambda: self.waiting >= pieces, 60)

    def _listen(self) -> None:
        threading.Thread(
            target=self._accept, args=(self._listener,), daemon=True
        ).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                try:
                    server = socket.create_connection(self._server)
                except OSError:
                    _end(client)
                    continue
                self._open |= {client, server}
                cut = threading.Event()
                for pump in (self._ask, self._answer):
                    threading.Thread(
                        target=pump, args=(client, server, cut), daemon=True
                    ).start()

    def _ask(
        self, client: socket.socket, server: socket.socket, cut: threading.Event
    ) -> None:
        with self._closing(client, server):
            while data := client.recv(_PIECE):
                if self._marker and self._marker in data:
                    self._marker = b""
                    cut.set()
                self._pass(data, server)

    def _answer(
        self, client: socket.socket, server: socket.socket, cut: threading.Event
    ) -> None:
        with self._closing(client, server):
            passed = 0
            while data := server.recv(_PIECE):
                if cut.is_set() or self._mode == "cut":
                    data = data[: max(0, self._passing - passed)]
                    passed += len(data)
                    if not data:
                        self.lost += 1
                        return
                if self._mode == "lie":
                    data = data[:-1] + bytes([data[-1] ^ 0xFF])
                self._pass(data, client)

    def _pass(self, data: bytes, target: socket.socket) -> None:
        with self._state:
            if self._mode == "hang":
                self.waiting += 1
                self._state.notify_all()
                self._state.wait_for(lambda: self._mode != "hang")
                self.waiting -= 1
        step = 16 if self._mode == "slow" else len(data)
        for start in range(0, len(data), step):
            target.sendall(data[start : start + step])

    @contextlib.contextmanager
    def _closing(self, *connections: socket.socket) -> Iterator[None]:
        """End both at the end, which ends the other direction's thread as well."""
        with contextlib.suppress(OSError):
            yield
        for connection in connections:
            self._open.discard(connection)
            _end(connection)


def _end(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
