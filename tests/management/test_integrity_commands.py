from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from artifacts import services, stores
from artifacts.models import FileArtifact, Namespace
from artifacts.refs import storage_key, uuid7

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
