"""Indexes that only some databases have; asked with `check --database default`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning as CheckWarning, register
from django.db import connections

from artifacts.models import search_index


@register(Tags.database)
def check_search(
    databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Say where parts of names are searched row by row."""
    return [
        CheckWarning(
            f"Parts of {table}.{column} have no index: searching for them reads every "
            "row.",
            hint="On PostgreSQL, have its administrator run CREATE EXTENSION pg_trgm in "
            "this database. Then run manage.py migrate.",
            id="artifacts.W020",
        )
        for using in databases or ()
        for table, column in search_index.SEARCHED.items()
        if table in connections[using].introspection.table_names()
        and not search_index.exists(table, using=using)
    ]
