"""Pictures: draw them again, and have what draws them ready."""

from __future__ import annotations

from artifacts.exceptions import StoreError
from artifacts.models import FileArtifact
from artifacts.models.file_artifact import thumbnail_limits
from artifacts.tasks import ATTEMPTS
from artifacts.thumbnails import pool


def redraw(artifact: FileArtifact) -> None:
    """Draw the thumbnail again from the stored bytes.

    Raises `StoreError` where no drawing process comes to an end in a long while.
    """
    if not any(artifact.redraw() for _ in range(ATTEMPTS)):
        raise StoreError("No drawing process was done in time; try again later.")


def warm() -> None:
    """Start this process's drawing processes, so that no first put waits for them."""
    pool.warm(limits=thumbnail_limits())
