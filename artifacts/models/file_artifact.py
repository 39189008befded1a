"""`FileArtifact`: the model, and the component that the v3 contract publishes."""

from __future__ import annotations

import base64
import builtins
import uuid
from typing import Any, BinaryIO, Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connections, models, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from artifacts.conf import conf
from artifacts.media_types import MediaType, find
from artifacts.models import search_index
from artifacts.models.installation import current_generation
from artifacts.models.namespace import Namespace
from artifacts.models.written_out import WrittenOut
from artifacts.refs import ArtifactKind, NamespaceRef, uuid7
from artifacts.stores import tiers
from artifacts.thumbnails import pool
from artifacts.thumbnails.result import VERSION, Reason

_NEWEST_FIRST = ["-created_at", "-id"]


class Source(models.TextChoices):
    """Where the bytes rest; the values are the wire's."""

    STORE = "store", "live"
    MANIFEST = "manifest", "saved"


class FileArtifactQuerySet(models.QuerySet["FileArtifact"]):
    """Queries of this table."""

    def owned_by(self, user: User) -> Self:
        return self.filter(user=user)

    def in_namespace(self, ref: NamespaceRef, *, owner: User | None = None) -> Self:
        """Keep those of this namespace of `owner`, or of every owner who has one."""
        if owner is not None:
            named = Namespace.objects.filter(owner=owner).named(ref)
            # One value, found first: then the index gives its newest, however many.
            return self.filter(namespace=named.values("pk")[:1])
        return self.filter(
            namespace__kind=ref.kind,
            namespace__external_id=ref.external_id,
            # The unique index of namespaces begins with the owner.
            namespace__owner=models.F("user"),
        )

    def named_like(self, text: str) -> Self:
        """Keep those with `text` in their file name, in either case."""
        return self.filter(search_index.contains(FileArtifact, text, using=self.db))

    def live(self) -> Self:
        return self.filter(source=Source.STORE)

    def find(self, user: User, artifact_id: uuid.UUID) -> FileArtifact | None:
        """Find one artifact of this user."""
        key = FileArtifact._meta.pk.get_db_prep_value(artifact_id, connections[self.db])
        return self._made(_BY_ID, [key, user.pk])

    def find_by_object_id(
        self, user: User, namespace: NamespaceRef, object_id: str
    ) -> FileArtifact | None:
        """Find one artifact of this user by its reference, its picture deferred."""
        values = [user.pk, namespace.kind.value, namespace.external_id, object_id]
        return self._made(_BY_OBJECT_ID, values)

    def _made(self, query: WrittenOut, values: list[str | int]) -> FileArtifact | None:
        row = query.row(self.db, values)
        return FileArtifact.from_db(self.db, query.names, row) if row else None

    def media_types(self) -> list[str]:
        """Give the media types that there are, each found by the one before it."""
        with connections[self.db].cursor() as cursor:
            cursor.execute(_MEDIA_TYPES)
            return [name for (name,) in cursor.fetchall()]

    def newest_first(self) -> Self:
        return self.order_by(*_NEWEST_FIRST)


