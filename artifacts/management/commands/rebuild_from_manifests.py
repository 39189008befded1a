"""`manage.py rebuild_from_manifests`: a lost database, from the persisted store."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from artifacts.exceptions import OutdatedError
from artifacts.services.rebuild import Rebuilt, rebuild


class Command(BaseCommand):
    help = "Add to the database what the manifests list and it does not have."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--adopt",
            action="store_true",
            help="also where this database is in use and the store is another one's",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        failed = 0
        try:
            for rebuilt in rebuild(adopt=options["adopt"]):
                self.stdout.write(_line(rebuilt))
                failed += bool(rebuilt.error)
        except OutdatedError as error:
            raise CommandError(str(error)) from error
        if failed:
            raise CommandError(f"{failed} manifests could not be taken in whole.")


def _line(rebuilt: Rebuilt) -> str:
    said = f"{rebuilt.namespace}: {rebuilt.added} added"
    if rebuilt.removed:
        said += f", {rebuilt.removed} removed that had been deleted"
    return f"{said}; {rebuilt.error}" if rebuilt.error else said
