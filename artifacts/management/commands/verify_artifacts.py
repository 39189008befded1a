"""`manage.py verify_artifacts`: compare the database with the stores."""

from __future__ import annotations

import re
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from artifacts.services.findings import RefusedError
from artifacts.services.pace import Pace
from artifacts.services.verify import Verification

INTERRUPTED = 130
"""Of a program that Ctrl-C ended, as a shell says it."""
_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}


class Command(BaseCommand):
    help = "Compare rows, bytes and manifests; fails where something is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--repair",
            action="store_true",
            help="set bytes without a row aside (they are deleted a grace time later), "
            "write stale manifests anew",
        )
        parser.add_argument(
            "--force",
            action="store_true",
            help="repair even where so many rows are missing that the database seems "
            "to be the wrong one",
        )
        parser.add_argument(
            "--deep", action="store_true", help="read and hash every byte"
        )
        parser.add_argument(
            "--resume",
            action="store_true",
            help="with --deep: go on where the last one was stopped",
        )
        parser.add_argument(
            "--rate",
            type=_rate,
            default=0,
            metavar="BYTES",
            help="with --deep: read so many bytes a second at most, such as 50M",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        verification = Verification(
            repair=options["repair"],
            deep=options["deep"],
            force=options["force"],
            resume=options["resume"],
            pace=Pace(options["rate"]),
        )
        try:
            left = self._show(verification)
        except RefusedError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            then = "; --deep --resume goes on from there" if options["deep"] else ""
            said = f"Stopped after {verification.rows} rows{then}."
            raise CommandError(said, returncode=INTERRUPTED) from None
        if verification.foreign:
            self.stdout.write(f"Not ours, left alone: {verification.foreign}")
        self.stdout.write(_summary(verification))
        if left:
            raise CommandError(f"{left} faults are left.")
        self.stdout.write("The database and the stores agree.")

    def _show(self, verification: Verification) -> int:
        left = 0
        for finding in verification.run():
            outcome = " (repaired)" if finding.repaired else ""
            self.stdout.write(f"{finding.fault}: {finding.place}{outcome}")
            left += not finding.repaired
        return left


def _rate(text: str) -> int:
    match = re.fullmatch(r"(\d+)([kMG]?)B?", text)
    if match is None:
        raise ValueError(text)
    return int(match[1]) * _UNITS[match[2]]


def _summary(verification: Verification) -> str:
    seconds = max(verification.pace.seconds, 0.001)
    said = f"Looked at {verification.objects} objects and {verification.rows} rows"
    said += f", {verification.rows / seconds:.0f} rows a second"
    if verification.deep:
        read = verification.pace.bytes_read
        said += f"; read {read / 1e6:.0f} MB, {read / 1e6 / seconds:.1f} MB a second"
    return f"{said}."
