"""Thumbnails: render them at once, later, or again, and have what renders them ready."""

from __future__ import annotations

from typing import BinaryIO

from artifacts import tasks
from artifacts.conf import conf
from artifacts.exceptions import StoreError
from artifacts.models import FileArtifact
from artifacts.models.file_artifact import thumbnail_limits
from artifacts.tasks import ATTEMPTS
from artifacts.thumbnails import pool


def render_at_once(artifact: FileArtifact, content: BinaryIO) -> bool:
    """Render the thumbnail of an artifact that has no row yet, from an open file.

    False where that is left to the workers of a queue, or nothing was free.
    """
    artifact.thumbnail_tried = True
    if conf.ARTIFACTS_THUMBNAIL_QUEUE:
        return False
    return artifact.draw_thumbnail(content)


def render_later(artifact: FileArtifact) -> None:
    """Hand it to a task; if that is lost, `render_thumbnails` finds it."""
    tasks.draw_picture.enqueue(str(artifact.pk))


def redraw(artifact: FileArtifact) -> None:
    """Draw the thumbnail again from the stored bytes.

    Raises `StoreError` where no drawing process comes to an end in a long while.
    """
    if not any(artifact.redraw() for _ in range(ATTEMPTS)):
        raise StoreError("No drawing process was done in time; try again later.")


def warm() -> None:
    """Start this process's drawing processes, so that no first put waits for them."""
    pool.warm(limits=thumbnail_limits())
