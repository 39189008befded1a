"""A bound on how many bytes a second are read, so that others get their turn."""

from __future__ import annotations

import time


class Pace:
    """Waits after each piece for as long as the rate asks for; 0 is no bound."""

    def __init__(self, bytes_per_second: int = 0) -> None:
        self.bytes_per_second = bytes_per_second
        self.bytes_read = 0
        self._started = time.monotonic()

    def count(self, size: int) -> None:
        """Count bytes that were read; wait where that was too fast."""
        self.bytes_read += size
        if self.bytes_per_second:
            due = self._started + self.bytes_read / self.bytes_per_second
            time.sleep(max(0.0, due - time.monotonic()))

    @property
    def seconds(self) -> float:
        """Since it was begun."""
        return time.monotonic() - self._started
