"""The Django app."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class ArtifactsConfig(AppConfig):
    """Stores, finds and shows the files that agents make."""

    name = "artifacts"
    verbose_name = "Artifacts"

    def ready(self) -> None:
        # Importing registers: the checks, and how OpenAPI names our authentication.
        from artifacts import checks  # noqa: F401

        post_migrate.connect(_prepare, sender=self)


def _prepare(using: str, **_: Any) -> None:
    """Give the database what migrations have no words for."""
    from artifacts.models import planner, search_index

    search_index.make_missing(using=using)
    planner.assume_large_tables(using=using)
