"""The backend that settings name: Django's, with a fair turn for every writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, cast

from django.db.backends.sqlite3 import base

from artifacts.databases.sqlite3.turns import Turns, turns_of

_LOCKED = "database is locked: no turn to write came in time"
_READS = ("SELECT", "PRAGMA", "EXPLAIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN")


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite, where whoever wants to write waits in line first."""

    connection: sqlite3.Connection | None
    _turns: Turns | None = None
    """Those in which this connection has its turn now."""

    @property
    def turns(self) -> Turns | None:
        """Those of its file; a database in memory has none."""
        if self.is_in_memory_db():
            return None
        return turns_of(str(self.settings_dict["NAME"]))

    def take_turn(self) -> None:
        """Wait for the turn; raises sqlite3's `OperationalError` when it never comes."""
        if self._turns is None and (turns := self.turns) is not None:
            if not turns.take(float(self.settings_dict["OPTIONS"]["timeout"])):
                raise sqlite3.OperationalError(_LOCKED)
            self._turns = turns

    def end_turn(self) -> None:
        """Give the turn to the next one, if this connection has it."""
        if self._turns is not None:
            turns, self._turns = self._turns, None
            turns.give()

    def end_turn_after_transaction(self) -> None:
        """End the turn unless a transaction goes on, as after a commit that failed."""
        if self.connection is None or not self.connection.in_transaction:
            self.end_turn()

    def create_cursor(self, name: str | None = None) -> Any:
        cursor = cast("sqlite3.Connection", self.connection).cursor(factory=Cursor)
        cursor.wrapper = self
        return cursor

    def _start_transaction_under_autocommit(self) -> None:
        with self.wrap_database_errors:
            self.take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        finally:
            self.end_turn_after_transaction()  # where none began

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            self.end_turn_after_transaction()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self.end_turn_after_transaction()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self.end_turn()


class Cursor(base.SQLiteCursorWrapper):
    """Waits for a turn where a statement writes outside of any transaction."""

    wrapper: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> Any:
        if self.connection.in_transaction or query.startswith(_READS):
            return super().execute(query, params)
        self.wrapper.take_turn()
        try:
            return super().execute(query, params)
        finally:
            self.wrapper.end_turn_after_transaction()

    def executemany(self, query: str, param_list: Iterable[Any]) -> Any:
        self.wrapper.take_turn()
        try:
            return super().executemany(query, param_list)
        finally:
            self.wrapper.end_turn_after_transaction()
