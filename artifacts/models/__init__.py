"""What the database holds: the index of all artifacts, and who may ask."""

from __future__ import annotations

from artifacts.models.access_token import AccessToken
from artifacts.models.file_artifact import FileArtifact
from artifacts.models.installation import Installation, PendingDeletion
from artifacts.models.namespace import Namespace

__all__ = [
    "AccessToken",
    "FileArtifact",
    "Installation",
    "Namespace",
    "PendingDeletion",
]
