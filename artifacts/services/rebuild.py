"""Write what the manifests say and the database does not have.

A manifest that is newer than its namespace's row was written by a later state of the
database: then it is right about what is saved, and rows of what it no longer lists go.
One that is older lacks nothing that is there: what it lists and has no row was deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from artifacts import stores
from artifacts.exceptions import InvalidError, OutdatedError
from artifacts.models import FileArtifact, Namespace
from artifacts.models.batches import in_batches
from artifacts.models.file_artifact import Source
from artifacts.refs import NamespaceKind, NamespaceRef
from artifacts.services import fencing
from artifacts.services.manifests import (
    change,
    is_newer,
    may_know_more,
    write_manifest,
)
from artifacts.services.trash import in_trash, put_back, set_aside
from artifacts.stores.manifest import Entry, Manifest, manifest_keys, moment


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """Outcome of one manifest."""

    namespace: str
    added: int
    error: str = ""
    removed: int = 0
    "Rows of what had been deleted when the manifest was written."


_REFUSED = (ValueError, ValidationError, DataError, IntegrityError)
"""Errors of a value that the database cannot take."""


def rebuild(*, adopt: bool = False) -> Iterator[Rebuilt]:
    """Take in every manifest; then the store belongs to this database.

    Owners are found by user name and made where missing. Thumbnails are rendered again.
    What cannot be taken in is reported, and costs nothing else its place. Raises
    `OutdatedError` where this is a database in use and the store another one's, unless
    `adopt` says that it is to have both.
    """
    if not adopt and Namespace.objects.exists() and fencing.belongs_elsewhere():
        raise OutdatedError(
            "The persisted store belongs to another database, and this one is in use "
            "already. Is this the right one? If it is to have both, add --adopt."
        )
    trash = {key: (tier, place) for key, tier, place in in_trash()}
    for key in list(manifest_keys(stores.persisted())):
        try:
            manifest = Manifest.read(stores.persisted(), key)
            namespace, newer = _namespace(manifest)
        except (OSError, *_REFUSED) as error:
            yield Rebuilt(key, 0, _reason(error))
        else:
            yield _take_in(key, manifest, namespace, trash, newer=newer)
    fencing.claim()


def _take_in(
    key: str,
    manifest: Manifest,
    namespace: Namespace,
    trash: dict[str, tuple[str, str]],
    *,
    newer: bool,
) -> Rebuilt:
    taken = _Taken(manifest, namespace, trash)
    if may_know_more(manifest, namespace):
        taken.add_rows()
    if newer:
        taken.remove_rows()
    if not taken.is_incomplete:
        _adopt_revision(manifest, namespace)
    if str(namespace.pk) != manifest.id:
        # Begun again since: its own manifest lists all of it now.
        write_manifest(namespace)
        if not taken.is_incomplete:
            set_aside(stores.persisted(), key)
    problem = f"{key}: {'; '.join(taken.problems)}" if taken.problems else ""
    place = f"{namespace} of {manifest.owner}"
    return Rebuilt(place, taken.added, problem, taken.removed)


@transaction.atomic
def _namespace(manifest: Manifest) -> tuple[Namespace, bool]:
    """Find or make the namespace; say whether the manifest knows more than its row."""
    ref = NamespaceRef(NamespaceKind(manifest.kind), manifest.external_id)
    users = get_user_model().objects
    owner = users.filter(username=manifest.owner).first()
    if owner is None:
        owner = users.create_user(manifest.owner)
    given = Namespace(
        pk=UUID(manifest.id),
        owner=owner,
        kind=manifest.kind,
        external_id=manifest.external_id,
        sequence=manifest.sequence,
        generation=manifest.generation,
        created_at=moment(manifest.created_at),
    )
    given.clean_fields(exclude={"owner"})
    namespace = Namespace.objects.select_for_update().filter(pk=given.pk).first()
    if namespace is not None:
        return namespace, is_newer(manifest, namespace)
    namespace = Namespace.objects.filter(owner=owner).named(ref).first()
    if namespace is None:
        given.save(force_insert=True)
        namespace = given
    return namespace, False


def _adopt_revision(manifest: Manifest, namespace: Namespace) -> None:
    """Have the row know of this manifest, so that the next one may take its place."""
    with transaction.atomic():
        this = Namespace.objects.select_for_update().get(pk=namespace.pk)
        if str(this.pk) != manifest.id:
            change(this.pk)
            return
        if not is_newer(manifest, this) and this.saved_at is not None:
            return
        this.sequence = max(this.sequence, manifest.sequence)
        # The next reference is above all of the generations since.
        this.generation = min(this.generation, manifest.generation)
        # What this row has beside it goes into the next manifest.
        is_more = this.revision > this.manifest_revision
        this.revision = max(this.revision, manifest.revision) + is_more
        this.manifest_revision = max(this.manifest_revision, manifest.revision)
        this.written_revision = manifest.revision
        this.saved_at = timezone.now()
        this.save()


class _Taken:
    """Takes the entries of one manifest in."""

    def __init__(
        self,
        manifest: Manifest,
        namespace: Namespace,
        trash: dict[str, tuple[str, str]],
    ) -> None:
        self._manifest = manifest
        self._namespace = namespace
        self._trash = trash
        self.added = self.removed = 0
        self.problems = list(manifest.unreadable)
        self.is_incomplete = bool(self.problems)
        "Whether something is in the manifest alone, which therefore has to stay."

    def add_rows(self) -> None:
        """Add the rows that are missing, and note what is wrong with which entry."""
        lost = list[str]()
        for entry in self._manifest.artifacts:
            try:
                self.added += self._add(entry)
            except FileNotFoundError:
                lost.append(entry.object_id)
            except (OSError, SuspiciousOperation, *_REFUSED) as error:
                self.problems.append(f"{entry.object_id!r}: {_reason(error)}")
                self.is_incomplete = True
        if lost:
            self.problems.append(f"bytes are missing: {', '.join(lost)}")

    def remove_rows(self) -> None:
        """Remove the rows of what was saved, is not listed any more, and has no bytes."""
        listed = {entry.id for entry in self._manifest.artifacts}
        saved = self._namespace.artifacts.filter(source=Source.MANIFEST)
        gone = [
            row.pk
            for row in in_batches(saved.defer("thumbnail_base64"))
            if str(row.pk) not in listed and not self._is_there(row)
        ]
        for start in range(0, len(gone), 500):
            these = FileArtifact.objects.filter(pk__in=gone[start : start + 500])
            self.removed += these.delete()[0]

    def _add(self, entry: Entry) -> bool:
        """Write the row of an entry, and nothing where it is not as a row has to be."""
        entry.check()
        artifact = FileArtifact(
            id=UUID(entry.id),
            user=self._namespace.owner,
            namespace=self._namespace,
            object_id=entry.object_id,
            kind=entry.kind,
            filename=entry.filename,
            storage_path=entry.storage_path,
            bytes=entry.bytes,
            mime_type=entry.mime_type,
            sha256=entry.sha256,
            source=Source.MANIFEST,
            created_at=moment(entry.created_at),
        )
        artifact.clean_fields(exclude={"user", "namespace"})
        rows = FileArtifact.objects.filter(pk=artifact.pk)
        if row := rows.only("namespace", "object_id", "source").first():
            if (row.namespace_id, row.object_id) != (
                self._namespace.pk,
                entry.object_id,
            ):
                raise ValueError(f"{entry.id} is another artifact's id.")
            if row.is_live and self._is_there(artifact):  # saved since
                rows.update(source=Source.MANIFEST)
            return False
        artifact.validate_constraints()
        # Rendering reads the bytes, but may be left for later.
        if not self._is_there(artifact):
            raise FileNotFoundError(artifact.storage_path)
        artifact.save(force_insert=True)
        return True

    def _is_there(self, artifact: FileArtifact) -> bool:
        """Say whether the saved bytes are there, or were set aside and are there again."""
        try:
            stores.persisted().stat(artifact.storage_path)
        except FileNotFoundError:
            if artifact.storage_path not in self._trash:
                return False
            put_back(artifact, *self._trash[artifact.storage_path])
        return True


def _reason(error: Exception) -> str:
    """Say it in one line, with the field's name where it is one's."""
    if isinstance(error, ValidationError):
        said = [f"{name}: {' '.join(why)}" for name, why in error.message_dict.items()]
        return "; ".join(said)
    field = f"{error.field}: " if isinstance(error, InvalidError) else ""
    return field + " ".join(str(error).split())
