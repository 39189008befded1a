"""Connections that do not wait for ever for a server that says nothing.

The server's own limits end what it works on; they do not end the wait for a server
that hangs, or for a host that is gone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.abc import PQGen

from artifacts.breaker import Breaker
from artifacts.databases.postgresql.timeouts import Timeouts

PAUSE = 5
"""Seconds for which a server that does not answer is left alone."""
_INTERVAL = 0.1
"""Seconds after which psycopg looks for a signal; its own default."""
SILENT = "The database does not answer."
_Value = TypeVar("_Value")


class Server:
    """Knowledge of a server that all connections of a process share."""

    def __init__(
        self,
        parameters: dict[str, Any],
        timeouts: Timeouts,
        configure: Callable[[Connection], object],
    ) -> None:
        self.timeouts = timeouts
        self._parameters = parameters
        self._configure = configure
        self._breaker = Breaker(failures=1, pause=PAUSE)
        self._asking = threading.Lock()
        self._asked_at = 0.0
        self._answered = True

    def connect(self) -> Connection:
        """Make a new connection; raises `OperationalError` as libpq words it."""
        connection = self._open()
        connection.server, connection.made_at = self, time.monotonic()
        try:
            self._configure(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def admit(self) -> None:
        """Raise `OperationalError` at once while the server is known not to answer."""
        if self._breaker.is_open and not (self._breaker.allows() and self.answers()):
            raise psycopg.OperationalError(SILENT)

    def answers(self) -> bool:
        """Say, by a new connection, whether the server is there; slow is not silent.

        Threads that wonder at the same time share the answer of one of them.
        """
        wondering_since = time.monotonic()
        with self._asking:
            if self._asked_at < wondering_since:
                self._asked_at = time.monotonic()
                self._answered = self._ask()
            return self._answered

    def _ask(self) -> bool:
        try:
            self._open().close()
        except errors.ConnectionTimeout:
            return False
        except psycopg.Error:  # a refusal is an answer
            return True
        return True

    def _open(self) -> Connection:
        try:
            connection: Connection = Connection.connect(**self._parameters)
        except errors.ConnectionTimeout:
            self._breaker.failed()
            raise
        except BaseException:
            self._breaker.succeeded()
            raise
        self._breaker.succeeded()
        return connection


class Connection(psycopg.Connection[Any]):
    """Looks, whenever nothing has come for a while, whether the server still answers."""

    server: Server | None = None
    made_at = 0.0
    """When, by the monotonic clock."""
    is_patient = False
    """Permission for a statement to take as long as it wants, as in migrations."""

    def wait(
        self,
        gen: PQGen[_Value],
        interval: float = _INTERVAL,
        timeout: float | None = None,
    ) -> _Value:
        if timeout is not None or self.server is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.server.timeouts.silence)
        except errors._WaitTimeout:  # noqa: SLF001 - psycopg has no other name for it
            return self._wait_on(gen, interval, self.server)

    def _wait_on(self, gen: PQGen[_Value], interval: float, server: Server) -> _Value:
        limits = server.timeouts
        waited = limits.silence
        while server.answers() and self._may_wait(waited, limits):
            try:
                return super().wait(gen, interval, limits.silence)
            except errors._WaitTimeout:  # noqa: SLF001 - see above
                waited += limits.silence
        self.pgconn.finish()  # what still comes would be taken for the next answer
        raise psycopg.OperationalError(SILENT)

    def _may_wait(self, waited: float, limits: Timeouts) -> bool:
        return self.is_patient or limits.statement is None or waited < limits.statement
