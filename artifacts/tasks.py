"""What can wait, done by whoever the `TASKS` setting names."""

from __future__ import annotations

import logging
from typing import Any

from django.apps import apps
from django_tasks import task

logger = logging.getLogger(__name__)

ATTEMPTS = 20
"""Times that a drawing process is waited for, each as long as a put waits."""


@task()
def draw_picture(artifact_id: str) -> None:
    """Draw the picture of an artifact whose put did not wait for it."""
    # The model enqueues this; it cannot be imported here.
    model: Any = apps.get_model("artifacts", "FileArtifact")
    artifact = model.objects.filter(pk=artifact_id).first()
    if artifact is None:
        return  # deleted meanwhile
    for _ in range(ATTEMPTS):
        if artifact.redraw():
            return
    logger.warning("No drawing process was free for %s", artifact_id)