class FileArtifact(models.Model):
    """One file made by an agent, owned by one user.

    Field names are the contract's. What the bytes determine never changes after the
    row was written; saving the session changes `source` alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Neither has an index of its own: several below begin with it.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="artifacts",
        db_index=False,
    )
    namespace = models.ForeignKey(
        Namespace, on_delete=models.PROTECT, related_name="artifacts", db_index=False
    )
    object_id = models.CharField("object id", max_length=12, editable=False)
    kind = models.CharField(
        max_length=5,
        editable=False,
        choices=[(kind.value, kind.name.lower()) for kind in ArtifactKind],
    )
    filename = models.CharField(max_length=255)
    storage_path = models.CharField(max_length=255, editable=False)
    bytes = models.BigIntegerField("size in bytes", editable=False)
    mime_type = models.CharField(max_length=127, editable=False)
    sha256 = models.CharField("SHA-256", max_length=64, editable=False, db_index=True)
    source = models.CharField(
        max_length=8, choices=Source.choices, default=Source.STORE, editable=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    thumbnail_base64 = models.TextField(blank=True, editable=False)
    thumbnail_reason = models.CharField(
        max_length=15,
        blank=True,
        editable=False,
        choices=[(reason.value, reason.value) for reason in Reason],
        help_text="Why there is no picture.",
    )
    thumbnail_version = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Of the renderer that made the picture."
    )

    objects = FileArtifactQuerySet.as_manager()

    class Meta:
        verbose_name = "artifact"
        constraints = [
            models.UniqueConstraint(
                fields=["namespace", "object_id"], name="object_id_in_namespace"
            )
        ]
        # Each ends as the list is sorted that it serves, so that a page is read from
        # it row by row, and one that is empty is known to be at once.
        indexes = [
            models.Index(fields=["namespace", "source", "id"], name="artifact_saved"),
            models.Index(fields=["namespace", "filename"], name="artifact_filename"),
            # The bytes are here to be added up without reading the rows.
            models.Index(
                fields=["namespace", "source", "bytes"], name="artifact_source"
            ),
            models.Index(fields=["thumbnail_version", "id"], name="artifact_outdated"),
            # Those of one user.
            models.Index(fields=["user", *_NEWEST_FIRST], name="artifact_newest"),
            models.Index(fields=["user", "kind", *_NEWEST_FIRST], name="artifact_kind"),
            models.Index(
                fields=["user", "mime_type", *_NEWEST_FIRST], name="artifact_type"
            ),
            models.Index(fields=["namespace", *_NEWEST_FIRST], name="artifact_within"),
            # Those of all users, for operators.
            models.Index(fields=_NEWEST_FIRST, name="artifact_any_newest"),
            models.Index(fields=["kind", *_NEWEST_FIRST], name="artifact_any_kind"),
            models.Index(
                fields=["mime_type", *_NEWEST_FIRST], name="artifact_any_type"
            ),
            models.Index(fields=["source", *_NEWEST_FIRST], name="artifact_any_source"),
            models.Index(
                fields=["thumbnail_reason", *_NEWEST_FIRST], name="artifact_any_reason"
            ),
            models.Index(fields=["bytes", "id"], name="artifact_any_size"),
            # PostgreSQL finds how a text begins by this class alone; SQLite has none.
            models.Index(
                fields=["object_id"],
                opclasses=["varchar_pattern_ops"],
                name="artifact_any_object_id",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.object_id} ({self.filename})"

    thumbnail_tried = False
    """True once this object's thumbnail was asked for, before its first `save()`."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row; a new one gets its thumbnail and its object reference first.

        The bytes are in a store already. Rendering may take as long as
        `ARTIFACTS_THUMBNAIL_SECONDS`: within a transaction, call `draw_thumbnail()`
        before it begins.
        """
        if not self._state.adding:
            super().save(*args, **kwargs)
            return
        if not self.thumbnail_tried:
            self.draw_thumbnail()
        with transaction.atomic():
            if not self.object_id:
                self._enter_namespace()
            super().save(*args, **kwargs)

    def _enter_namespace(self) -> None:
        """Take the next reference and time of the namespace, whose row is locked."""
        mine = FileArtifact.objects.filter(user=OuterRef("owner")).newest_first()
        namespaces = Namespace.objects.annotate(
            newest_at=Subquery(mine.values("created_at")[:1])
        )
        namespace: Any = namespaces.locked(self.user, self.namespace.ref)
        kind, generation = ArtifactKind(self.kind), current_generation()
        ref = None
        # One that was taken in from another session's manifest may have the next one.
        while ref is None or namespace.artifacts.filter(object_id=ref).exists():
            ref = namespace.next_object_ref(
                kind, generation=generation, after=namespace.newest_at
            )
        self.namespace, self.object_id = namespace, str(ref)
        self.created_at = namespace.last_put_at

    @property
    def media_type(self) -> MediaType:
        return find(ArtifactKind(self.kind), self.mime_type)

    @property
    def is_live(self) -> bool:
        return self.source == Source.STORE

    @property
    def thumbnail(self) -> builtins.bytes:
        """The encoded picture, empty where there is none."""
        return base64.b64decode(self.thumbnail_base64)

    def redraw(self) -> bool:
        """Draw the picture from the stored bytes and write it to the row.

        False where it is still to be drawn, and nothing has changed.
        """
        drawn = self.draw_thumbnail(patient=True)
        if drawn:
            names = ("thumbnail_base64", "thumbnail_reason", "thumbnail_version")
            # Not `save()`, which fails where the row was deleted meanwhile.
            this = FileArtifact.objects.filter(pk=self.pk)
            this.update(**{name: getattr(self, name) for name in names})
        return drawn

    def draw_thumbnail(
        self, content: BinaryIO | None = None, *, patient: bool = False
    ) -> bool:
        """Set the thumbnail fields from the bytes, without writing the row.

        False where the picture is still to be drawn: see `pool.draw`.
        """
        if content is None:
            with tiers.local(self.stored) as local:
                return self.draw_thumbnail(local, patient=patient)
        self.thumbnail_tried = True
        drawn = pool.draw(
            content,
            format=self.media_type.extension,
            limits=thumbnail_limits(),
            patient=patient,
        )
        if drawn is None:
            return False
        self.thumbnail_base64 = base64.b64encode(drawn.data).decode("ascii")
        self.thumbnail_reason = drawn.reason.value if drawn.reason else ""
        self.thumbnail_version = VERSION
        return True

    @property
    def stored(self) -> tiers.Stored:
        """Place, size and digest of its bytes."""
        name = f"{self.object_id or self.pk} in {self.namespace_id}"
        return tiers.Stored(
            self.storage_path, self.is_live, self.bytes, self.sha256, name
        )


def thumbnail_limits() -> pool.Limits:
    """Read from the settings what one picture may cost."""
    return pool.Limits(
        memory_bytes=conf.ARTIFACTS_THUMBNAIL_MEMORY,
        cpu_seconds=conf.ARTIFACTS_THUMBNAIL_SECONDS,
        wall_seconds=conf.ARTIFACTS_THUMBNAIL_SECONDS + 2,
        children=conf.ARTIFACTS_THUMBNAIL_PROCESSES,
    )


_BY_ID = WrittenOut(
    "SELECT {columns} FROM artifacts_fileartifact AS artifact"
    " WHERE artifact.id = %s AND artifact.user_id = %s",
    table="artifact",
    fields=FileArtifact._meta.concrete_fields,
)
# Without the picture, which is most of a row and of no use to who wants the bytes.
_BY_OBJECT_ID = WrittenOut(
    "SELECT {columns} FROM artifacts_fileartifact AS artifact"
    " JOIN artifacts_namespace AS namespace ON namespace.id = artifact.namespace_id"
    " WHERE namespace.owner_id = %s AND namespace.kind = %s"
    " AND namespace.external_id = %s AND artifact.object_id = %s"
    " AND artifact.user_id = namespace.owner_id",
    table="artifact",
    fields=[
        field
        for field in FileArtifact._meta.concrete_fields
        if not field.name.startswith("thumbnail_")
    ],
)
# DISTINCT would read the index from end to end.
_MEDIA_TYPES = """
    WITH RECURSIVE types (name) AS (
        SELECT MIN(mime_type) FROM artifacts_fileartifact
        UNION ALL
        SELECT (SELECT MIN(mime_type) FROM artifacts_fileartifact
                WHERE mime_type > types.name)
        FROM types WHERE types.name IS NOT NULL
    )
    SELECT name FROM types WHERE name IS NOT NULL
"""
