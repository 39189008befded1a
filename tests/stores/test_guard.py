from __future__ import annotations

import threading

import pytest
from django.core.files.storage import InMemoryStorage  # noqa: TID251 - any will do

from artifacts.exceptions import NoAnswerError, StoreError
from artifacts.stores import guard
from artifacts.stores.guard import FAILURES, Guard, guard_of


def silent(guard: Guard) -> None:
    with pytest.raises(NoAnswerError, match="nothing came"), guard.call():
        raise NoAnswerError("nothing came")


def test_guard__leaves_a_silent_store_alone() -> None:
    guard = Guard(1)
    for _ in range(FAILURES):
        silent(guard)
    with pytest.raises(NoAnswerError, match="does not answer"), guard.call():
        pytest.fail("It was asked.")


@pytest.mark.parametrize("answer", [FileNotFoundError("key"), StoreError("refused")])
def test_guard__an_error_is_an_answer(answer: OSError) -> None:
    guard = Guard(1)
    for _ in range(3):
        for _ in range(FAILURES - 1):
            silent(guard)
        with pytest.raises(type(answer)), guard.call():
            raise answer
    with guard.call():
        pass


def test_guard__what_was_to_be_sent_says_nothing_of_the_store() -> None:
    guard = Guard(1)
    for _ in range(FAILURES - 1):
        silent(guard)
        with pytest.raises(ValueError, match="source"), guard.call():
            raise ValueError("source")
    silent(guard)
    assert guard.breaker.is_open


def test_guard__many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "PATIENCE", 0)
    limited = Guard(2)
    inside, leave = threading.Barrier(3), threading.Event()

    def hang() -> None:
        with limited.call():
            inside.wait()
            leave.wait()

    threads = [threading.Thread(target=hang) for _ in range(2)]
    for thread in threads:
        thread.start()
    inside.wait()
    for _ in range(2 * FAILURES):  # which is no failure of the store
        with pytest.raises(NoAnswerError, match="busy"), limited.call():
            pass
    leave.set()
    for thread in threads:
        thread.join()
    with limited.call():
        pass


def test_guard__a_call_within_a_call_takes_no_second_place() -> None:
    guard = Guard(1)
    with guard.call(), guard.call():
        pass
    with pytest.raises(FileNotFoundError), guard.call(), guard.call():
        raise FileNotFoundError
    with guard.call():
        pass


def test_guard_of__one_for_each_store() -> None:
    first, second = InMemoryStorage(), InMemoryStorage()
    assert guard_of(first) is guard_of(first)
    assert guard_of(first) is not guard_of(second)
