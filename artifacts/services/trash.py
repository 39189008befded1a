"""The trash: bytes that were set aside, kept for a second grace time.

The keys are `trash/<day>/<key>`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from artifacts import stores
from artifacts.models import FileArtifact
from artifacts.stores.object_store import ObjectStore, object_store

FOLDER = "trash"


def set_aside(store: ObjectStore, key: str) -> None:
    """Move an object to the trash."""
    today = timezone.now().date().isoformat()
    number = 0
    while not store.move(
        key, f"{FOLDER}/{today}/{key}{f'.{number}' if number else ''}"
    ):
        number += 1


def in_trash() -> Iterator[tuple[str, str, str]]:
    """Give the former key of each object in the trash, its tier, and its key there."""
    for store in (stores.live(), stores.persisted()):
        for stat in store.list(FOLDER):
            _, _, key = stat.key.split("/", 2)
            yield key, store.alias, stat.key


def put_back(artifact: FileArtifact, tier: str, key: str) -> None:
    """Give a row the bytes back that were set aside, in the store where it looks."""
    source = object_store(tier)
    home = stores.live() if artifact.is_live else stores.persisted()
    with source.local(key) as content:
        home.place(artifact.storage_path, content)
    source.delete(key)


def empty_trash(before: datetime) -> int:
    """Delete what was set aside on a day that ended before this time; count it."""
    deleted = 0
    for _, tier, key in in_trash():
        day = _day(key)
        if day is not None and day + timedelta(days=1) < before:
            object_store(tier).delete(key)
            deleted += 1
    return deleted


def _day(key: str) -> datetime | None:
    try:
        return datetime.fromisoformat(key.split("/")[1]).replace(tzinfo=UTC)
    except ValueError:
        return None
