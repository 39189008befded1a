from __future__ import annotations

import functools
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection, connections, transaction

from artifacts.databases.sqlite3.turns import Turns, turns_of

pytestmark = pytest.mark.needs("sqlite")
_HOLDER = """
import sys
from artifacts.databases.sqlite3.turns import Turns
turns = Turns(sys.argv[1])
assert turns.take(20)
print("has it", flush=True)
sys.stdin.readline()
turns.give()
"""


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.fixture
def turns(tmp_path: Path) -> Turns:
    return Turns(str(tmp_path / "turns"))


def test_turns__are_given_in_the_order_of_asking(turns: Turns) -> None:
    assert turns.take(0)
    served: list[int] = []

    def wait(number: int) -> None:
        assert turns.take(60)
        served.append(number)
        turns.give()

    threads = []
    for number in range(8):
        threads.append(in_thread(functools.partial(wait, number)))
        while len(turns._waiting) <= number:
            os.sched_yield()
    turns.give()
    for thread in threads:
        thread.join()
    assert served == list(range(8))
    assert turns.take(0)


def test_turns__of_another_process(turns: Turns, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path / "turns")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdin
        assert other.stdout
        assert other.stdout.readline() == b"has it\n"
        assert not turns.take(0)
        assert not turns.take(0.01)
        waiting = in_thread(lambda: turns.take(60))
        other.stdin.write(b"\n")
        other.stdin.flush()
        waiting.join()


def test_turns__end_with_the_process(turns: Turns, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path / "turns")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout
        other.stdout.readline()
        other.kill()
        other.wait()
    assert turns.take(60)


def test_turns__one_for_each_way_to_a_file(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "db.sqlite3")
    link, file = (turns_of(str(tmp_path / name)) for name in ("link", "db.sqlite3"))
    assert link is file


@pytest.mark.django_db(transaction=True)
def test_writers__none_is_passed_over() -> None:
    """Each write waits for at most one of every other thread."""
    order: list[int] = []
    start = threading.Barrier(8)

    def write(number: int) -> None:
        start.wait()
        for round_ in range(20):
            with transaction.atomic():
                User.objects.create(username=f"{number}-{round_}")
                order.append(number)
            User.objects.filter(username="none").update(last_name="x")
        connections.close_all()

    threads = [in_thread(functools.partial(write, number)) for number in range(8)]
    for thread in threads:
        thread.join()
    assert User.objects.count() == 160
    middle = [order.index(n, 40) for n in range(8)]
    assert max(middle) < 40 + 4 * 8


@pytest.mark.django_db(transaction=True)
def test_turn__ends_whatever_happens() -> None:
    wrapper: Any = connection
    seen = []

    def fail() -> None:
        with transaction.atomic():
            with transaction.atomic():
                seen.append(wrapper._turns)
            seen.append(wrapper._turns)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with transaction.atomic():
        connection.close()
    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("INSERT INTO nowhere VALUES (1)")
    with connection.cursor() as cursor:
        cursor.executemany("DELETE FROM auth_user WHERE id = %s", [(1,), (2,)])
    assert None not in seen
    assert wrapper._turns is None
    assert wrapper.turns.take(0)
    wrapper.turns.give()


@pytest.mark.django_db(transaction=True)
def test_turn__that_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper: Any = connection
    monkeypatch.setitem(wrapper.settings_dict["OPTIONS"], "timeout", 0.01)
    assert wrapper.turns.take(0)
    try:
        with pytest.raises(OperationalError, match="locked"), transaction.atomic():
            pass
        with pytest.raises(OperationalError, match="locked"):
            User.objects.create(username="alice")
        assert not User.objects.exists()  # who only reads waits for nobody
    finally:
        wrapper.turns.give()


def test_in_memory__has_no_turns() -> None:
    wrapper = connection.copy()
    wrapper.settings_dict = {**wrapper.settings_dict, "NAME": ":memory:"}
    assert wrapper.turns is None  # type: ignore[attr-defined]
