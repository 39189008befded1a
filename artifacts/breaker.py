"""A circuit breaker: a server that gives no answer is not waited for by every caller."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Opens after `failures` calls in a row without an answer; threads share it.

    While it is open calls are refused for `pause` seconds; then one is let through,
    and its outcome decides. An error is an answer, too.
    """

    def __init__(
        self,
        *,
        failures: int,
        pause: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures = failures
        self._pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._next_try = 0.0
        self._trying = False

    @property
    def is_open(self) -> bool:
        return self._in_a_row >= self._failures

    def allows(self) -> bool:
        """Say whether a call may be made; one that was allowed reports its outcome."""
        if not self.is_open:  # the ordinary case takes no lock
            return True
        with self._lock:
            if self._trying or self._clock() < self._next_try:
                return False
            self._trying = True
            return True

    def succeeded(self) -> None:
        """Report an answer."""
        if self._in_a_row or self._trying:
            with self._lock:
                self._in_a_row = 0
                self._trying = False

    def failed(self) -> None:
        """Report that no answer came."""
        with self._lock:
            self._in_a_row += 1
            self._next_try = self._clock() + self._pause
            self._trying = False

    def ended(self) -> None:
        """Report a call that ended before it was known whether an answer comes."""
        if self._trying:
            with self._lock:
                self._trying = False
