from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from artifacts import services, stores
from artifacts.exceptions import OutdatedError
from artifacts.models import FileArtifact, Namespace
from artifacts.refs import storage_key, uuid7
from artifacts.services import digests
from artifacts.services.rebuild import Rebuilt
from artifacts.stores.object_store import ObjectStore

Put = Callable[..., FileArtifact]


def test_verify_artifacts__says_and_repairs(
    put: Put, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ARTIFACTS_GRACE_SECONDS = -5
    put("png")
    orphan = storage_key(uuid7())
    stores.live().place(orphan, BytesIO(b"x"))
    stores.live().place("artifacts/report/summary.pdf", BytesIO(b"theirs"))
    with pytest.raises(CommandError, match="1 faults are left"):
        call_command("verify_artifacts")
    assert f"bytes without a row: live: {orphan}" in capsys.readouterr().out
    call_command("verify_artifacts", "--repair", "--deep")
    out = capsys.readouterr().out
    assert "(repaired)" in out
    assert "agree" in out
    assert "Not ours, left alone: live: artifacts/report/summary.pdf\n" in out
    stores.live().stat("artifacts/report/summary.pdf")


def test_rebuild_from_manifests__says_what_it_added(
    put: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    services.save_namespace(put("png").namespace)
    FileArtifact.objects.all().delete()
    Namespace.objects.all().delete()
    call_command("rebuild_from_manifests")
    assert capsys.readouterr().out == "session s-1 of alice: 1 added\n"


def test_rebuild_from_manifests__fails_for_a_broken_one(db: None) -> None:
    stores.persisted().replace("manifests/broken.json", b"{")
    with pytest.raises(CommandError, match="1 manifests"):
        call_command("rebuild_from_manifests")


def test_verify_artifacts__stopped_goes_on_from_there(
    put: Put, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [put(b"%d" % number) for number in range(3)]
    stores.live().replace(rows[0].storage_path, b"x")
    monkeypatch.setattr("artifacts.services.verify.ROWS", 1)
    looked = list[str]()
    real = digests.has_digest

    def interrupted(store: ObjectStore, row: FileArtifact, **options: Any) -> bool:
        looked.append(row.object_id)
        if len(looked) == 2:
            raise KeyboardInterrupt
        return real(store, row, **options)

    with monkeypatch.context() as patched:
        patched.setattr("artifacts.services.verify.has_digest", interrupted)
        with pytest.raises(CommandError, match="--resume goes on") as stopped:
            call_command("verify_artifacts", "--deep", "--rate", "50M")
    assert stopped.value.returncode == 130
    assert "differ" in capsys.readouterr().out
    call_command("verify_artifacts", "--deep", "--resume")  # past the bad one
    assert "2 rows" in capsys.readouterr().out
    with pytest.raises(CommandError, match="1 faults"):
        call_command("verify_artifacts", "--deep", "--resume")  # from the beginning


@pytest.mark.parametrize("rate", ["fast", "-1", "1T", ""])
def test_verify_artifacts__refuses_a_rate(rate: str, db: None) -> None:
    with pytest.raises(CommandError, match="rate"):
        call_command("verify_artifacts", f"--rate={rate}")


def test_verify_artifacts__refused_repair_is_a_line(put: Put) -> None:
    services.save_namespace(put("png").namespace)
    FileArtifact.objects.all().delete()
    with pytest.raises(CommandError, match="Nothing is repaired"):
        call_command("verify_artifacts", "--repair")


def test_rebuild_from_manifests__says_what_it_removed(
    put: Put, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rebuilt = Rebuilt("session s-1 of alice", 2, removed=1)
    command = "artifacts.management.commands.rebuild_from_manifests.rebuild"
    monkeypatch.setattr(command, lambda **_: iter([rebuilt]))
    call_command("rebuild_from_manifests")
    said = "session s-1 of alice: 2 added, 1 removed that had been deleted\n"
    assert capsys.readouterr().out == said


def test_rebuild_from_manifests__refuses_in_a_line(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: bool) -> None:
        raise OutdatedError("Another database's.")

    command = "artifacts.management.commands.rebuild_from_manifests.rebuild"
    monkeypatch.setattr(command, refuse)
    with pytest.raises(CommandError, match="Another"):
        call_command("rebuild_from_manifests")
