"""The kept child processes of this server process, shared by its threads.

`draw()` never raises for what a file contains, and answers within `wait_seconds + 2 *
wall_seconds` of its limits once a child is up, which takes a tenth of a second.
"""

from __future__ import annotations

import atexit
import logging
import os
import queue
import signal
import threading
from collections.abc import Callable
from typing import BinaryIO

from artifacts.thumbnails.child import Child, reopen
from artifacts.thumbnails.limits import Limits
from artifacts.thumbnails.protocol import FORMATS
from artifacts.thumbnails.result import Reason, Thumbnail

logger = logging.getLogger(__name__)

__all__ = ["FORMATS", "Limits", "close", "draw", "warm"]

PATIENCE = 10
"""Times that who does not wait for the picture takes the limits on the wall clock.

A machine has to be that busy until a file is not judged by its processor time.
"""


class _Pool:
    """`limits.children` places, each with a child once it was needed."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._closed = False
        self._gathering = threading.Lock()
        # Last in, first out: a child that has just drawn has everything imported.
        self._places: queue.LifoQueue[_Place] = queue.LifoQueue()
        self._all = [_Place(limits) for _ in range(limits.children)]
        for place in self._all:
            self._places.put(place)

    def draw(self, descriptor: int, *, format: str, patience: int) -> Thumbnail | None:
        try:
            place = self._places.get(timeout=self._limits.wait_seconds * patience)
        except queue.Empty:
            return None
        try:
            wall_seconds = self._limits.wall_seconds * patience
            return place.draw(descriptor, format=format, wall_seconds=wall_seconds)
        except OSError:
            # No process or no descriptor left to start a child with.
            logger.exception("A child that draws thumbnails could not be started.")
            return None
        finally:
            if self._closed:
                place.close()
            self._places.put(place)

    def warm(self) -> None:
        self._each(_Place.warm)

    def close(self) -> None:
        """End the children, each once it is done with what it draws."""
        self._closed = True
        self._each(_Place.close)

    def _each(self, act: Callable[[_Place], object]) -> None:
        # One at a time: two that each hold some places would wait for ever.
        with self._gathering:
            places = [self._places.get() for _ in self._all]
            try:
                for place in places:
                    act(place)
            finally:
                for place in places:
                    self._places.put(place)

    def disown(self) -> None:
        for place in self._all:
            place.disown()


class _Place:
    """One child after the other."""

    # Successors are started so many pictures ahead that none waits for them.
    _AHEAD = 8

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._child: Child | None = None
        self._next: Child | None = None

    def draw(
        self, descriptor: int, *, format: str, wall_seconds: float
    ) -> Thumbnail | None:
        child = self.warm()
        thumbnail = child.draw(descriptor, format=format, wall_seconds=wall_seconds)
        if child.killed_by or (_short_of_memory(thumbnail) and child.drawn > 1):
            # What earlier pictures left behind must not decide, nor what others sent:
            # once more, afresh.
            child = self._replace(child)
            thumbnail = child.draw(descriptor, format=format, wall_seconds=wall_seconds)
            if child.killed_by:
                # Twice in a row is for the file, which would kill each that tries.
                short = child.killed_by is signal.SIGKILL  # the kernel's, for memory
                reason = Reason.OUT_OF_MEMORY if short else Reason.DAMAGED
                thumbnail = Thumbnail(reason=reason)
        left = self._limits.pictures_per_child - child.drawn
        if not child.alive or left <= 0:
            self._replace(child)
        elif left <= self._AHEAD and self._next is None:
            self._next = Child(self._limits)
        return thumbnail

    def _replace(self, child: Child) -> Child:
        child.kill()
        self._child, self._next = self._next or Child(self._limits), None
        return self._child

    def warm(self) -> Child:
        if self._child is None or not self._child.alive:
            self.close()
            self._child = Child(self._limits)
        return self._child

    def close(self) -> None:
        for child in filter(None, (self._child, self._next)):
            child.kill()
        self._child = self._next = None

    def disown(self) -> None:
        for child in filter(None, (self._child, self._next)):
            child.disown()


def _short_of_memory(thumbnail: Thumbnail | None) -> bool:
    return thumbnail is not None and thumbnail.reason is Reason.OUT_OF_MEMORY


_pools: dict[Limits, _Pool] = {}
_lock = threading.Lock()


def _pool(limits: Limits) -> _Pool:
    with _lock:
        if limits not in _pools:
            _pools[limits] = _Pool(limits)
        return _pools[limits]


def draw(
    content: BinaryIO, *, format: str, limits: Limits, patient: bool = False
) -> Thumbnail | None:
    """Draw the thumbnail of a real file, of which the position does not change.

    `format` is the file extension of its media type, one of `FORMATS`; any other
    is `UNSUPPORTED`. None where it is still to be drawn: no child was free in time, or
    the one that was did not come to an end, for reasons that are not the file's.
    `patient` is who draws in the background. Thread-safe.
    """
    if format not in FORMATS:
        return Thumbnail(reason=Reason.UNSUPPORTED)
    content.flush()
    descriptor = reopen(content.fileno())
    position = os.lseek(descriptor, 0, os.SEEK_CUR)
    try:
        patience = PATIENCE if patient else 1
        return _pool(limits).draw(descriptor, format=format, patience=patience)
    finally:
        os.lseek(descriptor, position, os.SEEK_SET)
        os.close(descriptor)


def warm(limits: Limits) -> None:
    """Start the children now, so that the first picture does not wait for them."""
    _pool(limits).warm()


def close() -> None:
    """End all children; the next picture starts new ones."""
    with _lock:
        pools = list(_pools.values())
        _pools.clear()
    for pool in pools:
        pool.close()


def _forget() -> None:
    """Leave the children to the parent: a socket has one reader only."""
    global _lock
    _lock = threading.Lock()  # may have been held by a thread that is not here
    for pool in _pools.values():
        pool.disown()
    _pools.clear()


os.register_at_fork(after_in_child=_forget)
atexit.register(close)
