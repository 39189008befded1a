"""Going through many rows while some of them are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from django.db import models

PAGE = 100
"""Rows read at once."""
Row = TypeVar("Row", bound=models.Model)


def paged(rows: models.QuerySet[Row]) -> Iterator[Row]:
    """Give each that is there now once, in the order of ids.

    A page is read whole before its first is given: on SQLite a cursor that stays open
    keeps the connection at the state it began with, and once another has written,
    a write from there fails at once, however long it may wait.
    """
    last = rows.order_by("-pk").values_list("pk", flat=True).first()
    if last is None:
        return
    all_now = rows.order_by("pk").filter(pk__lte=last)
    page = list(all_now[:PAGE])
    while page:
        yield from page
        page = list(all_now.filter(pk__gt=page[-1].pk)[:PAGE])
