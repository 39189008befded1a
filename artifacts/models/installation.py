"""Identity of this database, and deletions that it still has to do."""

from __future__ import annotations

import os
import secrets
import threading
import uuid

from django.db import models, router
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone


class InstallationManager(models.Manager["Installation"]):
    """The one row of its table."""

    def current(self) -> Installation:
        """Read the row; make it in a new database."""
        found, _ = self.get_or_create(only=True)
        return found


class Installation(models.Model):
    """The database's own identity, which the persisted store is marked with.

    By it and by `generation`, which only grows, a database is told from another one
    and from an older copy of itself.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    only = models.BooleanField(default=True, unique=True, editable=False)
    generation = models.BigIntegerField(default=0, editable=False)
    run = models.CharField(
        max_length=32,
        editable=False,
        help_text="Of the server or the command that began this generation.",
    )
    swept_at = models.DateTimeField(null=True, editable=False)
    scrubbed_to = models.UUIDField(null=True, editable=False)

    objects = InstallationManager()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.pk}, generation {self.generation}"

    def begin_generation(self, *, after: int = 0) -> int:
        """Count one more generation, above `after`; give its number.

        The processes of one server share theirs: see `RUN`.
        """
        this = Installation.objects.filter(pk=self.pk)
        run = os.environ.get(RUN) or secrets.token_hex(16)
        begun = this if after else this.exclude(run=run)
        begun.update(generation=Greatest(F("generation"), after) + 1, run=run)
        self.generation = this.values_list("generation", flat=True).get()
        return self.generation


RUN = "PARADIGM_RUN"
"""The environment variable by which the processes of one server know each other."""
_generations: dict[str, int] = {}
_beginning = threading.RLock()


def current_generation() -> int:
    """Give the generation of this process, which begins when it is first asked for.

    A database that was put back from a backup is served by processes that were started
    after it, whose generation tells that numbers may have been handed out since.
    """
    alias = router.db_for_write(Installation)
    if alias not in _generations:
        with _beginning:
            if alias not in _generations:
                installation = Installation.objects.current()
                _generations[alias] = installation.begin_generation()
    return _generations[alias]


def outlived(installation: Installation) -> bool:
    """Begin a new generation where the database was put back under this process."""
    alias = router.db_for_write(Installation)
    with _beginning:
        mine = _generations.get(alias, 0)
        if installation.generation >= mine:
            return False
        _generations[alias] = installation.begin_generation(after=mine)
    return True


def end_generation() -> None:
    """Forget the generation of this process: the next put begins a new one."""
    _generations.clear()


def _in_a_fork() -> None:
    global _beginning
    _beginning = threading.RLock()  # may be held by a thread that is not here
    _generations.clear()


os.register_at_fork(after_in_child=_in_a_fork)


class Tier(models.TextChoices):
    """One of the two stores."""

    LIVE = "live"
    PERSISTED = "default"


class PendingDeletion(models.Model):
    """Bytes that no row needs any more, until their store has deleted them."""

    storage_path = models.CharField(max_length=255)
    tier = models.CharField(max_length=9, choices=Tier.choices)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["due_at", "id"], name="pending_deletion_due"),
            models.Index(fields=["storage_path"], name="pending_deletion_path"),
        ]

    def __str__(self) -> str:
        return f"{self.tier}: {self.storage_path}"
