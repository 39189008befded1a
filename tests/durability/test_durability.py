"""Nothing is acknowledged before it is durable: seen by the system calls of a server."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.durability.disk import DELETED, PUT, SAVED, Disk
from tests.durability.server import traced
from tests.durability.trace import Event, events

TIERS = ("live/artifacts", "persisted/artifacts", "persisted/manifests")
UNSAFE = Path(__file__).with_name("unsafe")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("traced")


@pytest.fixture(scope="module")
def seen(folder: Path) -> list[Event]:
    return events(traced(folder))


def path_of(seen: list[Event], tier: str) -> Path:
    """Find the first name that was given in a store."""
    return next(
        Path(it.target)
        for it in seen
        if it.kind == "name" and f"/data/{tier}/" in it.target
    )


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
    named = {it.path for it in seen if it.kind == "name" and it.target.startswith(data)}
    assert named <= needed
    assert {data, f"{data}/live", f"{data}/db.sqlite3-wal"} <= needed
    assert {path_of(seen, tier).parent for tier in TIERS} <= {*map(Path, needed)}
    for number in real.needed:
        without = seen[:number] + seen[number + 1 :]
        assert disk(folder).follow(without), seen[number]


def test_live_copy__is_unlinked_after_the_commit_that_moves_it(
    seen: list[Event], folder: Path
) -> None:
    saved = str(path_of(seen, "persisted/artifacts"))
    (number,) = (place for place, it in enumerate(seen) if it.target == saved)
    early = [*seen]
    early.insert(number + 1, Event("unlink", str(path_of(seen, "live/artifacts"))))
    assert any("unlinked before" in it for it in disk(folder).follow(early))


def test_saved_copy__is_read_back_before_its_commit(
    seen: list[Event], folder: Path
) -> None:
    unread = [it for it in seen if it.kind != "read"]
    assert any("read back" in it for it in disk(folder).follow(unread))


def test_deleted__is_unlinked_after_the_commit(seen: list[Event], folder: Path) -> None:
    early = [*seen]
    answered = early.index(Event("answer", SAVED), early.index(Event("answer", PUT)))
    early.insert(
        answered + 1, Event("unlink", str(path_of(seen, "persisted/artifacts")))
    )
    assert any("unlinked before" in it for it in disk(folder).follow(early))


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
