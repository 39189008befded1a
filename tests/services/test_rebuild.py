from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User

from artifacts import selectors, services, stores
from artifacts.exceptions import OutdatedError
from artifacts.models import FileArtifact, Installation, Namespace, PendingDeletion
from artifacts.models.installation import end_generation
from artifacts.refs import NamespaceRef, storage_key, uuid7
from artifacts.services import fencing
from artifacts.services.findings import Fault, RefusedError
from artifacts.services.rebuild import rebuild
from tests.services.support import faults, manifest_of, read

Put = Callable[..., FileArtifact]


def manifest_document(namespace: Namespace) -> tuple[str, bytes]:
    key = f"manifests/{namespace.pk}.json"
    return key, stores.persisted().document(key).data


class Backup:
    """The database as it is now, to be put back; as a new start of the service does."""

    def __init__(self) -> None:
        self._tables: list[tuple[Any, list[Any]]] = [
            (model, list(model._default_manager.values()))
            for model in (User, Namespace, FileArtifact, Installation, PendingDeletion)
        ]

    def restore(self) -> None:
        for model, _ in reversed(self._tables):
            model._default_manager.all().delete()
        for model, rows in self._tables:
            model._default_manager.bulk_create(model(**row) for row in rows)
        end_generation()
        fencing.forget()


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

    (rebuilt,) = rebuild()
    assert (rebuilt.added, rebuilt.error) == (2, "")
    after = FileArtifact.objects.order_by("id").values()
    assert [{k: v for k, v in row.items() if k != "user_id"} for row in after] == rows
    owner = User.objects.get(username=user.username)
    assert selectors.get_namespace(owner, session).sequence == 3
    assert [rebuilt.added for rebuilt in rebuild()] == [0]
    assert faults(deep=True) == []


def test_rebuild__says_what_it_could_not(put: Put) -> None:
    lost, kept = put(b"lost"), put(b"kept")
    services.save_namespace(kept.namespace)
    stores.persisted().delete(lost.storage_path)
    stores.persisted().replace("manifests/broken.json", b"{")
    lose_database()
    outcomes = {rebuilt.namespace: rebuilt for rebuilt in rebuild()}
    assert outcomes["manifests/broken.json"].error
    whole = outcomes["session s-1 of alice"]
    assert (whole.added, lost.object_id in whole.error) == (1, True)


def test_rebuild__new_puts_get_new_references(put: Put, session: NamespaceRef) -> None:
    artifact = put(b"one")
    services.save_namespace(artifact.namespace)
    lose_database()
    list(rebuild())
    owner = User.objects.get()
    again = put(b"two", owner=owner)
    assert again.namespace_id == artifact.namespace_id
    assert again.object_id != artifact.object_id


def test_rebuild__session_that_was_begun_again_becomes_one(
    put: Put, session: NamespaceRef
) -> None:
    kept = put(b"one")
    services.save_namespace(kept.namespace)
    lose_database()
    owner = User.objects.create_user("alice")
    new = FileArtifact(
        user=owner,
        namespace=Namespace.objects.create(
            owner=owner, kind="session", external_id="s-1"
        ),
        **row_of(b"new"),
    )
    new.save()
    assert [outcome.added for outcome in rebuild()] == [1]
    both = selectors.get_namespace(owner, session).artifacts.order_by("created_at")
    assert [row.object_id for row in both] == [kept.object_id, new.object_id]
    # Its former manifest is set aside: what it listed is in the new one.
    (manifest,) = stores.persisted().list("manifests")
    assert manifest.key == f"manifests/{new.namespace_id}.json"
    assert faults(deep=True) == []
    services.save_namespace(new.namespace)
    lose_database()
    assert [outcome.added for outcome in rebuild()] == [2]


