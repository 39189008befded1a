from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from artifacts.management.commands.check_spec import FILES


@pytest.fixture
def copies(settings: Any, tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(Path(settings.BASE_DIR, name), tmp_path)
    settings.BASE_DIR = tmp_path
    return tmp_path


def test_check_spec__agrees(copies: Path) -> None:
    call_command("check_spec")


def test_check_spec__fails_with_the_difference(
    copies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contract = copies / "openapi-v3.yaml"
    text = contract.read_text("utf-8")
    contract.write_text(text.replace("Retrieve an artifact", "Get it"), "utf-8")
    (copies / "openapi.yaml").unlink()
    with pytest.raises(CommandError, match=r"openapi-v3.yaml, openapi.yaml: not"):
        call_command("check_spec")
    out = capsys.readouterr().out
    assert "-      summary: Get it" in out
    assert "+      summary: Retrieve an artifact" in out
