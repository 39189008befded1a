"""`manage.py verify_artifacts`: compare the database with the stores."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from artifacts import integrity


class Command(BaseCommand):
    help = "Compare rows, bytes and manifests; fails where something is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--repair",
            action="store_true",
            help="delete bytes without a row, write stale manifests anew",
        )
        parser.add_argument(
            "--deep", action="store_true", help="read and hash every byte"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        left = 0
        for finding in integrity.verify(repair=options["repair"], deep=options["deep"]):
            outcome = " (repaired)" if finding.repaired else ""
            self.stdout.write(f"{finding.fault}: {finding.place}{outcome}")
            left += not finding.repaired
        if left:
            raise CommandError(f"{left} faults are left.")
        self.stdout.write("The database and the stores agree.")
