"""Delete an artifact: its row, then, once that is certain, its bytes."""

from __future__ import annotations

from django.db import transaction

from artifacts import stores
from artifacts.models import FileArtifact
from artifacts.models.file_artifact import Source
from artifacts.services.save import write_manifest


def delete(artifact: FileArtifact) -> None:
    """Delete an artifact: its row, then, once that is certain, its bytes."""

    def forget() -> None:
        stores.live().delete(artifact.storage_path)
        stores.persisted().delete(artifact.storage_path)
        if source == Source.MANIFEST:
            write_manifest(artifact.namespace)

    with transaction.atomic():
        this = FileArtifact.objects.filter(pk=artifact.pk)
        # Locked: a save may move it since it was read, and write it to the manifest.
        locked = this.select_for_update().values_list("source", flat=True)
        source = locked.first()
        this.delete()
        transaction.on_commit(forget, robust=True)
