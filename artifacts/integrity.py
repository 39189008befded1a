"""Whether database and stores agree: verify, repair, rebuild the one from the other."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.db import DataError, IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from artifacts import selectors, stores
from artifacts.conf import conf
from artifacts.exceptions import BytesMissingError, InvalidError
from artifacts.models import FileArtifact, Namespace
from artifacts.models.file_artifact import Source
from artifacts.refs import NamespaceKind, NamespaceRef
from artifacts.services.save import current_manifest, has_digest, write_manifest
from artifacts.stores import ObjectStore
from artifacts.stores.manifest import Entry, Manifest, manifest_keys, moment
from artifacts.stores.staging import sweep_staged


class Fault(enum.StrEnum):
    """What can be wrong; only the first four can be repaired without a loss."""

    ORPHAN = "bytes without a row"
    LEFTOVER = "live copy of a saved artifact"
    STALE_MANIFEST = "manifest differs from the database"
    STAGED = "upload that a crash left"
    MISSING = "row without bytes"
    CORRUPT = "bytes differ from their SHA-256"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, where it is, and whether it was repaired."""

    fault: Fault
    place: str
    repaired: bool = False


def verify(*, repair: bool = False, deep: bool = False) -> Iterator[Finding]:
    """Compare rows, bytes and manifests; with `deep`, read and hash every byte.

    Nothing younger than `ARTIFACTS_GRACE_SECONDS` counts as an orphan: its put may be
    under way. What has no row is deleted by `repair`; rows are never touched.
    """
    before = timezone.now() - timedelta(seconds=conf.ARTIFACTS_GRACE_SECONDS)
    for store in (stores.live(), stores.persisted()):
        yield from _orphans(store, before, repair=repair)
    for path in sweep_staged(before, delete=repair):
        yield Finding(Fault.STAGED, path, repair)
    rows = FileArtifact.objects.defer("thumbnail_base64")
    for artifact in rows.iterator(chunk_size=1000):
        yield from _artifact_faults(artifact, deep=deep)
    # Also where a crash came between the first row and the first manifest.
    saved = Q(saved_at__isnull=False) | Q(artifacts__source=Source.MANIFEST)
    # No iterator: a cursor that is open while SQLite writes holds a stale snapshot.
    for namespace in Namespace.objects.filter(saved).distinct():
        yield from _manifest_faults(namespace, repair=repair)


def _orphans(
    store: ObjectStore, before: datetime, *, repair: bool
) -> Iterator[Finding]:
    """Objects that no row, or only a saved artifact's row, gives a reason to keep."""
    for stat in store.list("artifacts"):
        if stat.modified >= before:
            continue
        row = _row_of(stat.key)
        if row is None:
            fault = Fault.ORPHAN
        elif store.alias == "live" and not row.is_live and _is_whole(row):
            fault = Fault.LEFTOVER
        else:
            continue
        if repair:
            store.delete(stat.key)
        yield Finding(fault, f"{store.alias}: {stat.key}", repair)


def _row_of(key: str) -> FileArtifact | None:
    """Find the row by the id in the key: the column of keys has no index."""
    try:
        artifact_id = UUID(key.rpartition("/")[2])
    except ValueError:
        return None
    rows = FileArtifact.objects.defer("thumbnail_base64")
    return rows.filter(pk=artifact_id, storage_path=key).first()


def _is_whole(artifact: FileArtifact) -> bool:
    """Say whether the saved copy is there; else the live one is the last."""
    try:
        return has_digest(stores.persisted(), artifact)
    except FileNotFoundError:
        return False


def _artifact_faults(artifact: FileArtifact, *, deep: bool) -> Iterator[Finding]:
    place = f"{artifact.namespace_id} {artifact.object_id} {artifact.storage_path}"
    try:
        store = selectors.locate(artifact)
        if store.stat(artifact.storage_path).size != artifact.bytes or (
            deep and not has_digest(store, artifact)
        ):
            yield Finding(Fault.CORRUPT, place)
    except (BytesMissingError, FileNotFoundError):
        # It may have been deleted since it was read.
        if FileArtifact.objects.filter(pk=artifact.pk).exists():
            yield Finding(Fault.MISSING, place)


