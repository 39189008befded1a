"""The connections of one process, each used by one thread at a time.

psycopg_pool makes connections in threads of its own: whoever waits for one does not
learn why there is none, and after an outage it tries again only once its back-off,
up to minutes, is over. Here the thread that needs a connection makes it.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections import deque

import psycopg
from psycopg.pq import TransactionStatus

from artifacts.databases.postgresql.connection import Connection, Server

MAX_IDLE = 600
"""Seconds after which a connection that nobody needed is closed."""
MAX_AGE = 3600
"""Seconds after which a connection is closed; its server process frees its memory."""


class ConnectionPool:
    """At most `size` connections, made when needed, looked at before they are used."""

    def __init__(self, server: Server, *, size: int) -> None:
        self._server = server
        self._size = size
        self._made = 0
        self._idle: deque[tuple[float, Connection]] = deque()
        self._returned = threading.Condition(threading.Lock())
        self._process = os.getpid()
        self._closed = False

    @property
    def is_usable(self) -> bool:
        """Whether it is open, and this process's own: a fork shares its sockets."""
        return not self._closed and self._process == os.getpid()

    def open(self) -> None:
        """Do nothing; Django calls it before it asks for a connection."""

    def getconn(self) -> Connection:
        """Give a connection that was not cut; make one where none is left.

        Raises psycopg's `OperationalError`, at once where the server is known not to
        answer.
        """
        self._server.admit()
        while True:
            connection = self._idle_one() or self._new_one()
            if _is_silent(connection):
                connection._pool = self  # type: ignore[assignment]  # noqa: SLF001 - Django returns it there
                return connection
            self._drop(connection)

    def putconn(self, connection: Connection) -> None:
        """Take a connection back; one within a transaction, or cut, is closed."""
        connection._pool = None  # noqa: SLF001 - no cycle while it rests
        now = time.monotonic()
        is_old = now - connection.made_at > MAX_AGE
        if self._closed or is_old or not _is_at_rest(connection):
            self._drop(connection)
            return
        with self._returned:
            self._idle.append((now, connection))
            self._returned.notify()
            unneeded = self._idle[0][0] < now - MAX_IDLE and self._idle.popleft()[1]
        if unneeded:
            self._drop(unneeded)

    def close(self) -> None:
        """Close what rests; what is in use is closed when it comes back."""
        self._closed = True
        while self._idle:
            self._drop(self._idle.pop()[1])

    def _idle_one(self) -> Connection | None:
        """Take the connection that was used last; None where one more may be made."""
        with self._returned:
            if not self._idle and self._made >= self._size:
                self._returned.wait_for(
                    lambda: self._idle or self._made < self._size,
                    self._server.timeouts.pool,
                )
            if self._idle:
                return self._idle.pop()[1]
            if self._made >= self._size:
                raise psycopg.OperationalError(
                    "No connection to the database became free in time."
                )
            self._made += 1
            return None

    def _new_one(self) -> Connection:
        try:
            return self._server.connect()
        except BaseException:
            self._forget_one()
            raise

    def _drop(self, connection: Connection) -> None:
        connection.close()
        self._forget_one()

    def _forget_one(self) -> None:
        with self._returned:
            self._made -= 1
            self._returned.notify()


def _is_at_rest(connection: Connection) -> bool:
    return connection.pgconn.transaction_status == TransactionStatus.IDLE


def _is_silent(connection: Connection) -> bool:
    """Look whether nothing has come since its last answer, without a round trip.

    What comes unasked is the server's farewell, or the end of the connection.
    """
    if connection.closed:
        return False
    sockets = select.poll()
    sockets.register(connection.pgconn.socket, select.POLLIN | select.POLLPRI)
    return not sockets.poll(0)
