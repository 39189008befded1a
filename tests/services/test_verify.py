from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from artifacts import selectors, services, stores
from artifacts.exceptions import BytesMissingError
from artifacts.models import FileArtifact, Installation, Namespace
from artifacts.refs import storage_key, uuid7
from artifacts.services import save
from artifacts.services.findings import Fault, RefusedError
from artifacts.services.rebuild import rebuild
from artifacts.services.trash import empty_trash, set_aside
from artifacts.services.verify import Verification
from artifacts.stores.object_store import object_store
from paradigm.storages import storage
from tests.services.support import faults, manifest_of, read

Put = Callable[..., FileArtifact]


@pytest.fixture
def no_grace(settings: Any) -> None:
    settings.ARTIFACTS_GRACE_SECONDS = -5


def test_verify__nothing_wrong(put: Put, no_grace: None) -> None:
    saved = put("png")
    services.save_namespace(saved.namespace)
    put("png")
    assert faults(deep=True) == []


@pytest.mark.parametrize("tier", ["live", "default"])
def test_verify__bytes_without_a_row_are_set_aside(
    tier: str, put: Put, no_grace: None
) -> None:
    put(b"known")
    store, key = object_store(tier), storage_key(uuid7())
    store.place(key, BytesIO(b"x"))
    assert faults() == [Fault.ORPHAN]
    assert faults(repair=True) == [Fault.ORPHAN]
    assert faults() == []
    with pytest.raises(FileNotFoundError):
        store.stat(key)
    (aside,) = store.list("trash")
    assert aside.key.endswith(f"/{key}")
    # A day and a grace time later it is deleted.
    later = timezone.now() + timedelta(days=2)
    assert empty_trash(timezone.now()) == 0
    assert empty_trash(later) == 1
    assert not list(store.list("trash"))


def test_verify__leaves_young_bytes_alone(put: Put) -> None:
    put(b"known")
    key = storage_key(uuid7())
    stores.live().place(key, BytesIO(b"x"))
    assert faults(repair=True) == []
    stores.live().stat(key)


@pytest.mark.parametrize(
    "key",
    [
        "artifacts/report/2026/summary.pdf",
        "artifacts/00/orphan",
        "artifacts/00/0123456789abcdef0123456789abcdef",  # not in its folder
        "artifacts/ab/0123456789ABCDEF0123456789ABCDAB",
    ],
)
def test_verify__other_peoples_objects_are_never_touched(
    key: str, put: Put, no_grace: None
) -> None:
    """A bucket was shared with another program that keeps artifacts."""
    put(b"known")
    stores.persisted().place(key, BytesIO(b"theirs"))
    verification = Verification(repair=True, force=True)
    assert list(verification.run()) == []
    assert key in verification.foreign
    stores.persisted().stat(key)


def test_verify__what_a_manifest_lists_is_never_an_orphan(
    put: Put, no_grace: None
) -> None:
    """Rows were lost: the bytes of what was saved were deleted as nobody's."""
    saved = put(b"saved")
    services.save_namespace(saved.namespace)
    put(b"live")
    FileArtifact.objects.filter(pk=saved.pk).delete()
    assert faults() == [Fault.LOST_ROW, Fault.STALE_MANIFEST]
    with pytest.raises(RefusedError, match="rebuild_from_manifests"):
        faults(repair=True)
    stores.persisted().stat(saved.storage_path)
    assert [outcome.added for outcome in rebuild()] == [1]
    assert faults(repair=True) == []


@pytest.mark.parametrize("whole", [False, True])
def test_verify__refuses_where_a_manifest_may_list_more(
    whole: bool, put: Put, no_grace: None
) -> None:
    """Of a session that is not known, and whose manifest is damaged."""
    put(b"known")
    key = storage_key(uuid7())
    stores.persisted().place(key, BytesIO(b"x"))
    document = b"{"
    if whole:
        entry = {"storage_path": key}
        document = json.dumps(
            {
                "format": 2,
                "id": str(uuid7()),
                "owner": "alice",
                "kind": "session",
                "external_id": "x",
                "sequence": 1,
                "created_at": "2026-01-01T00:00:00+00:00",
                "artifacts": [
                    {
                        "id": str(uuid7()),
                        "object_id": "doc_000001",
                        "kind": "doc",
                        "filename": "a",
                        "storage_path": "x",
                        "bytes": 1,
                        "mime_type": "text/plain",
                        "sha256": "0" * 64,
                        "created_at": "2026-01-01T00:00:00+00:00",
                    },
                    entry,
                ],
            }
        ).encode()
    stores.persisted().replace(f"manifests/{uuid7()}.json", document)
    assert Fault.UNREADABLE in faults()
    with pytest.raises(RefusedError):
        faults(repair=True)
    stores.persisted().stat(key)


def test_verify__refuses_where_rows_are_missing_on_a_large_scale(
    put: Put, no_grace: None
) -> None:
    known = [put(b"known %d" % number) for number in range(3)]
    for _ in range(11):
        stores.live().place(storage_key(uuid7()), BytesIO(b"x"))
    with pytest.raises(RefusedError, match="11 of 14"):
        faults(repair=True)
    assert len(list(stores.live().list("artifacts"))) == 14
    FileArtifact.objects.exclude(pk=known[0].pk).delete()
    assert len(faults(repair=True, force=True)) == 13


