"""The backend that settings name: Django's, with our connections and their limits."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any, ClassVar, Self

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from django.db.backends.postgresql.schema import DatabaseSchemaEditor

from artifacts.databases.postgresql.connection import Connection, Server
from artifacts.databases.postgresql.connection_pool import ConnectionPool
from artifacts.databases.postgresql.timeouts import connection_parameters, timeouts


class PatientSchemaEditor(DatabaseSchemaEditor):
    """Lifts the limits on statements: an index of a large table takes its time."""

    connection: DatabaseWrapper

    def __enter__(self) -> Self:
        super().__enter__()
        self._set_limits("SET {} = 0", is_patient=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        if kind is None:  # else it was rolled back, and the command ends
            self._set_limits("RESET {}", is_patient=False)

    def _set_limits(self, statement: str, *, is_patient: bool) -> None:
        if self.collect_sql:
            return
        with self.connection.cursor() as cursor:
            for name in ("statement_timeout", "idle_in_transaction_session_timeout"):
                cursor.execute(statement.format(name))
        if isinstance(self.connection.connection, Connection):
            self.connection.connection.is_patient = is_patient


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL through psycopg 3 and a pool of our own; see `timeouts`."""

    SchemaEditorClass = PatientSchemaEditor
    _pools: ClassVar[dict[str, ConnectionPool]] = {}
    _pools_lock: ClassVar[threading.Lock] = threading.Lock()

    @property
    def pool(self) -> ConnectionPool | None:
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        pool = self._pools.get(self.alias)
        if pool is None or not pool.is_usable:
            with self._pools_lock:
                pool = self._pools.get(self.alias)
                if pool is None or not pool.is_usable:
                    pool = self._pools[self.alias] = self._make_pool(options["size"])
        return pool

    def close_pool(self) -> None:
        pool = self._pools.pop(self.alias, None)
        if pool is not None:
            pool.close()

    def get_connection_params(self) -> dict[str, Any]:
        return connection_parameters(super().get_connection_params())

    def _make_pool(self, size: int) -> ConnectionPool:
        # Django sets it as it wants it.
        parameters = {**self.get_connection_params(), "autocommit": True}
        limits = timeouts(self.settings_dict["OPTIONS"])
        configure = self._configure_connection  # type: ignore[attr-defined]  # no stub
        server = Server(parameters, limits, configure)
        return ConnectionPool(server, size=size)
