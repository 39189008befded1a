"""Statistics that SQLite is given of its tables before they are large.

PostgreSQL keeps statistics by itself. SQLite has none until somebody asks for them, and
takes every first column of an index for rare: it would go through all of a user's
artifacts for those of one session. It keeps its plans by the numbers in `sqlite_stat1`,
which its documentation says may be written by hand:
https://www.sqlite.org/queryplanner-ng.html#_the_case_of_the_changing_query_plans_
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from django.db import connections
from django.db.backends.utils import CursorWrapper

ROWS = 1_000_000
"""Rows that each table is said to have."""
DISTINCT = {
    "user_id": 10,
    "owner_id": 10,
    "namespace_id": ROWS // 10,
    "kind": 10,
    "mime_type": 100,
    "source": 10,
    "thumbnail_reason": 10,
    # What is not of the newest version is about to be drawn, and soon is.
    "thumbnail_version": ROWS // 100,
}
"""Values of a column; of any other, nearly each row has its own."""
TABLES = ("artifacts_fileartifact", "artifacts_namespace")


def assume_large_tables(*, using: str) -> None:
    """Write the statistics of large tables, whatever is in them now."""
    if connections[using].vendor != "sqlite":
        return
    with connections[using].cursor() as cursor:
        cursor.execute("ANALYZE sqlite_schema")  # makes the table where it is missing
        for table in TABLES:
            cursor.execute("DELETE FROM sqlite_stat1 WHERE tbl = %s", [table])
            cursor.executemany(
                "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (%s, %s, %s)",
                [(table, *line) for line in _statistics(cursor, table)],
            )
        cursor.execute("ANALYZE sqlite_schema")  # reads them; it looks at no table


def _statistics(cursor: CursorWrapper, table: str) -> Iterator[tuple[str, str]]:
    """Give each index with the rows it has, then those alike in 1, 2, … columns."""
    cursor.execute(f"PRAGMA index_list({table})")
    for _, index, is_unique, *_ in cursor.fetchall():
        cursor.execute(f"PRAGMA index_info({index})")
        columns = [column for _, _, column in cursor.fetchall()]
        values = [DISTINCT.get(column, ROWS) for column in columns]
        alike = [
            max(ROWS // math.prod(values[: count + 1]), 1)
            for count in range(len(columns))
        ]
        if is_unique:
            alike[-1] = 1
        yield index, " ".join(map(str, [ROWS, *alike]))
