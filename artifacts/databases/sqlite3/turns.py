"""The order in which threads and processes write to one file: nearly as they came.

SQLite lets one connection write at a time. Those that wait ask again and again, with
pauses, and whoever asks at the right moment is next: a thread may wait until its time
is over while others, which came later, get their turn.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections import deque

_FIRST_PAUSE, _LONGEST_PAUSE = 0.0005, 0.005
"""Seconds between two looks at another process's lock."""
_QUEUE, _TURN = 0, 1
"""Bytes of the file that are locked."""


class Turns:
    """A lock among threads, given in the order in which it was asked for.

    Among processes it is two: who has the turn, and who is next. The one that just had
    its turn cannot take it again before the one that waits for it.
    """

    def __init__(self, path: str) -> None:
        self._guard = threading.Lock()
        self._is_taken = False
        self._waiting: deque[threading.Event] = deque()
        # Locks of POSIX: a fork does not inherit them, and they end with the process.
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def take(self, timeout: float) -> bool:
        """Wait for one's turn; False where it did not come in so many seconds."""
        end = time.monotonic() + timeout
        if not self._take_among_threads(timeout):
            return False
        if self._take_among_processes(end):
            return True
        self._pass_on()
        return False

    def give(self) -> None:
        """End one's turn: it is the next one's, if any waits."""
        self._unlock(_TURN)
        self._pass_on()

    def _take_among_threads(self, timeout: float) -> bool:
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(timeout):
            return True
        with self._guard:
            if mine.is_set():  # it came at the last moment
                return True
            self._waiting.remove(mine)
            return False

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False

    def _take_among_processes(self, end: float) -> bool:
        if not self._lock(_QUEUE, end):
            return False
        try:
            return self._lock(_TURN, end)
        finally:
            self._unlock(_QUEUE)

    def _lock(self, byte: int, end: float) -> bool:
        pause = _FIRST_PAUSE
        while True:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
            except BlockingIOError:
                if time.monotonic() > end:
                    return False
            else:
                return True
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _unlock(self, byte: int) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, byte)


_known: dict[tuple[str, int], Turns] = {}
_making = threading.Lock()


def turns_of(path: str) -> Turns:
    """Find the turns of a database's file; a forked process makes its own."""
    process = os.getpid()
    known = _known.get((path, process))
    if known is not None:
        return known
    real = os.path.realpath(path)
    with _making:
        if (real, process) not in _known:
            _known[real, process] = Turns(f"{real}-turns")
        _known[path, process] = _known[real, process]
    return _known[path, process]
