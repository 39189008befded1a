from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from paradigm.secret_key import kept_secret_key


def test_secret_key__is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret_key"
    key = kept_secret_key(path)
    assert len(key) >= 50
    assert kept_secret_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret_key"]


def test_secret_key__of_processes_that_start_at_once(tmp_path: Path) -> None:
    path = tmp_path / "secret_key"
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(kept_secret_key, [path] * 32))
    assert keys == {path.read_text("ascii")}


def test_secret_key__another_was_faster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret_key"
    path.write_text("theirs", "ascii")
    monkeypatch.setattr(Path, "exists", lambda self: False)
    assert kept_secret_key(path) == "theirs"
