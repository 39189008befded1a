"""The database that the persisted store belongs to, and all others."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User

from artifacts import selectors, services, stores
from artifacts.exceptions import OutdatedError, StoreError
from artifacts.models import FileArtifact, Installation, Namespace
from artifacts.models.installation import RUN, end_generation
from artifacts.models.namespace import MARGIN
from artifacts.refs import NamespaceRef
from artifacts.services import fencing
from artifacts.services.findings import RefusedError
from artifacts.services.rebuild import rebuild
from artifacts.stores.object_store import ObjectStore
from tests.services.support import faults, read

Put = Callable[..., FileArtifact]


def mark() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(stores.persisted().document(fencing.KEY).data)
    return document


def become_another_database() -> None:
    """Begin anew with an empty database, as a wrong DATABASE_URL does."""
    for model in (FileArtifact, Namespace, User, Installation):
        model._default_manager.all().delete()
    end_generation()
    fencing.forget()


def test_put__marks_the_store_with_the_database(put: Put) -> None:
    put(b"one")
    installation = Installation.objects.get()
    assert mark()["database"] == str(installation.pk)
    assert mark()["generation"] == installation.generation == 1


def test_put__of_a_process_that_started_later_begins_a_generation(put: Put) -> None:
    first = put(b"one")
    end_generation()
    fencing.forget()
    second = put(b"two")
    assert mark()["generation"] == 2
    assert second.namespace.sequence == first.namespace.sequence + MARGIN + 1


def test_put__processes_of_one_server_share_a_generation(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RUN, "one")
    put(b"one")
    end_generation()  # another worker
    assert put(b"two").namespace.sequence == 2
    monkeypatch.setenv(RUN, "two")
    end_generation()
    assert put(b"three").namespace.sequence == 2 + MARGIN + 1


@pytest.mark.parametrize("processes", [1, 3])
def test_rebuild__passes_over_what_later_processes_handed_out(
    processes: int, put: Put, session: NamespaceRef
) -> None:
    """Each began as far above the last manifest as the next process after the rebuild."""
    services.save_namespace(put(b"saved").namespace)
    seen = set()
    for number in range(processes):
        end_generation()
        fencing.forget()
        seen |= {put(b"live %d" % other).object_id for other in range(number + 2)}
    become_another_database()
    list(rebuild())
    end_generation()
    for number in range(5):
        assert put(b"%d" % number, owner=User.objects.get()).object_id not in seen


@pytest.mark.parametrize("act", ["put", "save", "delete", "sweep", "repair"])
def test_check__another_database_writes_nothing(
    act: str, put: Put, session: NamespaceRef, settings: Any
) -> None:
    """It deleted all bytes as nobody's, and handed out the same references again."""
    settings.ARTIFACTS_GRACE_SECONDS = -5
    saved = put(b"saved")
    services.save_namespace(saved.namespace)
    put(b"live")
    before = [stat.key for store in both() for stat in store.list("")]
    become_another_database()
    owner = User.objects.create_user("alice")
    namespace = Namespace.objects.create(owner=owner, kind="session", external_id="x")
    acts: dict[str, Callable[[], object]] = {
        "put": lambda: put(b"new", owner=owner),
        "save": lambda: services.save_namespace(namespace),
        "delete": lambda: services.delete(FileArtifact(pk=uuid4())),
        "sweep": lambda: list(services.sweep(idle_seconds=0)),
        "repair": lambda: faults(repair=True),
    }
    with pytest.raises((OutdatedError, RefusedError), match="another database"):
        acts[act]()
    assert [stat.key for store in both() for stat in store.list("")] == before


def both() -> tuple[ObjectStore, ObjectStore]:
    return stores.live(), stores.persisted()


def test_rebuild__makes_the_store_this_databases(
    put: Put, session: NamespaceRef
) -> None:
    saved = put(b"saved")
    services.save_namespace(saved.namespace)
    become_another_database()
    assert [outcome.added for outcome in rebuild()] == [1]
    assert mark()["database"] == str(Installation.objects.get().pk)
    owner = User.objects.get()
    new = put(b"new", owner=owner)
    assert new.object_id != saved.object_id
    assert read(selectors.get_artifact(owner, str(saved.pk))) == b"saved"
    # A reference that was live and unsaved, and is in no manifest, is not handed out.
    assert new.namespace.sequence > 16 * MARGIN


def test_check__live_store_of_another_database(put: Put, settings: Any) -> None:
    """Two installations used one Redis: each took the other's bytes for nobody's."""
    settings.ARTIFACTS_GRACE_SECONDS = -5
    theirs = put(b"theirs")
    become_another_database()
    stores.persisted().delete(fencing.KEY)  # which is its own
    with pytest.raises(OutdatedError, match="live store"):
        put(b"new", owner=User.objects.create_user("bob"))
    with pytest.raises(RefusedError, match="live store"):
        faults(repair=True)
    stores.live().stat(theirs.storage_path)
    list(rebuild())  # says that the other database is lost
    put(b"new", owner=User.objects.get())


def test_check__live_store_that_was_emptied_is_marked_again(put: Put) -> None:
    put(b"one")
    stores.live().delete(fencing.KEY)
    fencing.forget()
    put(b"two")
    stores.live().stat(fencing.KEY)


def test_rebuild__not_into_a_database_in_use(put: Put) -> None:
    services.save_namespace(put(b"saved").namespace)
    become_another_database()
    owner = User.objects.create_user("bob")
    Namespace.objects.create(owner=owner, kind="session", external_id="x")
    with pytest.raises(OutdatedError, match="--adopt"):
        list(rebuild())
    assert [outcome.added for outcome in rebuild(adopt=True)] == [1]


def test_check__an_older_copy_of_the_database(put: Put) -> None:
    put(b"one")
    for _ in range(2):
        end_generation()
        fencing.forget()
        put(b"later")
    Installation.objects.update(generation=1)
    end_generation()
    fencing.forget()
    with pytest.raises(OutdatedError, match="older copy"):
        put(b"new")
    list(rebuild())
    put(b"new")


def test_check__store_of_a_former_version_has_no_mark(put: Put) -> None:
    artifact = put(b"one")
    services.save_namespace(artifact.namespace)
    stores.persisted().delete(fencing.KEY)
    fencing.forget()
    put(b"two")
    assert mark()["database"] == str(Installation.objects.get().pk)
    # Of an empty database nothing is known: it is not that store's.
    stores.persisted().delete(fencing.KEY)
    become_another_database()
    with pytest.raises(OutdatedError):
        put(b"new", owner=User.objects.create_user("alice"))


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"database": 1}'])
def test_check__mark_that_cannot_be_read_is_written_anew(
    damage: bytes, put: Put
) -> None:
    put(b"one")
    stores.persisted().replace(fencing.KEY, damage)
    fencing.forget()
    put(b"two")
    assert mark()["database"] == str(Installation.objects.get().pk)


def test_check__store_that_is_away_stops_nothing_live(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise StoreError("The store does not answer.")

    with monkeypatch.context() as patched:
        patched.setattr(type(stores.persisted()), "document", away)
        put(b"one")
    assert FileArtifact.objects.count() == 1


def test_check__a_database_put_back_under_a_running_process(put: Put) -> None:
    first = put(b"one")
    Installation.objects.update(generation=0)
    fencing.forget()
    second = put(b"two")
    assert Installation.objects.get().generation == 2
    assert second.namespace.sequence == first.namespace.sequence + MARGIN + 1
