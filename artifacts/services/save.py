"""Save a namespace: move its bytes to the persisted store, write its manifest."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from artifacts import stores
from artifacts.exceptions import ArtifactError, BytesMissingError, CorruptError
from artifacts.models import FileArtifact, Namespace
from artifacts.models.file_artifact import Source
from artifacts.models.paging import paged
from artifacts.stores.manifest import Entry, Manifest
from artifacts.stores.object_store import CHUNK, ObjectStore

logger = logging.getLogger(__name__)


def save_namespace(namespace: Namespace) -> None:
    """Move every live artifact to the persisted store and write the manifest.

    Idempotent, may run twice at once, and goes on where a crash stopped it. What
    cannot be moved stays live while the rest is saved; then the first error is raised.
    """
    # Until the manifest is written: a crash before it leaves a mark for the sweeper.
    Namespace.objects.filter(pk=namespace.pk).update(saved_at=None)
    failures: list[ArtifactError] = []
    for artifact in paged(namespace.artifacts.live().defer("thumbnail_base64")):
        try:
            _persist(artifact)
        except (BytesMissingError, CorruptError) as error:
            logger.exception("Artifact %s could not be saved", artifact.pk)
            failures.append(error)
    write_manifest(namespace)
    if failures:
        raise failures[0]


def save_idle_namespaces(*, idle_seconds: int) -> Iterator[tuple[Namespace, str]]:
    """Save what nobody saves; give each namespace and its error, "" where it is saved."""
    moment = timezone.now() - timedelta(seconds=idle_seconds)
    for namespace in Namespace.objects.idle_since(moment).order_by("last_put_at"):
        try:
            save_namespace(namespace)
        except (ArtifactError, OSError) as error:
            yield namespace, str(error)
        else:
            yield namespace, ""


def write_manifest(namespace: Namespace) -> None:
    """Write the manifest as the database has the namespace now.

    The lock keeps an older state from overwriting a newer one.
    """
    with transaction.atomic():
        locked = Namespace.objects.select_for_update().get(pk=namespace.pk)
        current_manifest(locked).write(stores.persisted())
        Namespace.objects.filter(pk=locked.pk).update(saved_at=timezone.now())


def has_digest(store: ObjectStore, artifact: FileArtifact) -> bool:
    """Say whether the store gives back the bytes that were put."""
    digest = hashlib.sha256()
    with contextlib.closing(store.open(artifact.storage_path)) as content:
        while chunk := content.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest() == artifact.sha256


def _persist(artifact: FileArtifact) -> None:
    """Copy, verify, row, delete the live copy: in that order."""
    live, persisted = stores.live(), stores.persisted()
    this = FileArtifact.objects.filter(pk=artifact.pk)
    try:
        _copy(artifact, live, persisted)
    except FileNotFoundError as error:
        if this.live().exists():
            raise BytesMissingError(
                f"The bytes of {artifact.object_id} are missing."
            ) from error
        return  # another save moved it, or it was deleted meanwhile
    if not this.live().update(source=Source.MANIFEST) and not this.exists():
        persisted.delete(artifact.storage_path)  # deleted while it was copied
    live.delete(artifact.storage_path)


def _copy(artifact: FileArtifact, live: ObjectStore, persisted: ObjectStore) -> None:
    key = artifact.storage_path
    with live.local(key) as content:
        placed = persisted.place(key, content)
        if has_digest(persisted, artifact):
            return
        if not placed:  # left by a store that cannot place whole files
            persisted.delete(key)
            persisted.place(key, content)
    if not has_digest(persisted, artifact):
        persisted.delete(key)
        raise CorruptError(f"The bytes of {artifact.object_id} do not match their row.")


def current_manifest(namespace: Namespace) -> Manifest:
    """Make the manifest of what is saved, as the database has it now."""
    saved = namespace.artifacts.filter(source=Source.MANIFEST).order_by("id")
    return Manifest(
        id=str(namespace.pk),
        owner=namespace.owner.get_username(),
        kind=namespace.kind,
        external_id=namespace.external_id,
        sequence=namespace.sequence,
        created_at=namespace.created_at.isoformat(),
        artifacts=tuple(
            Entry(
                id=str(artifact.pk),
                object_id=artifact.object_id,
                kind=artifact.kind,
                filename=artifact.filename,
                storage_path=artifact.storage_path,
                bytes=artifact.bytes,
                mime_type=artifact.mime_type,
                sha256=artifact.sha256,
                created_at=artifact.created_at.isoformat(),
            )
            for artifact in saved.defer("thumbnail_base64")
        ),
    )
