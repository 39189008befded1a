"""The session or execution that an artifact was made in."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
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


_NEWEST_FIRST = ["-last_put_at", "-id"]


class NamespaceQuerySet(models.QuerySet["Namespace"]):
    """Queries of this table."""

    def named(self, ref: NamespaceRef) -> Self:
        return self.filter(kind=ref.kind, external_id=ref.external_id)

    def idle_since(self, moment: datetime) -> Self:
        """Namespaces with something to save and no put after `moment`.

        That is an artifact which is live, or is saved and not yet in a manifest.
        """
        unsaved = Q(artifacts__source="store") | Q(
            saved_at=None, artifacts__source="manifest"
        )
        return self.filter(unsaved, last_put_at__lte=moment).distinct()

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

    def next_object_ref(self, kind: ArtifactKind) -> ObjectRef:
        """Hand out an object reference; the caller's transaction holds the row.

        The row stays locked until the commit, so that two puts never get the same
        number and a manifest never misses one.
        """
        this = Namespace.objects.filter(pk=self.pk)
        this.update(sequence=F("sequence") + 1, last_put_at=timezone.now())
        sequence = this.values_list("sequence", flat=True).get()
        return ObjectRef.mint(
            kind, sequence=sequence - 1, offset=self.pk.int % SUFFIXES
        )
