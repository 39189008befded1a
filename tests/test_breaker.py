from __future__ import annotations

import pytest

from artifacts.breaker import Breaker


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(failures=3, pause=5, clock=clock)


def opened(breaker: Breaker) -> Breaker:
    for _ in range(3):
        assert breaker.allows()
        breaker.failed()
    return breaker


def test_breaker__opens_after_failures_in_a_row(breaker: Breaker) -> None:
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        breaker.succeeded()
    assert breaker.allows()
    assert not opened(breaker).allows()


def test_breaker__lets_one_through_after_the_pause(
    breaker: Breaker, clock: Clock
) -> None:
    opened(breaker)
    clock.now += 5
    assert breaker.allows()
    assert not breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
    assert breaker.allows()


def test_breaker__that_one_fails_as_well(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += 5
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()
    clock.now += 5
    assert breaker.allows()


def test_breaker__that_one_ends_without_an_outcome(
    breaker: Breaker, clock: Clock
) -> None:
    opened(breaker)
    clock.now += 5
    assert breaker.allows()
    breaker.ended()
    assert breaker.is_open
    assert breaker.allows()
