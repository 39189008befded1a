"""Delete an artifact: its row and a note of its bytes at once, then the bytes."""

from __future__ import annotations

from django.db import transaction

from artifacts.models import FileArtifact
from artifacts.models.file_artifact import Source
from artifacts.models.installation import Tier
from artifacts.services import fencing
from artifacts.services.deletions import delete_later, finish_deletions
from artifacts.services.manifests import change


def delete(artifact: FileArtifact) -> None:
    """Delete an artifact for good.

    What a store does not delete at once, and the entry in the manifest, follow: they
    are noted in the transaction that deletes the row, and `sweep` does what is noted.
    """
    fencing.check()
    with transaction.atomic():
        this = FileArtifact.objects.filter(pk=artifact.pk)
        # Locked: a save may move it since it was read.
        source = this.select_for_update().values_list("source", flat=True).first()
        if source is None:
            return  # another request was faster
        this.delete()
        # In both: a save may be copying it, or its live copy be about to go.
        ids = [
            *delete_later([artifact.storage_path], Tier.PERSISTED),
            *delete_later([artifact.storage_path], Tier.LIVE),
        ]
        if source == Source.MANIFEST:
            change(artifact.namespace_id)
        transaction.on_commit(lambda: finish_deletions(ids), robust=True)
