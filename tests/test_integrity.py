from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from artifacts import integrity, selectors, services, stores
from artifacts.integrity import Fault
from artifacts.models import FileArtifact, Namespace
from artifacts.refs import NamespaceKind, NamespaceRef
from artifacts.services import save

Put = Callable[..., FileArtifact]


@pytest.fixture
def no_grace(settings: Any) -> None:
    settings.ARTIFACTS_GRACE_SECONDS = -5


def faults(**options: bool) -> list[Fault]:
    return [finding.fault for finding in integrity.verify(**options)]


def test_verify__nothing_wrong(put: Put, no_grace: None) -> None:
    saved = put("png")
    services.save_namespace(saved.namespace)
    put("png")
    assert faults(deep=True) == []


@pytest.mark.parametrize("place", ["live", "persisted"])
def test_verify__bytes_without_a_row(place: str, db: None, no_grace: None) -> None:
    store = getattr(stores, place)()
    store.place("artifacts/00/orphan", BytesIO(b"x"))
    assert faults() == [Fault.ORPHAN]
    assert faults(repair=True) == [Fault.ORPHAN]
    assert faults() == []


def test_verify__leaves_young_bytes_alone(db: None) -> None:
    stores.live().place("artifacts/00/young", BytesIO(b"x"))
    assert faults(repair=True) == []
    stores.live().stat("artifacts/00/young")


def test_verify__live_copy_that_a_crash_left(put: Put, no_grace: None) -> None:
    artifact = put(b"content")
    services.save_namespace(artifact.namespace)
    stores.live().place(artifact.storage_path, BytesIO(b"content"))
    assert faults(repair=True) == [Fault.LEFTOVER]
    artifact.refresh_from_db()
    reader = selectors.open_content(artifact)
    assert reader.read(100) == b"content"
    reader.close()


def test_verify__row_without_bytes_is_never_touched(put: Put) -> None:
    artifact = put(b"content")
    stores.live().delete(artifact.storage_path)
    assert faults(repair=True) == [Fault.MISSING]
    assert FileArtifact.objects.filter(pk=artifact.pk).exists()


def test_verify__damage_by_size_and_by_digest(put: Put) -> None:
    shorter, other = put(b"content"), put(b"content")
    stores.live().replace(shorter.storage_path, b"con")
    stores.live().replace(other.storage_path, b"CONTENT")
    assert faults() == [Fault.CORRUPT]
    assert faults(deep=True) == [Fault.CORRUPT, Fault.CORRUPT]


@pytest.mark.parametrize("damage", [None, b"{", b'{"format": 99}', b"[]"])
def test_verify__manifest_that_is_stale(damage: bytes | None, put: Put) -> None:
    artifact = put(b"content")
    services.save_namespace(artifact.namespace)
    key = f"manifests/{artifact.namespace_id}.json"
    if damage is None:
        stores.persisted().delete(key)
    else:
        stores.persisted().replace(key, damage)
    assert faults(repair=True) == [Fault.STALE_MANIFEST]
    assert faults() == []


def test_verify__upload_that_a_crash_left(
    db: None, no_grace: None, settings: Any
) -> None:
    folder = Path(settings.ARTIFACTS_STAGING_DIR)
    folder.mkdir()
    left = folder / "put-x"
    left.write_bytes(b"x")
    os.utime(left, (0, 0))
    assert faults() == [Fault.STAGED]
    assert left.exists()
    assert faults(repair=True) == [Fault.STAGED]
    assert not left.exists()


def lose_database() -> None:
    FileArtifact.objects.all().delete()
    Namespace.objects.all().delete()
    User.objects.all().delete()


def test_rebuild__everything_that_was_saved(
    put: Put, user: User, session: NamespaceRef
) -> None:
    kept = [put("png"), put(b"two", filename="two.bin")]
    services.save_namespace(kept[0].namespace)
    services.delete(put(b"deleted"))
    services.save_namespace(kept[0].namespace)
    before = FileArtifact.objects.order_by("id").values()
    rows = [{k: v for k, v in row.items() if k != "user_id"} for row in before]
    lose_database()

    (rebuilt,) = integrity.rebuild()
    assert (rebuilt.added, rebuilt.error) == (2, "")
    after = FileArtifact.objects.order_by("id").values()
    assert [{k: v for k, v in row.items() if k != "user_id"} for row in after] == rows
    owner = User.objects.get(username=user.username)
    assert selectors.get_namespace(owner, session).sequence == 3
    assert [rebuilt.added for rebuilt in integrity.rebuild()] == [0]
    assert faults(deep=True) == []


