"""Indexes of the parts of a text: what makes `icontains` fast where little matches.

Both are of trigrams, and beyond what Django's models can declare: on PostgreSQL an
index by pg_trgm of the form in which Django compares, on SQLite a table of FTS5 that
triggers keep. They only narrow down: what matches is said by `icontains` alone.
"""

from __future__ import annotations

import logging
from typing import Any

from django.db import DatabaseError, connections, models, transaction
from django.db.models.expressions import RawSQL

logger = logging.getLogger(__name__)

LEAST = 3
"""Characters of the shortest text that has a trigram."""
MOST = 1_000
"""Rows that are looked at one by one; where more match, a page is soon full anyway."""
SEARCHED = {"artifacts_fileartifact": "filename", "artifacts_namespace": "external_id"}
"""The tables, and the column of each that is searched."""

_POSTGRESQL = """
    CREATE INDEX {table}_parts ON {table} USING gin (UPPER({column}::text) gin_trgm_ops)
    -- Else some puts pay for many others, and every search for the latest.
    WITH (fastupdate = off)
"""
_SQLITE = (
    "DROP TABLE IF EXISTS {table}_keys",
    "DROP TABLE IF EXISTS {table}_parts",
    "DROP TRIGGER IF EXISTS {table}_parts_removed",
    "DROP TRIGGER IF EXISTS {table}_parts_changed",
    # FTS5 counts its rows, and SQLite's own numbers change when it is vacuumed.
    "CREATE TABLE {table}_keys (number INTEGER PRIMARY KEY, id CHAR(32) UNIQUE)",
    "CREATE VIRTUAL TABLE {table}_parts USING"
    " fts5({column}, content='', detail=none, tokenize='trigram')",
    "INSERT INTO {table}_keys (id) SELECT id FROM {table}",
    "INSERT INTO {table}_parts (rowid, {column}) SELECT number, {column}"
    " FROM {table}_keys JOIN {table} USING (id)",
    "CREATE TRIGGER {table}_parts_removed AFTER DELETE ON {table} BEGIN {remove} END",
    "CREATE TRIGGER {table}_parts_changed AFTER UPDATE OF {column} ON {table}"
    " BEGIN {remove} {add} END",
    # The last: it is there where all is.
    "CREATE TRIGGER {table}_parts AFTER INSERT ON {table} BEGIN {add} END",
)
_ADD = """
    INSERT INTO {table}_keys (id) VALUES (new.id);
    INSERT INTO {table}_parts (rowid, {column})
        SELECT number, new.{column} FROM {table}_keys WHERE id = new.id;
"""
_REMOVE = """
    INSERT INTO {table}_parts ({table}_parts, rowid, {column})
        SELECT 'delete', number, old.{column} FROM {table}_keys WHERE id = old.id;
    DELETE FROM {table}_keys WHERE id = old.id;
"""


def contains(model: type[models.Model], text: str, *, using: str) -> models.Q:
    """Make the condition that the searched column has `text` in it, in either case."""
    table = model._meta.db_table
    matches = models.Q((f"{SEARCHED[table]}__icontains", text))
    if connections[using].vendor != "sqlite" or len(text) < LEAST:
        return matches
    if not exists(table, using=using):
        return matches
    # All of a text's trigrams are in what contains it, and in some more.
    parts = {text[start : start + LEAST] for start in range(len(text) - LEAST + 1)}
    found = f"SELECT rowid FROM {table}_parts WHERE {table}_parts MATCH %s"  # noqa: S608
    terms = " AND ".join('"{}"'.format(part.replace('"', '""')) for part in parts)
    with connections[using].cursor() as cursor:
        counted = f"SELECT COUNT(*) FROM ({found} LIMIT {MOST + 1})"  # noqa: S608
        cursor.execute(counted, [terms])
        if cursor.fetchone()[0] > MOST:
            return matches
    keys = f"SELECT id FROM {table}_keys WHERE number IN ({found})"  # noqa: S608
    return models.Q(pk__in=RawSQL(keys, [terms])) & matches  # noqa: S611 - our own


def begins(column: str, text: str, *, using: str) -> models.Q:
    """Make the condition that a column begins with `text`, which its index answers."""
    if connections[using].vendor == "sqlite":
        # It makes no use of an index for Django's LIKE.
        above = {f"{column}__gte": text, f"{column}__lt": f"{text}\U0010ffff"}
        return models.Q(**above)
    return models.Q((f"{column}__startswith", text))


def exists(table: str, *, using: str) -> bool:
    """Say whether the index of a table is there."""
    query = (
        "SELECT to_regclass(%s) IS NOT NULL"
        if connections[using].vendor == "postgresql"
        # Whatever remakes a table drops its triggers, and the rest grows stale.
        else "SELECT COUNT(*) FROM sqlite_master WHERE type = 'trigger' AND name = %s"
    )
    with connections[using].cursor() as cursor:
        cursor.execute(query, [f"{table}_parts"])
        return bool(cursor.fetchone()[0])


def make_missing(*, using: str) -> None:
    """Make what is not there; a database that cannot have it searches without.

    Django's migrations may remake a table of SQLite, and a database's owner may not be
    allowed to add pg_trgm: hence after every `migrate`, not by one migration.
    """
    tables = connections[using].introspection.table_names()
    for table, column in SEARCHED.items():
        if table not in tables or exists(table, using=using):
            continue
        try:
            with transaction.atomic(using=using):
                _make(table, column, using=using)
        except DatabaseError as error:
            logger.warning("Parts of %s.%s have no index: %s", table, column, error)


def _make(table: str, column: str, *, using: str) -> None:
    names: dict[str, Any] = {"table": table, "column": column}
    with connections[using].cursor() as cursor:
        if connections[using].vendor == "postgresql":
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(_POSTGRESQL.format(**names))
            return
        names |= {"add": _ADD.format(**names), "remove": _REMOVE.format(**names)}
        for statement in _SQLITE:
            cursor.execute(statement.format(**names))
