"""What finds artifacts, as one user may see them. Other people's are not found."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from typing import NoReturn

from django.contrib.auth.models import User
from django.db.models import Q

from artifacts.exceptions import BytesMissingError, NotFoundError
from artifacts.models import FileArtifact, Namespace
from artifacts.models.file_artifact import FileArtifactQuerySet
from artifacts.refs import NamespaceRef, ObjectRef
from artifacts.stores import tiers
from artifacts.stores.object_store import ObjectStore, Reader
from artifacts.thumbnails.result import VERSION


def artifacts_of(user: User) -> FileArtifactQuerySet:
    """Give all artifacts of one user, newest first."""
    return FileArtifact.objects.owned_by(user).newest_first()


def get_artifact(user: User, artifact_id: str) -> FileArtifact:
    """Find one artifact by its id; a text that is no id is the id of nothing."""
    try:
        key = uuid.UUID(artifact_id)
    except ValueError:
        _not_found()
    return FileArtifact.objects.find(user, key) or _not_found()


def get_by_object_id(
    user: User, namespace: NamespaceRef, ref: ObjectRef
) -> FileArtifact:
    """Find one artifact by its reference within a namespace."""
    found = FileArtifact.objects.find_by_object_id(user, namespace, str(ref))
    return found or _not_found()


def get_by_filename(user: User, namespace: NamespaceRef, filename: str) -> FileArtifact:
    """Find the newest artifact of this file name within a namespace."""
    artifacts = artifacts_of(user).in_namespace(namespace)
    return artifacts.filter(filename=filename).first() or _not_found()


def get_namespace(user: User, ref: NamespaceRef) -> Namespace:
    """Find one namespace of this user."""
    namespace = Namespace.objects.filter(owner=user).named(ref).first()
    if namespace is None:
        raise NotFoundError("There is no such session or execution.")
    return namespace


def to_render(
    *,
    failed: bool = False,
    everything: bool = False,
    kind: str | None = None,
    namespace: NamespaceRef | None = None,
) -> FileArtifactQuerySet:
    """Give the artifacts of all users whose picture is missing or outdated.

    One that could not be drawn is tried again by a newer renderer, or with `failed`.
    """
    artifacts = FileArtifact.objects.order_by("id").defer("thumbnail_base64")
    if kind is not None:
        artifacts = artifacts.filter(kind=kind)
    if namespace is not None:
        artifacts = artifacts.in_namespace(namespace)
    if everything:
        return artifacts
    # In forms that an index answers, also where there is nothing.
    wanted = Q(thumbnail_version__in=range(VERSION))
    if failed:
        wanted |= Q(thumbnail_reason__gt="")
    return artifacts.filter(wanted)


def locate(artifact: FileArtifact) -> ObjectStore:
    """Find the store that holds the bytes now."""
    with _missing(artifact):
        return tiers.locate(artifact.stored)


def open_content(
    artifact: FileArtifact, start: int = 0, length: int | None = None
) -> Reader:
    """Open the bytes at `start`, wherever they rest at this moment.

    Reading the whole raises `CorruptError` at its end where it is not what was put.
    """
    with _missing(artifact):
        return tiers.open_at(artifact.stored, start, length)


@contextlib.contextmanager
def _missing(artifact: FileArtifact) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        lost = BytesMissingError(f"The bytes of {artifact.object_id} are missing.")
        # For the log: the request may name it otherwise.
        lost.add_note(f"artifact {artifact.pk} of {artifact.namespace}")
        raise lost from error


def _not_found() -> NoReturn:
    raise NotFoundError("There is no such artifact.")