def test_rebuild__says_what_it_could_not(put: Put) -> None:
    lost, kept = put(b"lost"), put(b"kept")
    services.save_namespace(kept.namespace)
    stores.persisted().delete(lost.storage_path)
    stores.persisted().replace("manifests/broken.json", b"{")
    lose_database()
    outcomes = {rebuilt.namespace: rebuilt for rebuilt in integrity.rebuild()}
    assert outcomes["manifests/broken.json"].error
    whole = outcomes["session s-1 of alice"]
    assert (whole.added, lost.object_id in whole.error) == (1, True)


def test_rebuild__new_puts_get_new_references(put: Put, session: NamespaceRef) -> None:
    artifact = put(b"one")
    services.save_namespace(artifact.namespace)
    lose_database()
    list(integrity.rebuild())
    owner = User.objects.get()
    again = put(b"two", owner=owner)
    assert again.namespace_id == artifact.namespace_id
    assert again.object_id != artifact.object_id


def test_verify__crash_between_the_first_row_and_the_first_manifest(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = put(b"content")

    def crash(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(save, "write_manifest", crash)
        with pytest.raises(KeyboardInterrupt):
            services.save_namespace(artifact.namespace)
    assert faults() == [Fault.STALE_MANIFEST]
    # The sweeper finishes it, too.
    assert [error for _, error in services.save_idle_namespaces(idle_seconds=0)] == [""]
    assert faults() == []
    assert list(services.save_idle_namespaces(idle_seconds=0)) == []


def test_verify__never_deletes_the_last_copy(put: Put, no_grace: None) -> None:
    artifact = put(b"content")
    services.save_namespace(artifact.namespace)
    stores.live().place(artifact.storage_path, BytesIO(b"content"))
    stores.persisted().delete(artifact.storage_path)
    assert faults(repair=True) == [Fault.MISSING]
    stores.live().stat(artifact.storage_path)


def test_rebuild__session_that_was_begun_again_is_reported(
    put: Put, session: NamespaceRef
) -> None:
    services.save_namespace(put(b"one").namespace)
    execution = NamespaceRef(NamespaceKind.EXECUTION, "e-1")
    services.save_namespace(put(b"two", namespace=execution).namespace)
    lose_database()
    put(b"new", owner=User.objects.create_user("alice"))
    outcomes = list(integrity.rebuild())
    assert sorted(outcome.added for outcome in outcomes) == [0, 1]
    assert [session.external_id in outcome.error for outcome in outcomes].count(
        True
    ) == 1


def test_rebuild__adds_no_row_without_bytes_where_drawing_is_handed_over(
    put: Put, settings: Any
) -> None:
    lost = put(b"lost")
    services.save_namespace(lost.namespace)
    lose_database()
    stores.persisted().delete(lost.storage_path)
    settings.ARTIFACTS_THUMBNAIL_QUEUE = "memory://"
    (outcome,) = integrity.rebuild()
    assert (outcome.added, lost.object_id in outcome.error) == (0, True)


def test_verify__repairs_while_another_connection_writes(
    user: User, transactional_db: None
) -> None:
    """SQLite refused the second manifest: the namespaces' cursor was still open."""
    Namespace.objects.bulk_create(
        Namespace(owner=user, kind="session", external_id=f"s-{n}", saved_at=moment)
        for moment in [timezone.now()]
        for n in range(2001)  # more than Django fetches at once
    )
    other = connection.copy()
    findings = integrity.verify(repair=True)
    try:
        for _ in range(2):
            assert next(findings).fault == Fault.STALE_MANIFEST
            with other.cursor() as cursor:
                cursor.execute("UPDATE artifacts_namespace SET sequence = sequence + 1")
    finally:
        other.close()
