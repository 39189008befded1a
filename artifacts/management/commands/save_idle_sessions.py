"""`manage.py save_idle_sessions`: the sweeper of what nobody saves."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error as DatabaseError

from artifacts import services
from artifacts.conf import conf
from artifacts.exceptions import ArtifactError
from artifacts.models.connections import release_connection

MAX_SECONDS = 36_500 * 86_400
"""A hundred years; a few thousand are more than a date can be set back."""


class Command(BaseCommand):
    help = "Save the sessions and executions that have had no put for a while."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--idle",
            type=int,
            default=conf.ARTIFACTS_IDLE_SECONDS,
            metavar="SECONDS",
            help="how long without a put is idle (default: %(default)s)",
        )
        parser.add_argument(
            "--every",
            type=int,
            metavar="SECONDS",
            help="go on for ever, with this pause; without it, once",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        every = options["every"]
        if not 0 <= options["idle"] <= MAX_SECONDS:
            raise CommandError(f"--idle takes 0 to {MAX_SECONDS} seconds.")
        if every is not None and not 1 <= every <= MAX_SECONDS:
            raise CommandError(f"--every takes 1 to {MAX_SECONDS} seconds.")
        if every is None:
            failed = self._sweep(options["idle"], heed_pauses=False)
            if failed:
                raise CommandError(f"{failed} could not be saved.")
            return
        while True:
            try:
                self._sweep(options["idle"], heed_pauses=True)
            except CommandError as error:
                self.stderr.write(f"{error} The next round is in {every} seconds.")
            time.sleep(every)

    def _sweep(self, idle_seconds: int, *, heed_pauses: bool) -> int:
        """Sweep once; the number of namespaces that could not be saved."""
        failed = 0
        try:
            for namespace, error in services.sweep(
                idle_seconds=idle_seconds, heed_pauses=heed_pauses
            ):
                failed += bool(error)
                owner = namespace.owner.get_username()
                outcome = f"NOT saved: {error}" if error else "saved"
                self.stdout.write(f"{namespace} of {owner}: {outcome}")
        except (ArtifactError, OSError, DatabaseError) as error:
            raise CommandError(f"The round broke off: {_line(error)}") from error
        finally:
            release_connection()  # one that broke is not used again
        return failed


def _line(error: Exception) -> str:
    return " ".join(str(error).split())