def row_of(content: bytes) -> dict[str, Any]:
    """Give the fields of an artifact whose bytes are in the live store."""
    key = uuid7()
    stores.live().place(storage_key(key), BytesIO(content))
    return {
        "id": key,
        "kind": "doc",
        "filename": "new.txt",
        "storage_path": storage_key(key),
        "bytes": len(content),
        "mime_type": "text/plain",
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def test_rebuild__what_was_deleted_stays_deleted(put: Put) -> None:
    """A manifest was not written yet when the artifact was rebuilt from it."""
    deleted, kept = put(b"one"), put(b"two")
    services.save_namespace(kept.namespace)
    key, document = manifest_document(kept.namespace)
    deleted.refresh_from_db()
    services.delete(deleted)
    stores.persisted().place(deleted.storage_path, BytesIO(b"one"))  # not gone yet
    stores.persisted().replace(key, document)
    assert [outcome.added for outcome in rebuild()] == [0]
    assert list(FileArtifact.objects.all()) == [kept]


def test_rebuild__of_an_older_database(put: Put, user: User) -> None:
    """It lacks what was saved since, has what was deleted since, and has new things."""
    first, deleted = put(b"first"), put(b"deleted")
    services.save_namespace(first.namespace)
    backup = Backup()
    later = put(b"later")
    services.save_namespace(first.namespace)
    deleted.refresh_from_db()
    services.delete(deleted)
    stores.persisted().delete(deleted.storage_path)
    list(services.sweep(idle_seconds=3600))
    backup.restore()

    new = put(b"new", owner=User.objects.get(username=user.username))
    assert new.object_id not in {first.object_id, deleted.object_id, later.object_id}
    with pytest.raises(OutdatedError, match="rebuild_from_manifests"):
        services.save_namespace(new.namespace)
    new.refresh_from_db()
    assert read(new) == b"new"
    assert Fault.NEWER_MANIFEST in faults()
    with pytest.raises(RefusedError):
        faults(repair=True)

    (outcome,) = rebuild()
    assert (outcome.added, outcome.removed, outcome.error) == (1, 1, "")
    here = set(FileArtifact.objects.values_list("object_id", flat=True))
    assert here == {first.object_id, later.object_id, new.object_id}
    services.save_namespace(new.namespace)
    assert faults(deep=True) == []
    entries: Any = manifest_of(new.namespace)["artifacts"]
    assert {entry["object_id"] for entry in entries} == here


def test_rebuild__changes_of_an_older_database_never_catch_up(
    put: Put, user: User
) -> None:
    """As many changes as the manifest had made it seem to be as new."""
    first = put(b"first")
    services.save_namespace(first.namespace)
    backup = Backup()
    lost = put(b"lost")
    services.save_namespace(first.namespace)
    backup.restore()
    owner = User.objects.get(username=user.username)
    for number in range(5):
        put(b"new %d" % number, owner=owner)
        with pytest.raises(OutdatedError):
            services.save_namespace(Namespace.objects.get())
    entries: Any = manifest_of(first.namespace)["artifacts"]
    assert lost.object_id in {entry["object_id"] for entry in entries}
    assert [outcome.added for outcome in rebuild()] == [1]
    services.save_namespace(Namespace.objects.get())
    assert FileArtifact.objects.count() == 7
    assert faults(deep=True) == []


def test_rebuild__keeps_the_manifest_whose_entry_it_refuses(put: Put) -> None:
    """The next save wrote the manifest anew, without the entry."""
    one, two = put(b"one"), put(b"two")
    services.save_namespace(one.namespace)
    key, text = manifest_document(one.namespace)
    document = json.loads(text)
    document["artifacts"][0]["sha256"] = ""
    stores.persisted().replace(key, json.dumps(document).encode())
    lose_database()
    (outcome,) = rebuild()
    assert (outcome.added, bool(outcome.error)) == (1, True)
    with pytest.raises(OutdatedError):
        services.save_namespace(Namespace.objects.get())
    stores.persisted().replace(key, text)
    assert [outcome.error for outcome in rebuild()] == [""]
    assert FileArtifact.objects.count() == 2
    services.save_namespace(Namespace.objects.get())
    assert two.object_id in stores.persisted().document(key).data.decode()


def test_rebuild__adds_no_row_without_bytes_where_drawing_is_handed_over(
    put: Put, settings: Any
) -> None:
    lost = put(b"lost")
    services.save_namespace(lost.namespace)
    lose_database()
    stores.persisted().delete(lost.storage_path)
    settings.ARTIFACTS_THUMBNAIL_QUEUE = "memory://"
    (outcome,) = rebuild()
    assert (outcome.added, lost.object_id in outcome.error) == (0, True)
