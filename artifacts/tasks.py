"""What can wait, done by whoever the `TASKS` setting names."""

from __future__ import annotations

import logging
from typing import Any

from django.apps import apps
from django_tasks import task

logger = logging.getLogger(__name__)

ATTEMPTS = 2
"""Times that a picture is tried in the background, each with patience."""


@task()
def draw_picture(artifact_id: str) -> None:
    """Draw the picture of an artifact whose put did not wait for it."""
    # The model enqueues this; it cannot be imported here.
    model: Any = apps.get_model("artifacts", "FileArtifact")
    artifact = model.objects.filter(pk=artifact_id).first()
    if artifact is None:
        return  # deleted meanwhile
    try:
        if any(artifact.redraw() for _ in range(ATTEMPTS)):
            return
    except FileNotFoundError:
        if not model.objects.filter(pk=artifact_id).exists():
            return
        raise
    logger.warning("The picture of %s could not be drawn in time.", artifact_id)
