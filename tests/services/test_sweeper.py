"""The sweeper's rounds: what they do, and what does not end them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.utils import timezone

from artifacts import services, stores
from artifacts.exceptions import StoreError
from artifacts.models import FileArtifact, Installation, Namespace, PendingDeletion
from artifacts.models.installation import Tier
from artifacts.refs import NamespaceKind, NamespaceRef
from artifacts.services import fencing, sweeper as sweeping
from artifacts.services.deletions import delete_later
from artifacts.stores.object_store import ObjectStore
from tests.services.support import faults, manifest_of, read

Put = Callable[..., FileArtifact]


def idle() -> None:
    Namespace.objects.update(last_put_at=timezone.now() - timedelta(hours=2))


def test_sweep_if_it_is_time__once_for_all_processes(put: Put) -> None:
    artifact = put(b"one")
    idle()
    assert sweeping.sweep_if_it_is_time()
    artifact.refresh_from_db()
    assert not artifact.is_live
    assert not sweeping.sweep_if_it_is_time()  # another process did it just now
    past = timezone.now() - timedelta(minutes=1)
    Installation.objects.update(swept_at=past)
    assert sweeping.sweep_if_it_is_time()


def test_sweep_if_it_is_time__also_after_a_clock_was_set_back(put: Put) -> None:
    put(b"one")
    Installation.objects.update(swept_at=timezone.now() + timedelta(days=2))
    assert sweeping.sweep_if_it_is_time()


def test_sweep_on__outlives_whatever_happens(
    db: None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """PostgreSQL was restarted, and nothing swept any more."""
    settings.ARTIFACTS_SWEEP_SECONDS = 0.001
    rounds = list[int]()
    errors = [OperationalError("gone"), StoreError("away"), RuntimeError("a bug")]

    def one_round() -> bool:
        rounds.append(1)
        if errors:
            raise errors.pop()
        raise KeyboardInterrupt  # ends it, and nothing else does

    monkeypatch.setattr(sweeping, "sweep_if_it_is_time", one_round)
    with pytest.raises(KeyboardInterrupt):
        sweeping.sweep_on()
    assert len(rounds) == 4


def test_sweep_in_background__is_off_where_another_one_sweeps(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ARTIFACTS_SWEEP_SECONDS = 0
    before = threading.active_count()
    sweeping.sweep_in_background()
    assert threading.active_count() == before


def test_save_idle_sessions__every_goes_on_after_the_database_was_away(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(b"one")
    rounds = list[int]()

    def pause(_: float) -> None:
        rounds.append(1)
        if len(rounds) == 3:
            raise KeyboardInterrupt

    real = fencing.check

    def check(*, anew: bool = False) -> None:
        if not rounds:
            raise OperationalError("server closed the connection\nunexpectedly")
        real(anew=anew)

    monkeypatch.setattr("time.sleep", pause)
    monkeypatch.setattr(fencing, "check", check)
    said = StringIO()
    with pytest.raises(KeyboardInterrupt):
        call_command("save_idle_sessions", idle=0, every=7, stderr=said)
    assert said.getvalue().count("\n") == 1  # a line, and no traceback
    assert not FileArtifact.objects.live().exists()


def test_save_idle_sessions__once_says_in_a_line_what_was_away(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(*, anew: bool = False) -> None:
        raise OperationalError("no\nserver")

    monkeypatch.setattr(fencing, "check", check)
    with pytest.raises(CommandError, match="broke off: no server"):
        call_command("save_idle_sessions", idle=0)


def test_sweep__what_failed_has_to_wait_ever_longer(put: Put) -> None:
    """One artifact that could not be saved was tried, and logged, in every round."""
    lost = put(b"lost")
    other = put(b"other", namespace=NamespaceRef(NamespaceKind.EXECUTION, "e-1"))
    stores.live().delete(lost.storage_path)
    outcomes = dict(services.sweep(idle_seconds=0, heed_pauses=True))
    assert [bool(error) for error in outcomes.values()] == [True, False]
    other.refresh_from_db()
    assert not other.is_live
    assert dict(services.sweep(idle_seconds=0, heed_pauses=True)) == {}
    waits = []
    for _ in range(3):
        (outcome,) = services.sweep(idle_seconds=0)  # somebody asks for it
        assert lost.object_id in outcome[1]
        retry_at = Namespace.objects.get(pk=lost.namespace_id).retry_at
        assert retry_at is not None
        waits.append(retry_at - timezone.now())
    assert waits == sorted(waits)
    assert waits[2] > 3 * waits[0]
    services.delete(lost)
    list(services.sweep(idle_seconds=0))
    assert Namespace.objects.get(pk=lost.namespace_id).failures == 0


@pytest.mark.parametrize("delivery", ["x-accel", "redirect"])
def test_save__live_copies_stay_for_those_who_were_sent_to_them(
    delivery: str, put: Put, settings: Any
) -> None:
    """nginx, or a client with a presigned address, came after the save: 404."""
    settings.ARTIFACTS_DELIVERY = delivery
    settings.ARTIFACTS_GRACE_SECONDS = -5
    artifact = put(b"content")
    services.save_namespace(artifact.namespace)
    stores.live().stat(artifact.storage_path)
    assert faults(repair=True) == []
    stores.live().stat(artifact.storage_path)
    list(services.sweep(idle_seconds=3600))
    stores.live().stat(artifact.storage_path)
    PendingDeletion.objects.update(due_at=timezone.now())
    list(services.sweep(idle_seconds=3600))
    with pytest.raises(FileNotFoundError):
        stores.live().stat(artifact.storage_path)
    artifact.refresh_from_db()
    assert read(artifact) == b"content"


def test_save__two_at_once_on_a_store_that_reads_back_wrongly(
    put: Put, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    """Each took the other's good copy for a bad one, and deleted it."""
    artifacts = [put(b"content %d" % number) for number in range(20)]
    store, calls = type(stores.persisted()), list[int]()
    open_ = store.open

    def open_wrongly(
        self: ObjectStore, key: str, start: int = 0, length: int | None = None
    ) -> Any:
        calls.append(1)
        if self.alias == "default" and key.startswith("artifacts/") and len(calls) % 3:
            return BytesIO(b"\xff" * 9)
        return open_(self, key, start, length)

    def save() -> None:
        try:
            services.save_namespace(artifacts[0].namespace)
        except StoreError:
            pass  # the live copies stay
        finally:
            connection_close()

    with monkeypatch.context() as patched:
        patched.setattr(store, "open", open_wrongly)
        for _ in range(3):
            threads = [threading.Thread(target=save) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    for number, artifact in enumerate(artifacts):
        artifact.refresh_from_db()
        assert read(artifact) == b"content %d" % number
    services.save_namespace(artifacts[0].namespace)
    assert faults(deep=True) == []
    entries: Any = manifest_of(artifacts[0].namespace)["artifacts"]
    assert len(entries) == 20


def test_sweep_if_it_is_time__says_what_failed(
    put: Put, caplog: pytest.LogCaptureFixture
) -> None:
    lost = put(b"lost")
    stores.live().delete(lost.storage_path)
    idle()
    assert sweeping.sweep_if_it_is_time()
    (said,) = [record.getMessage() for record in caplog.records]
    assert "session s-1" in said
    assert lost.object_id in said


def test_sweep__deletes_as_many_as_there_are(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(b"one")
    for module in ("deletions", "sweeper"):
        monkeypatch.setattr(f"artifacts.services.{module}.BATCH", 2)
    delete_later([f"artifacts/00/{number}" for number in range(5)], Tier.LIVE)
    list(services.sweep(idle_seconds=3600))
    assert not PendingDeletion.objects.exists()


def test_sweep__namespace_that_is_gone_meanwhile(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = put(b"one")
    second = put(b"two", namespace=NamespaceRef(NamespaceKind.EXECUTION, "e-1"))

    def act(namespace: Namespace) -> None:
        FileArtifact.objects.all().delete()
        Namespace.objects.exclude(pk=namespace.pk).delete()

    monkeypatch.setattr(sweeping, "save_namespace", act)
    outcomes = [namespace.pk for namespace, _ in services.sweep(idle_seconds=0)]
    assert outcomes == [first.namespace_id]
    assert second.namespace_id not in outcomes


def test_sweep_in_background__in_a_thread(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    begun = threading.Event()
    monkeypatch.setattr(sweeping, "sweep_on", begun.set)
    sweeping.sweep_in_background()
    assert begun.wait(60)


def connection_close() -> None:
    from django.db import connection

    connection.close()
