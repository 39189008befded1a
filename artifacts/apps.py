"""The Django app."""

from __future__ import annotations

from django.apps import AppConfig


class ArtifactsConfig(AppConfig):
    """Stores, finds and shows the files that agents make."""

    name = "artifacts"
    verbose_name = "Artifacts"

    def ready(self) -> None:
        # Importing registers: the checks, and how OpenAPI names our authentication.
        from artifacts import checks  # noqa: F401
