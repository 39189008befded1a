"""What one picture, and the child process that draws it, may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of drawing; equal limits share one set of child processes."""

    memory_bytes: int = 768 * 2**20
    """Address space of a child, of which interpreter and codecs map about 150 MB."""
    cpu_seconds: int = 6
    """Processor time, by which a file is judged."""
    wall_seconds: float = 8.0
    """After which the child is needed for others; it tells nothing of the file."""
    wait_seconds: float = 4.0
    """Seconds that a caller queues for a free child."""
    pictures_per_child: int = 500
    """After so many a child is replaced, against leaks in the codecs."""
    children: int = 2
    """Child processes per server process, shared by its threads."""
