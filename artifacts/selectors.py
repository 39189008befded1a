"""What finds artifacts, as one user may see them. Other people's are not found."""

from __future__ import annotations

import uuid
from typing import NoReturn

from django.contrib.auth.models import User
from django.db.models import Q

from artifacts import stores
from artifacts.exceptions import BytesMissingError, NotFoundError
from artifacts.models import FileArtifact, Namespace
from artifacts.models.file_artifact import FileArtifactQuerySet
from artifacts.refs import NamespaceRef, ObjectRef
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
    """Find the store that holds the bytes now.

    A save moves them from live to persisted at any moment; hence live first.
    """
    for store in _places(artifact):
        try:
            store.stat(artifact.storage_path)
        except FileNotFoundError:
            continue
        return store
    raise BytesMissingError(f"The bytes of {artifact.object_id} are missing.")


def open_content(
    artifact: FileArtifact, start: int = 0, length: int | None = None
) -> Reader:
    """Open the bytes at `start`, wherever they rest at this moment."""
    for store in _places(artifact):
        try:
            reader = store.open(artifact.storage_path, start, length)
        except FileNotFoundError:
            continue
        if store.alias == "live" and store.path(artifact.storage_path) is None:
            return _FollowingReader(artifact.storage_path, reader, start, length)
        return reader
    raise BytesMissingError(f"The bytes of {artifact.object_id} are missing.")


class _FollowingReader:
    """Reads on in the persisted store where a save deletes the live copy midway."""

    def __init__(
        self, key: str, reader: Reader, start: int, length: int | None
    ) -> None:
        self._key = key
        self._reader = reader
        self._position = start
        self._end = None if length is None else start + length

    def read(self, size: int, /) -> bytes:
        try:
            data = self._reader.read(size)
        except FileNotFoundError:
            self._reader.close()
            left = None if self._end is None else self._end - self._position
            self._reader = stores.persisted().open(self._key, self._position, left)
            data = self._reader.read(size)
        self._position += len(data)
        return data

    def close(self) -> None:
        self._reader.close()


def _places(artifact: FileArtifact) -> tuple[ObjectStore, ...]:
    """Where to look, in order; a row that was read as saved stays saved."""
    if artifact.is_live:
        return stores.live(), stores.persisted()
    return (stores.persisted(),)


def _not_found() -> NoReturn:
    raise NotFoundError("There is no such artifact.")
