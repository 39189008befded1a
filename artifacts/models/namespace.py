"""The session or execution that an artifact was made in."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from artifacts.refs import (
    SUFFIXES,
    ArtifactKind,
    NamespaceKind,
    NamespaceRef,
    ObjectRef,
    uuid7,
)

if TYPE_CHECKING:
    from artifacts.models.file_artifact import FileArtifact

MARGIN = 1024
"""Numbers that are passed over for each generation since the last reference.

So many references may be unknown to a database that was put back, for each generation
that began since; a namespace lasts for 16,384 generations, which are starts of a server.
"""

REMEMBERED = 100_000
"""Namespaces of which a process remembers the last number."""


_NEWEST_FIRST = ["-last_put_at", "-id"]


class NamespaceQuerySet(models.QuerySet["Namespace"]):
    """Queries of this table."""

    def named(self, ref: NamespaceRef) -> Self:
        return self.filter(kind=ref.kind, external_id=ref.external_id)

    def locked(self, owner: User, ref: NamespaceRef) -> Namespace:
        """Lock the namespace of this name until the transaction ends; begin a new one."""
        named = self.filter(owner=owner).named(ref).select_for_update(of=("self",))
        found = named.first()
        if found is None:
            begun = Namespace(owner=owner, kind=ref.kind, external_id=ref.external_id)
            # Where another put begins it at this moment, that one's is taken.
            Namespace.objects.bulk_create([begun], ignore_conflicts=True)
            found = named.get()
        return found

    def idle_since(self, moment: datetime) -> Self:
        """Namespaces with something to save and no put after `moment`."""
        return self.filter(unsaved=True, last_put_at__lte=moment)

    def due(self) -> Self:
        """Namespaces whose manifest does not say yet what the database says."""
        return self.filter(written_revision__lt=F("revision"))

    def not_paused(self) -> Self:
        """Namespaces whose last save of itself did not fail a moment ago."""
        return self.filter(Q(retry_at=None) | Q(retry_at__lte=timezone.now()))

    def with_counts(self) -> Self:
        """Annotate `artifact_count`, `live_count` and `total_bytes`."""
        return self.annotate(
            # Of what the index has: the rows themselves are not read.
            artifact_count=Count("artifacts__source"),
            live_count=Count("artifacts", filter=Q(artifacts__source="store")),
            total_bytes=Sum("artifacts__bytes", default=0),
        )


class Namespace(models.Model):
    """A session or an execution of one owner.

    It is never deleted while the service lives: its `sequence` is what keeps object
    references from being handed out twice.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="artifact_namespaces",
        db_index=False,  # the constraint's begins with it
    )
    kind = models.CharField(
        max_length=9, choices=[(kind.value, kind.value) for kind in NamespaceKind]
    )
    external_id = models.CharField(
        "id",
        max_length=255,
        help_text="As the client gave it: session or execution id.",
    )
    sequence = models.PositiveIntegerField(
        default=0, editable=False, help_text="Object references handed out so far."
    )
    generation = models.BigIntegerField(
        default=0,
        editable=False,
        help_text="Of the installation, when the last reference was handed out.",
    )
    revision = models.BigIntegerField(
        default=0, editable=False, help_text="Counts changes of what is saved."
    )
    manifest_revision = models.BigIntegerField(
        default=0,
        editable=False,
        help_text="The greatest that was begun to be written to the manifest.",
    )
    written_revision = models.BigIntegerField(
        default=0, editable=False, help_text="The one that the manifest has."
    )
    unsaved = models.BooleanField(
        default=False, editable=False, help_text="Whether some artifacts may be live."
    )
    retry_at = models.DateTimeField(
        null=True, editable=False, help_text="The sweeper passes it over until then."
    )
    failures = models.PositiveIntegerField(
        default=0, editable=False, help_text="Of the sweeper, since it last succeeded."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_put_at = models.DateTimeField(default=timezone.now, editable=False)
    saved_at = models.DateTimeField(
        null=True, editable=False, help_text="When its manifest was last written."
    )

    objects = NamespaceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "kind", "external_id"], name="namespace_of_owner"
            )
        ]
        indexes = [
            models.Index(fields=_NEWEST_FIRST, name="namespace_newest"),
            models.Index(fields=["kind", *_NEWEST_FIRST], name="namespace_kind"),
            models.Index(fields=["owner", *_NEWEST_FIRST], name="namespace_owner"),
            models.Index(
                fields=_NEWEST_FIRST,
                condition=Q(saved_at__isnull=True),
                name="namespace_never_saved",
            ),
            models.Index(
                fields=_NEWEST_FIRST,
                condition=Q(saved_at__isnull=False),
                name="namespace_once_saved",
            ),
            models.Index(
                fields=["last_put_at"],
                condition=Q(unsaved=True),
                name="namespace_unsaved",
            ),
            models.Index(
                fields=["last_put_at"],
                condition=Q(written_revision__lt=F("revision")),
                name="namespace_due",
            ),
        ]

    def __str__(self) -> str:
        return str(self.ref)

    @property
    def ref(self) -> NamespaceRef:
        return NamespaceRef(NamespaceKind(self.kind), self.external_id)

    @property
    def artifacts_oldest_first(self) -> models.QuerySet[FileArtifact]:
        """Its artifacts without their pictures, which are most of a row."""
        artifacts = self.artifacts.order_by("created_at", "id")
        return artifacts.defer("thumbnail_base64")

    def next_object_ref(
        self, kind: ArtifactKind, *, generation: int, after: datetime | None = None
    ) -> ObjectRef:
        """Hand out an object reference; the caller's transaction has locked the row.

        The row stays locked until the commit, so that two puts never get the same
        number. This row may come from a backup that is older than references that were
        handed out. Those had numbers of the generations until then; each generation
        since passes over `MARGIN` numbers, so that the next one is above all of them.
        `last_put_at` becomes the time of the new artifact: now or, where the clock was
        set back, the microsecond after the last put and after `after`, so that what is
        newer never seems older. No two artifacts of a namespace have the same time.
        """
        if self.sequence:
            self.sequence += MARGIN * max(0, generation - self.generation)
        if self.sequence <= _handed_out.get(self.pk, -1):
            # The row was put back to an older state under this running process.
            self.sequence = _handed_out[self.pk] + MARGIN
        self.generation = max(self.generation, generation)
        offset = self.pk.int % SUFFIXES
        ref = ObjectRef.mint(kind, sequence=self.sequence, offset=offset)
        transaction.on_commit(partial(_remember, self.pk, self.sequence))
        self.sequence += 1
        newest = max(self.last_put_at, after or self.last_put_at)
        self.last_put_at = max(timezone.now(), newest + timedelta(microseconds=1))
        self.unsaved = True
        self.save(
            update_fields=["sequence", "generation", "last_put_at", "unsaved"],
        )
        return ref


_handed_out: dict[UUID, int] = {}
"""The last numbers that this process has handed out, by namespace."""


def _remember(key: UUID, number: int) -> None:
    if len(_handed_out) >= REMEMBERED:
        _handed_out.clear()
    _handed_out[key] = max(number, _handed_out.get(key, -1))
