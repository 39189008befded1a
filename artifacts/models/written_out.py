"""Queries that every request makes: their SQL written out, their rows converted by hand.

To build and compile one with the ORM takes ten times as long as to run it, and `raw()`
three times, since both look up columns and converters anew for each.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

Field = models.Field[Any, Any]
_Convert = Callable[[Any, Any, BaseDatabaseWrapper], Any]


class WrittenOut:
    """`sql` gives at most one row, of the columns of `fields` in their order.

    `{columns}` in it becomes their names, of `table`.
    """

    def __init__(self, sql: str, *, table: str, fields: Iterable[Field]) -> None:
        self._fields = list(fields)
        self.names = [field.attname for field in self._fields]
        """As `Model.from_db` wants them."""
        columns = ", ".join(f"{table}.{field.column}" for field in self._fields)
        self._sql = sql.format(columns=columns)
        # A connection's converters are its own, and a thread's connection too.
        self._converters: weakref.WeakKeyDictionary[
            BaseDatabaseWrapper, list[tuple[int, Any, list[_Convert]]]
        ] = weakref.WeakKeyDictionary()

    def row(self, using: str, values: list[str | int]) -> list[Any] | None:
        """Return what Python makes of the row; columns after `fields` as they come."""
        connection = connections[using]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, values)
            found = cursor.fetchone()
        if found is None:
            return None
        row = list(found)
        for index, column, converters in self._converters_of(connection):
            for convert in converters:
                row[index] = convert(row[index], column, connection)
        return row

    def _converters_of(
        self, connection: BaseDatabaseWrapper
    ) -> list[tuple[int, Any, list[_Convert]]]:
        known = self._converters.get(connection)
        if known is None:
            columns = [field.cached_col for field in self._fields]
            every = [
                (
                    index,
                    column,
                    connection.ops.get_db_converters(column)
                    + column.get_db_converters(connection),
                )
                for index, column in enumerate(columns)
            ]
            known = [entry for entry in every if entry[2]]
            self._converters[connection] = known
        return known
