"""Going through many rows while some of them are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from django.db import models

BATCH = 100
"""Rows read at once, where it is not said otherwise."""
Row = TypeVar("Row", bound=models.Model)


def in_batches(rows: models.QuerySet[Row], *, size: int = 0) -> Iterator[Row]:
    """Give each that is there now once, in the order of ids."""
    for batch in batches(rows, size=size):
        yield from batch


def batches(rows: models.QuerySet[Row], *, size: int = 0) -> Iterator[list[Row]]:
    """Give all that are there now, `size` at a time, in the order of ids.

    A batch is read whole before its first is given: on SQLite a cursor that stays open
    keeps the connection at the state it began with, and once another has written,
    a write from there fails at once, however long it may wait.
    """
    last = rows.order_by("-pk").values_list("pk", flat=True).first()
    if last is None:
        return
    size = size or BATCH
    all_now = rows.order_by("pk").filter(pk__lte=last)
    batch = list(all_now[:size])
    while batch:
        yield batch
        batch = list(all_now.filter(pk__gt=batch[-1].pk)[:size])
