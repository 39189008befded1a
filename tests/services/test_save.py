from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from artifacts import services, stores
from artifacts.exceptions import IncompleteSaveError
from artifacts.models import FileArtifact, Namespace
from artifacts.refs import NamespaceKind, NamespaceRef
from artifacts.services import save
from tests.services.support import manifest_of, read

Put = Callable[..., FileArtifact]


def test_save__moves_bytes_and_writes_the_manifest(put: Put) -> None:
    one, two = put(b"one"), put(b"two")
    services.save_namespace(one.namespace)
    for artifact, content in ((one, b"one"), (two, b"two")):
        artifact.refresh_from_db()
        assert artifact.source == "manifest"
        assert read(artifact) == content
        with pytest.raises(FileNotFoundError):
            stores.live().stat(artifact.storage_path)
    entries = manifest_of(one.namespace)["artifacts"]
    assert [entry["object_id"] for entry in entries] == [one.object_id, two.object_id]  # type: ignore[attr-defined]


def test_save__is_idempotent(put: Put) -> None:
    artifact = put(b"one")
    services.save_namespace(artifact.namespace)
    before = manifest_of(artifact.namespace)
    services.save_namespace(artifact.namespace)
    assert manifest_of(artifact.namespace) == before


def test_save__a_put_afterwards_is_live_until_the_next(put: Put) -> None:
    first = put(b"one")
    services.save_namespace(first.namespace)
    second = put(b"two")
    assert second.source == "store"
    services.save_namespace(first.namespace)
    second.refresh_from_db()
    assert second.source == "manifest"


@pytest.mark.parametrize("step", ["_copy", "_publish", "write_manifest"])
def test_save__goes_on_where_a_crash_stopped_it(
    step: str, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = put(b"one")
    done = getattr(save, step)

    def crash(*args: object) -> None:
        done(*args)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(save, step, crash)
        with pytest.raises(KeyboardInterrupt):
            services.save_namespace(artifact.namespace)
    artifact.refresh_from_db()
    assert read(artifact) == b"one"
    services.save_namespace(artifact.namespace)
    artifact.refresh_from_db()
    assert (artifact.source, read(artifact)) == ("manifest", b"one")
    assert manifest_of(artifact.namespace)["artifacts"]


def test_save__twice_at_once_with_readers(transactional_db: None, put: Put) -> None:
    """A save moved the bytes while a reader held the row that said "live"."""
    artifacts = [put(b"content %d" % number) for number in range(12)]
    stop, wrong = threading.Event(), []

    def read_on() -> None:
        while not stop.is_set():
            for number, artifact in enumerate(artifacts):
                if read(artifact) != b"content %d" % number:
                    wrong.append(artifact)

    def save_it() -> None:
        try:
            services.save_namespace(artifacts[0].namespace)
        finally:
            connection.close()

    readers = [threading.Thread(target=read_on) for _ in range(3)]
    savers = [threading.Thread(target=save_it) for _ in range(3)]
    for thread in (*readers, *savers):
        thread.start()
    for thread in savers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join()
    assert not wrong
    assert not FileArtifact.objects.live().exists()
    assert not list(stores.live().list("artifacts"))


def test_save__deleted_meanwhile_stays_deleted(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = put(b"one")
    copy = save._copy

    def delete_too(artifact: FileArtifact) -> bool:
        copied = copy(artifact)
        FileArtifact.objects.filter(pk=artifact.pk).delete()
        return copied

    monkeypatch.setattr(save, "_copy", delete_too)
    services.save_namespace(artifact.namespace)
    assert not list(stores.persisted().list("artifacts"))
    assert manifest_of(artifact.namespace)["artifacts"] == []


def test_save__gone_before_the_copy_is_no_error(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = put(b"one")
    copy = save._copy

    def after_delete(artifact: FileArtifact) -> bool:
        services.delete(artifact)
        stores.live().delete(artifact.storage_path)
        return copy(artifact)

    monkeypatch.setattr(save, "_copy", after_delete)
    services.save_namespace(artifact.namespace)
    assert manifest_of(artifact.namespace)["artifacts"] == []


def test_save__missing_bytes_do_not_hold_up_the_rest(put: Put) -> None:
    lost, kept = put(b"lost"), put(b"kept")
    stores.live().delete(lost.storage_path)
    with pytest.raises(IncompleteSaveError, match=lost.object_id):
        services.save_namespace(kept.namespace)
    kept.refresh_from_db()
    lost.refresh_from_db()
    assert (kept.source, lost.source) == ("manifest", "store")


def test_save__damaged_live_bytes_are_not_saved(put: Put) -> None:
    artifact = put(b"right")
    stores.live().replace(artifact.storage_path, b"wrong")
    with pytest.raises(IncompleteSaveError, match=artifact.object_id):
        services.save_namespace(artifact.namespace)
    artifact.refresh_from_db()
    assert artifact.source == "store"
    assert not list(stores.persisted().list("artifacts"))


def test_save__replaces_what_a_store_left_half_written(put: Put) -> None:
    artifact = put(b"whole")
    stores.persisted().replace(artifact.storage_path, b"who")
    services.save_namespace(artifact.namespace)
    artifact.refresh_from_db()
    assert read(artifact) == b"whole"


def test_save_idle__only_what_is_live_and_idle(put: Put) -> None:
    idle = put(b"one")
    Namespace.objects.update(last_put_at=timezone.now() - timedelta(hours=2))
    assert [(n.pk, e) for n, e in services.save_idle_namespaces(idle_seconds=3600)] == [
        (idle.namespace_id, "")
    ]
    assert list(services.save_idle_namespaces(idle_seconds=0)) == []
    put(b"two")
    assert list(services.save_idle_namespaces(idle_seconds=3600)) == []


def test_save_idle__says_what_failed(put: Put) -> None:
    artifact = put(b"one")
    stores.live().delete(artifact.storage_path)
    ((namespace, error),) = services.save_idle_namespaces(idle_seconds=0)
    assert namespace.pk == artifact.namespace_id
    assert "missing" in error


def test_save_idle__one_that_fails_does_not_hold_up_the_others(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(b"one")
    put(b"two", namespace=NamespaceRef(NamespaceKind.EXECUTION, "e-1"))
    copy, calls = save._copy, []

    def full_disk_once(artifact: FileArtifact) -> bool:
        calls.append(artifact)
        if len(calls) == 1:
            raise OSError(28, "No space left on device")
        return copy(artifact)

    monkeypatch.setattr(save, "_copy", full_disk_once)
    errors = [error for _, error in services.save_idle_namespaces(idle_seconds=0)]
    assert ["space" in error for error in errors] == [True, False]
