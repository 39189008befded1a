"""`manage.py rebuild_from_manifests`: a lost database, from the persisted store."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from artifacts import integrity


class Command(BaseCommand):
    help = "Add to the database what the manifests list and it does not have."

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        for rebuilt in integrity.rebuild():
            error = f"; {rebuilt.error}" if rebuilt.error else ""
            self.stdout.write(f"{rebuilt.namespace}: {rebuilt.added} added{error}")
            failed += bool(rebuilt.error)
        if failed:
            raise CommandError(f"{failed} manifests could not be taken in whole.")
