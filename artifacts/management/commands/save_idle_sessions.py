"""`manage.py save_idle_sessions`: the sweeper of what nobody saves."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from artifacts import services
from artifacts.conf import conf

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
        failed = self._sweep(options["idle"])
        while every:
            time.sleep(every)
            self._sweep(options["idle"])
        if failed:
            raise CommandError(f"{failed} could not be saved.")

    def _sweep(self, idle_seconds: int) -> int:
        """Sweep once; the number of namespaces that could not be saved."""
        failed = 0
        for namespace, error in services.save_idle_namespaces(
            idle_seconds=idle_seconds
        ):
            failed += bool(error)
            owner = namespace.owner.get_username()
            outcome = f"NOT saved: {error}" if error else "saved"
            self.stdout.write(f"{namespace} of {owner}: {outcome}")
        return failed
