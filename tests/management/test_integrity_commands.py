from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from artifacts import services, stores
from artifacts.models import FileArtifact, Namespace

Put = Callable[..., FileArtifact]


def test_verify_artifacts__says_and_repairs(
    put: Put, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ARTIFACTS_GRACE_SECONDS = -5
    put("png")
    stores.live().place("artifacts/00/orphan", BytesIO(b"x"))
    with pytest.raises(CommandError, match="1 faults are left"):
        call_command("verify_artifacts")
    assert "bytes without a row: live: artifacts/00/orphan" in capsys.readouterr().out
    call_command("verify_artifacts", "--repair", "--deep")
    out = capsys.readouterr().out
    assert "(repaired)" in out
    assert "agree" in out


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
