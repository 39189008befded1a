"""Manifests: written from the database, outside of every transaction.

A manifest has the revision that its namespace had before the rows were read. The store
takes it only in place of the one that was looked at before (`swap`), so that the later
of two writers always wins, and a database that is older than the manifest never does.
"""

from __future__ import annotations

import logging
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from artifacts import stores
from artifacts.exceptions import OutdatedError, StoreError
from artifacts.models import Namespace
from artifacts.models.batches import in_batches
from artifacts.models.file_artifact import Source
from artifacts.services.trash import set_aside
from artifacts.stores.manifest import Entry, Head, Manifest, key_of, read_manifest_head
from artifacts.stores.object_store import ObjectStore

logger = logging.getLogger(__name__)

TRIES = 20
"""Times that a manifest is written anew because another one was faster."""


def write_manifest(namespace: Namespace) -> None:
    """Write the manifest as the database has the namespace now.

    Raises `OutdatedError` where the stored one is newer than the database.
    """
    store, key = stores.persisted(), key_of(namespace.pk)
    for _ in range(TRIES):
        head = _stored_head(store, key)
        # In this order: what the manifest has is at least of this revision.
        current = Namespace.objects.select_related("owner").get(pk=namespace.pk)
        if head and is_newer(head, current):
            raise OutdatedError(
                f"The manifest of {current} is newer than the database. "
                "Run `manage.py rebuild_from_manifests`."
            )
        manifest = current_manifest(current)
        this, revision = Namespace.objects.filter(pk=current.pk), manifest.revision
        # Before: a database that has not noted it is older than that manifest.
        this.filter(manifest_revision__lt=revision).update(manifest_revision=revision)
        version = head.version if head else None
        if store.swap(key, manifest.encode(), version=version):
            written = this.filter(written_revision__lte=revision)
            written.update(written_revision=revision, saved_at=timezone.now())
            return
    raise StoreError(f"The manifest of {namespace} is written by others all the time.")


def is_newer(head: Head | Manifest, namespace: Namespace) -> bool:
    """Say whether a later state of the database wrote this manifest."""
    return (
        head.revision > namespace.manifest_revision
        or head.sequence > namespace.sequence
    )


def may_know_more(manifest: Manifest, namespace: Namespace) -> bool:
    """Say whether what it lists and has no row is lost, and was not deleted since."""
    return is_newer(manifest, namespace) or manifest.revision >= namespace.revision


def change(namespace_id: UUID) -> None:
    """Count a change of what is saved, within the transaction that makes it."""
    this = Namespace.objects.filter(pk=namespace_id)
    this.update(revision=F("revision") + 1)


def current_manifest(namespace: Namespace) -> Manifest:
    """Make the manifest of what is saved, as the database has it now."""
    saved = namespace.artifacts.filter(source=Source.MANIFEST)
    return Manifest(
        id=str(namespace.pk),
        owner=namespace.owner.get_username(),
        kind=namespace.kind,
        external_id=namespace.external_id,
        sequence=namespace.sequence,
        generation=namespace.generation,
        created_at=namespace.created_at.isoformat(),
        revision=namespace.revision,
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
            for artifact in in_batches(saved.defer("thumbnail_base64"), size=1000)
        ),
    )


def _stored_head(store: ObjectStore, key: str) -> Head | None:
    """Read how far the stored manifest is; set aside a document that is not one."""
    try:
        return read_manifest_head(store, key)
    except ValueError:
        pass
    try:  # once more: a store may give back what it was not given
        return read_manifest_head(store, key)
    except ValueError as error:
        logger.warning("%s is set aside: %s", key, error)
        set_aside(store, key)
        return None
