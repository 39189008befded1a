"""A guard between the threads of a server and one far store.

A store that hangs would take every thread, and with them all that does not need it.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
import time
from collections.abc import Iterator

from django.core.files.storage import Storage

from artifacts.breaker import Breaker
from artifacts.conf import conf
from artifacts.exceptions import NoAnswerError, StoreError

FAILURES = 3
"""Calls in a row without an answer after which a store is left alone."""
PAUSE = 5
"""Seconds for which it is."""
PATIENCE = 5
"""Seconds for which no call began or ended, after which none waits for its turn."""


class Guard:
    """Limits the calls to a store at one time, and ends those to one that is silent."""

    def __init__(self, calls: int) -> None:
        self.breaker = Breaker(failures=FAILURES, pause=PAUSE)
        self._most = calls
        self._calls = 0
        self._moved_at = 0.0
        self._moved = threading.Condition()
        self._here = threading.local()

    @contextlib.contextmanager
    def call(self) -> Iterator[None]:
        """Make one call, whose silence is a `NoAnswerError`; any other error answers.

        Raises `NoAnswerError` at once where the store is known to be silent. A call
        within a call of the same thread is part of it.
        """
        if getattr(self._here, "calls", False):
            yield
            return
        self._enter()
        try:
            yield
        except NoAnswerError:
            self.breaker.failed()
            raise
        except (StoreError, FileNotFoundError):
            self.breaker.succeeded()
            raise
        except BaseException:  # what was to be sent could not be read
            self.breaker.ended()
            raise
        else:
            self.breaker.succeeded()
        finally:
            self._leave()

    def _enter(self) -> None:
        if not self.breaker.allows():
            raise NoAnswerError("The store does not answer; it is asked again soon.")
        with self._moved:
            # A store that is slow, but moves, is waited for.
            while self._calls >= self._most:
                if not self._moved.wait(self._patience()) and self._patience() <= 0:
                    self.breaker.ended()
                    raise NoAnswerError("The store is busy; try again.")
            self._calls += 1
            self._moved_at = time.monotonic()
        self._here.calls = True

    def _leave(self) -> None:
        self._here.calls = False
        with self._moved:
            self._calls -= 1
            self._moved_at = time.monotonic()
            self._moved.notify()

    def _patience(self) -> float:
        return max(0.0, self._moved_at + PATIENCE - time.monotonic())


def guard_of(storage: Storage) -> Guard:
    """Find the guard of a store, which all threads of a process share."""
    return _guard_of(storage, os.getpid())


@functools.lru_cache(maxsize=16)
def _guard_of(storage: Storage, process: int) -> Guard:
    return Guard(conf.ARTIFACTS_STORE_CALLS)
