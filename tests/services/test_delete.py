from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from artifacts import services, stores
from artifacts.exceptions import StoreError
from artifacts.models import FileArtifact, Namespace, PendingDeletion
from tests.services.support import manifest_of

Put = Callable[..., FileArtifact]


def test_delete__leaves_no_bytes_in_either_store(
    put: Put, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    live, saved = put(b"live"), put(b"saved")
    services.save_namespace(saved.namespace)
    live = put(b"live")
    saved.refresh_from_db()
    for artifact in (live, saved):
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
            services.delete(artifact)
        for store in (stores.live(), stores.persisted()):
            with pytest.raises(FileNotFoundError):
                store.stat(artifact.storage_path)


def test_delete__of_a_saved_one_leaves_the_manifest_right(
    put: Put, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    artifact, other = put(b"one"), put(b"two")
    services.save_namespace(artifact.namespace)
    artifact.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        services.delete(artifact)
    assert list(services.sweep(idle_seconds=3600)) == [(artifact.namespace, "")]
    entries = manifest_of(other.namespace)["artifacts"]
    assert [entry["object_id"] for entry in entries] == [other.object_id]  # type: ignore[attr-defined]


def test_delete__rolled_back_keeps_the_bytes(put: Put, user: User) -> None:
    artifact = put(b"kept")
    services.delete(artifact)  # the test's own transaction never commits
    assert Path(artifact.storage_path).name
    stores.live().stat(artifact.storage_path)


def test_delete__goes_on_until_the_bytes_are_gone(
    put: Put,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    """The store was away: the delete was acknowledged, and the bytes stayed for ever."""
    artifact = put(b"one")
    services.save_namespace(artifact.namespace)
    artifact.refresh_from_db()
    place = type(stores.persisted())
    with monkeypatch.context() as away:
        away.setattr(place, "delete", _refuse)
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
            services.delete(artifact)
    stores.persisted().stat(artifact.storage_path)
    assert PendingDeletion.objects.count() >= 1

    PendingDeletion.objects.update(due_at=timezone.now())
    list(services.sweep(idle_seconds=3600))

    assert not PendingDeletion.objects.exists()
    assert not list(stores.persisted().list("artifacts"))
    assert manifest_of(artifact.namespace)["artifacts"] == []


def _refuse(*_: object) -> None:
    raise StoreError("The store does not answer.")


def test_delete__twice_at_once_counts_once(put: Put) -> None:
    artifact = put(b"one")
    services.save_namespace(artifact.namespace)
    revision = Namespace.objects.get().revision
    services.delete(artifact)
    services.delete(artifact)
    assert Namespace.objects.get().revision == revision + 1


def test_redraw__from_the_stored_bytes(put: Put) -> None:
    artifact = put("png")
    drawn = artifact.thumbnail_base64
    FileArtifact.objects.update(thumbnail_base64="", thumbnail_reason="timeout")
    artifact.refresh_from_db()
    services.redraw(artifact)
    artifact.refresh_from_db()
    assert artifact.thumbnail_base64 == drawn
    assert artifact.thumbnail_reason == ""


def test_delete__of_one_that_was_saved_since_it_was_read(
    put: Put, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    artifact = put(b"one")
    services.save_namespace(artifact.namespace)
    assert artifact.is_live  # as it was read, before the save
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        services.delete(artifact)
    list(services.sweep(idle_seconds=3600))
    assert manifest_of(artifact.namespace)["artifacts"] == []


def test_redraw__of_one_deleted_meanwhile(put: Put) -> None:
    artifact = put("png")
    FileArtifact.objects.all().delete()
    # Its bytes are there still; the row is not written anew.
    services.redraw(artifact)
    assert not FileArtifact.objects.exists()
