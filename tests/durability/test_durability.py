"""Nothing is acknowledged before it is durable: seen by the system calls of a server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.durability.disk import DELETED, PUT, SAVED, Disk
from tests.durability.server import traced
from tests.durability.trace import Event, events

UNSAFE = Path(__file__).with_name("unsafe")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("traced")


@pytest.fixture(scope="module")
def seen(folder: Path) -> list[Event]:
    return events(traced(folder))


def disk(folder: Path) -> Disk:
    return Disk(str(folder / "data"))


def test_answers__come_after_all_is_durable(seen: list[Event], folder: Path) -> None:
    real = disk(folder)
    assert real.follow(seen) == []
    assert real.answers == [PUT, SAVED, DELETED]


def test_answers__without_any_one_sync_would_come_too_early(
    seen: list[Event], folder: Path
) -> None:
    real = disk(folder)
    real.follow(seen)
    needed = {seen[number].path for number in real.needed}
    data = str(folder / "data")
    for part in ("staging/", "live/artifacts/", "persisted/artifacts/", "manifests"):
        assert any(part in path for path in needed), part
    assert {data, f"{data}/live", f"{data}/db.sqlite3-wal"} <= needed
    for number in real.needed:
        without = seen[:number] + seen[number + 1 :]
        assert disk(folder).follow(without), seen[number]


@pytest.mark.parametrize(
    ("left_out", "problem"),
    [
        ({"UNSAFE": "files"}, "named before its bytes were synced"),
        ({"UNSAFE": "folders"}, r"the answer 201: \[.*\] may be forgotten"),
        ({"DJANGO_SETTINGS_MODULE": "unsafe_settings"}, "the commit before it may"),
    ],
    ids=["files", "folders", "commits"],
)
def test_answers__of_a_server_that_leaves_syncs_out_come_too_early(
    left_out: dict[str, str], problem: str, tmp_path: Path
) -> None:
    found = events(traced(tmp_path, PYTHONPATH=str(UNSAFE), **left_out))
    problems = disk(tmp_path).follow(found)
    assert any(re.search(problem, it) for it in problems), problems