def test_verify__refuses_to_empty_a_store_for_an_empty_database(
    db: None, no_grace: None
) -> None:
    stores.live().place(storage_key(uuid7()), BytesIO(b"x"))
    with pytest.raises(RefusedError, match="right database"):
        faults(repair=True)
    assert list(stores.live().list("artifacts"))


@pytest.mark.parametrize("saved", [False, True])
def test_verify__gives_back_what_was_set_aside(
    saved: bool, put: Put, no_grace: None
) -> None:
    """The right database came back after a repair for an older one."""
    artifact = put(b"content")
    if saved:
        services.save_namespace(artifact.namespace)
        artifact.refresh_from_db()
    store = stores.persisted() if saved else stores.live()
    set_aside(store, artifact.storage_path)
    assert faults() == [Fault.STRANDED]
    assert faults(repair=True) == [Fault.STRANDED]
    assert faults(deep=True) == []
    assert read(artifact) == b"content"


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
    assert faults() == [Fault.UNFINISHED]
    assert left.exists()
    assert faults(repair=True) == [Fault.UNFINISHED]
    assert not left.exists()


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
    assert faults() == []  # the database knows that it is to be written
    assert [error for _, error in services.sweep(idle_seconds=3600)] == [""]
    assert manifest_of(artifact.namespace)["artifacts"]
    assert list(services.sweep(idle_seconds=3600)) == []


def test_verify__repair_writes_manifests_that_are_due(put: Put) -> None:
    artifact = put(b"content")
    services.save_namespace(artifact.namespace)
    services.delete(artifact)
    assert faults(repair=True) == [Fault.STALE_MANIFEST]
    assert manifest_of(artifact.namespace)["artifacts"] == []


@pytest.mark.parametrize("legacy", [False, True])
def test_verify__copy_that_a_crash_left(
    legacy: bool, put: Put, no_grace: None, settings: Any, tmp_path: Path
) -> None:
    """They lay beside their objects, where nothing looked for them."""
    root = tmp_path / "on-disk"
    disk: Any = storage(f"file://{root}", data_dir=tmp_path, folder="")
    settings.STORAGES = {**settings.STORAGES, "live": disk}
    put(b"known")
    path = root / ("artifacts/ab/.partial-x" if legacy else ".partial/put-x")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half of it")
    assert faults() == [Fault.UNFINISHED]
    assert faults(repair=True) == [Fault.UNFINISHED]
    assert not path.exists()


def test_verify__never_deletes_the_last_copy(put: Put, no_grace: None) -> None:
    artifact = put(b"content")
    services.save_namespace(artifact.namespace)
    stores.live().place(artifact.storage_path, BytesIO(b"content"))
    stores.persisted().delete(artifact.storage_path)
    assert faults(repair=True) == [Fault.MISSING]
    stores.live().stat(artifact.storage_path)


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
    findings = Verification(repair=True).run()
    try:
        for _ in range(2):
            assert next(findings).fault == Fault.STALE_MANIFEST
            with other.cursor() as cursor:
                cursor.execute("UPDATE artifacts_namespace SET sequence = sequence + 1")
    finally:
        other.close()


def test_verify__probe_that_a_crash_left(put: Put, no_grace: None) -> None:
    put(b"known")
    for store in (stores.live(), stores.persisted()):
        store.place("probes/0123456789abcdef", BytesIO(b"x"))
    assert faults() == [Fault.UNFINISHED] * 2
    assert faults(repair=True) == [Fault.UNFINISHED] * 2
    assert faults() == []


def test_verify__says_that_the_database_is_another(put: Put) -> None:
    put(b"known")
    Installation.objects.all().delete()
    assert faults() == [Fault.OUTDATED]


def test_verify__counts_other_peoples_objects(put: Put) -> None:
    put(b"known")
    for number in range(7):
        stores.live().place(f"artifacts/theirs/{number}", BytesIO(b"x"))
    verification = Verification()
    assert list(verification.run()) == []
    assert verification.foreign.endswith(" and 2 more")


def test_verify__slow_put_is_not_set_aside(
    put: Put, no_grace: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row came after the rows were compared; another object went by itself."""
    known = put(b"known")
    gone = storage_key(uuid7())
    stores.live().place(gone, BytesIO(b"x"))
    compare = Verification._compare_objects

    def and_then(self: Verification, inventory: Any, before: Any) -> Iterator[Any]:
        yield from compare(self, inventory, before)
        for batch in inventory.batches():
            for found in batch:
                inventory.add_orphan(found)
        stores.live().delete(gone)

    monkeypatch.setattr(Verification, "_compare_objects", and_then)
    assert faults(repair=True) == []
    stores.live().stat(known.storage_path)


def test_verify__row_that_is_deleted_meanwhile(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = put(b"content")
    stores.live().delete(artifact.storage_path)

    def deleted(row: FileArtifact) -> None:
        FileArtifact.objects.all().delete()
        raise BytesMissingError

    monkeypatch.setattr(selectors, "locate", deleted)
    assert faults() == []


def test_verify__manifest_that_is_set_aside_meanwhile(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.save_namespace(put(b"content").namespace)
    keys = [f"manifests/{uuid7()}.json", "manifests/notes.json"]
    stores.persisted().replace(keys[1], b"[]")
    monkeypatch.setattr("artifacts.services.verify.manifest_keys", lambda _: keys)
    assert faults() == [Fault.UNREADABLE, Fault.STALE_MANIFEST]