def _manifest_faults(namespace: Namespace, *, repair: bool) -> Iterator[Finding]:
    expected = current_manifest(namespace)
    try:
        found = Manifest.read(stores.persisted(), expected.key)
    except (FileNotFoundError, ValueError):
        found = None
    if found is None or (found.artifacts, found.unreadable) != (expected.artifacts, ()):
        if repair:
            write_manifest(namespace)
        yield Finding(Fault.STALE_MANIFEST, expected.key, repair)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What one manifest gave the database."""

    namespace: str
    added: int
    error: str = ""


def rebuild() -> Iterator[Rebuilt]:
    """Write what the manifests say and the database does not have; change nothing else.

    Owners are found by user name and made where missing. Pictures are drawn again.
    What cannot be taken in is reported, and costs nothing else its place.
    """
    store = stores.persisted()
    for key in manifest_keys(store):
        try:
            manifest = Manifest.read(store, key)
            namespace = _namespace(manifest)
        except (OSError, *_REFUSED) as error:
            yield Rebuilt(key, 0, _reason(error))
            continue
        added, problems = _take_in(manifest, namespace)
        problem = f"{key}: {'; '.join(problems)}" if problems else ""
        yield Rebuilt(f"{namespace} of {manifest.owner}", added, problem)


_REFUSED = (ValueError, ValidationError, DataError, IntegrityError)
"""What a value raises that the database cannot take."""


def _take_in(manifest: Manifest, namespace: Namespace) -> tuple[int, list[str]]:
    """Add what is missing; the number of rows, and what is wrong with which entry."""
    added, lost, problems = 0, list[str](), list(manifest.unreadable)
    for entry in manifest.artifacts:
        try:
            added += _add(entry, namespace)
        except FileNotFoundError:
            lost.append(entry.object_id)
        except (OSError, SuspiciousOperation, *_REFUSED) as error:
            problems.append(f"{entry.object_id!r}: {_reason(error)}")
    if lost:
        problems.append(f"bytes are missing: {', '.join(lost)}")
    return added, problems


@transaction.atomic
def _namespace(manifest: Manifest) -> Namespace:
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
        created_at=moment(manifest.created_at),
        saved_at=timezone.now(),
    )
    given.clean_fields(exclude={"owner"})
    namespace = Namespace.objects.filter(pk=given.pk).first()
    if namespace is None:
        if Namespace.objects.filter(owner=owner).named(ref).exists():
            raise ValueError(f"{ref} of {manifest.owner} was begun anew.")
        given.save(force_insert=True)
        return given
    # References of deleted artifacts are not handed out again either.
    Namespace.objects.filter(pk=namespace.pk, sequence__lt=given.sequence).update(
        sequence=given.sequence
    )
    return namespace


def _add(entry: Entry, namespace: Namespace) -> bool:
    """Write the row of an entry, and nothing where it is not as a row has to be."""
    entry.check()
    artifact = FileArtifact(
        id=UUID(entry.id),
        user=namespace.owner,
        namespace=namespace,
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
    there = FileArtifact.objects.filter(pk=artifact.pk).only("namespace", "object_id")
    if row := there.first():
        if (row.namespace_id, row.object_id) != (namespace.pk, entry.object_id):
            raise ValueError(f"{entry.id} is another artifact's id.")
        return False
    artifact.validate_constraints()
    # Drawing reads the bytes, but may be handed over.
    stores.persisted().stat(entry.storage_path)
    artifact.save(force_insert=True)
    return True


def _reason(error: Exception) -> str:
    """Say it in one line, with the field's name where it is one's."""
    if isinstance(error, ValidationError):
        said = [f"{name}: {' '.join(why)}" for name, why in error.message_dict.items()]
        return "; ".join(said)
    field = f"{error.field}: " if isinstance(error, InvalidError) else ""
    return field + " ".join(str(error).split())
