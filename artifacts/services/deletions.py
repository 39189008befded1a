"""Bytes that nobody needs any more: noted with the change that ends them, then deleted.

Each is a row of `PendingDeletion` from the transaction that ended its use until its store
has deleted it, however often that takes.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.utils import timezone

from artifacts.exceptions import StoreError
from artifacts.models import PendingDeletion
from artifacts.models.installation import Tier
from artifacts.stores.object_store import object_store

logger = logging.getLogger(__name__)

BATCH = 500
LONGEST_WAIT = timedelta(hours=1)
"""Between two tries to delete something."""


def delete_later(
    keys: Iterable[str], tier: Tier, *, wait: timedelta = timedelta()
) -> list[int]:
    """Note that the bytes under these keys are to go, `wait` from now; give the notes.

    Within the transaction that makes them nobody's.
    """
    due_at = timezone.now() + wait
    notes = [
        PendingDeletion(storage_path=key, tier=tier, due_at=due_at) for key in keys
    ]
    return [note.pk for note in PendingDeletion.objects.bulk_create(notes)]


def finish_deletions(ids: Sequence[int] | None = None) -> tuple[int, int]:
    """Delete what is due, or what these notes say; the numbers done and put off.

    What a store does not delete now is due again later: each time twice as late.
    """
    due = PendingDeletion.objects.filter(due_at__lte=timezone.now())
    if ids is not None:
        due = PendingDeletion.objects.filter(pk__in=ids)
    done, failed = list[int](), 0
    for note in due.order_by("due_at", "id")[:BATCH]:
        try:
            object_store(note.tier).delete(note.storage_path)
        except (StoreError, OSError) as error:
            failed += 1
            _put_off(note, error)
        else:
            done.append(note.pk)
    if done:
        PendingDeletion.objects.filter(pk__in=done).delete()
    return len(done), failed


def _put_off(note: PendingDeletion, error: Exception) -> None:
    if not note.attempts:
        logger.warning("%s is not deleted yet: %s", note, error)
    wait = min(timedelta(seconds=5 * 2 ** min(note.attempts, 12)), LONGEST_WAIT)
    PendingDeletion.objects.filter(pk=note.pk).update(
        attempts=note.attempts + 1, due_at=timezone.now() + wait
    )
