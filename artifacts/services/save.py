"""Save a namespace: move its bytes to the persisted store, write its manifest."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from artifacts import stores
from artifacts.conf import conf
from artifacts.exceptions import (
    BytesMissingError,
    CorruptError,
    IncompleteSaveError,
    StoreError,
)
from artifacts.models import FileArtifact, Namespace
from artifacts.models.batches import batches
from artifacts.models.file_artifact import Source
from artifacts.models.installation import Tier
from artifacts.services import fencing
from artifacts.services.deletions import delete_later, finish_deletions
from artifacts.services.digests import has_digest, is_digest_of
from artifacts.services.manifests import change, write_manifest

NAMED = 5
"""Of what could not be saved, so many are named; the rest is counted."""


def save_namespace(namespace: Namespace) -> None:
    """Move every live artifact to the persisted store and write the manifest.

    Idempotent, may run several times at once, and goes on where a crash stopped it.
    What cannot be moved stays live while the rest is saved; then `IncompleteSaveError`
    names it.
    """
    fencing.check(anew=True)
    failures: list[str] = []
    live = namespace.artifacts.live().defer("thumbnail_base64")
    for batch in batches(live):
        copied: list[FileArtifact] = []
        try:
            for artifact in batch:
                try:
                    if _copy(artifact):
                        copied.append(artifact)
                except (BytesMissingError, CorruptError) as error:
                    failures.append(str(error))
        finally:
            _publish(namespace, copied)
    if not failures:
        _settle(namespace)
    write_manifest(namespace)
    if failures:
        named = " ".join(failures[:NAMED])
        more = len(failures) - NAMED
        rest = f" And {more} more are not saved." if more > 0 else ""
        raise IncompleteSaveError(f"{named}{rest}")


def _copy(artifact: FileArtifact) -> bool:
    """Copy the bytes to the persisted store and read them back; nothing is deleted.

    False where the artifact is not live any more. What another save of it has
    published has the same bytes, so that writing it once more does no harm.
    """
    live, persisted = stores.live(), stores.persisted()
    key = artifact.storage_path
    try:
        with live.local(key) as content:
            if not is_digest_of(content, artifact.sha256):
                raise CorruptError(
                    f"The bytes of {artifact.object_id} are not those that were put."
                )
            persisted.place(key, content)
            if not has_digest(persisted, artifact):
                # Left by a store that cannot place whole files, or read wrongly.
                persisted.overwrite(key, content)
                if not has_digest(persisted, artifact):
                    raise StoreError("The persisted store gives back other bytes.")
    except FileNotFoundError as error:
        if FileArtifact.objects.live().filter(pk=artifact.pk).exists():
            raise BytesMissingError(
                f"The bytes of {artifact.object_id} are missing."
            ) from error
        return False  # another save moved it, or it was deleted meanwhile
    return True


def _publish(namespace: Namespace, copied: list[FileArtifact]) -> None:
    """Say in the rows that the bytes are saved; then the live copies go."""
    if not copied:
        return
    keys = {artifact.pk: artifact.storage_path for artifact in copied}
    these = FileArtifact.objects.filter(pk__in=keys).order_by("pk")
    with transaction.atomic():
        sources = dict(these.select_for_update().values_list("pk", "source"))
        moved = [pk for pk, source in sources.items() if source == Source.STORE]
        these.filter(pk__in=moved).update(source=Source.MANIFEST)
        if moved:
            change(namespace.pk)
        wait = timedelta(seconds=_seconds_to_follow())
        ids = delete_later([keys[pk] for pk in moved], Tier.LIVE, wait=wait)
        # Deleted while they were copied: the copies are nobody's.
        gone = [key for pk, key in keys.items() if pk not in sources]
        ids += delete_later(gone, Tier.PERSISTED)
    if not wait:
        finish_deletions(ids)


def _seconds_to_follow() -> int:
    """Seconds after a save in which somebody may still open a live copy by its name."""
    if conf.ARTIFACTS_DELIVERY == "stream":
        return 0
    return conf.ARTIFACTS_REDIRECT_SECONDS + 60


def _settle(namespace: Namespace) -> None:
    """Note that nothing is live, if nothing is; a put at this moment waits or is seen."""
    with transaction.atomic():
        this = Namespace.objects.filter(pk=namespace.pk)
        this.select_for_update().first()
        if not namespace.artifacts.live().exists():
            this.update(unsaved=False, retry_at=None, failures=0)
