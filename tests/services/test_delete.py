from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from artifacts import services, stores
from artifacts.models import FileArtifact
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
    entries = manifest_of(other.namespace)["artifacts"]
    assert [entry["object_id"] for entry in entries] == [other.object_id]  # type: ignore[attr-defined]


def test_delete__rolled_back_keeps_the_bytes(put: Put, user: User) -> None:
    artifact = put(b"kept")
    services.delete(artifact)  # the test's own transaction never commits
    assert Path(artifact.storage_path).name
    stores.live().stat(artifact.storage_path)


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
    assert manifest_of(artifact.namespace)["artifacts"] == []


def test_redraw__of_one_deleted_meanwhile(put: Put) -> None:
    artifact = put("png")
    FileArtifact.objects.all().delete()
    # Its bytes are there still; the row is not written anew.
    services.redraw(artifact)
    assert not FileArtifact.objects.exists()
