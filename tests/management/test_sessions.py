from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from artifacts import stores
from artifacts.models import FileArtifact, Namespace
from artifacts.refs import NamespaceKind, NamespaceRef

Put = Callable[..., FileArtifact]


@pytest.mark.parametrize("kind", ["session", "execution"])
def test_save_session__and_again(
    kind: str, put: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    put("png", namespace=NamespaceRef(NamespaceKind(kind), "x"))
    option = ["--execution"] if kind == "execution" else []
    for _ in range(2):
        call_command("save_session", "alice", "x", *option)
        assert capsys.readouterr().out == f"Saved {kind} x of alice: 1 artifacts.\n"
    assert FileArtifact.objects.get().source == "manifest"


@pytest.mark.parametrize(
    ("username", "id"),
    [("nobody", "x"), ("alice", "x"), ("alice", ""), ("\udcff", "x")],
)
def test_save_session__unknown(username: str, id: str, user: User) -> None:
    with pytest.raises(CommandError):
        call_command("save_session", username, id)


def test_save_idle_sessions__once(put: Put, capsys: pytest.CaptureFixture[str]) -> None:
    put("png")
    call_command("save_idle_sessions")
    assert capsys.readouterr().out == ""
    Namespace.objects.update(last_put_at=timezone.now() - timedelta(hours=2))
    call_command("save_idle_sessions")
    assert capsys.readouterr().out == "session s-1 of alice: saved\n"


def test_save_idle_sessions__fails_where_one_cannot_be_saved(
    put: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    artifact = put("png")
    stores.live().delete(artifact.storage_path)
    with pytest.raises(CommandError, match="1 could not"):
        call_command("save_idle_sessions", "--idle", "0")
    assert "NOT saved" in capsys.readouterr().out


def test_save_idle_sessions__for_ever(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise KeyboardInterrupt
        put(b"\x00")

    monkeypatch.setattr("time.sleep", pause)
    with pytest.raises(KeyboardInterrupt):
        call_command("save_idle_sessions", "--idle", "0", "--every", "7")
    assert pauses == [7, 7, 7]
    assert not FileArtifact.objects.live().exists()


@pytest.mark.parametrize(
    "option",
    [
        "--idle=-1",
        "--idle=99999999999999",
        "--every=0",
        "--every=-1",
        "--every=99999999999999999999",
    ],
)
def test_save_idle_sessions__refuses(option: str, db: None) -> None:
    with pytest.raises(CommandError):
        call_command("save_idle_sessions", option)


def test_save_idle_sessions__longest_that_it_takes(put: Put) -> None:
    put("png")
    call_command("save_idle_sessions", "--idle", str(36_500 * 86_400))
    assert FileArtifact.objects.live().exists()
