"""`manage.py render_thumbnails`: draw the pictures that are missing, or all anew."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from artifacts import selectors, services
from artifacts.exceptions import ArtifactError
from artifacts.refs import ArtifactKind, NamespaceKind, NamespaceRef

BAR = 30
"""Characters of the progress bar."""


class Command(BaseCommand):
    help = (
        "Draw pictures: the missing and the outdated. It may be stopped at any time; "
        "the next run goes on where it was (with --all or --failed it begins anew)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--failed",
            action="store_true",
            help="also those that once could not be drawn",
        )
        parser.add_argument("--all", action="store_true", help="all, whatever is there")
        parser.add_argument("--kind", choices=[kind.value for kind in ArtifactKind])
        namespace = parser.add_mutually_exclusive_group()
        namespace.add_argument("--session", metavar="ID")
        namespace.add_argument("--execution", metavar="ID")

    def handle(self, *args: Any, **options: Any) -> None:
        ref = None
        for kind in NamespaceKind:
            if options[kind.value]:
                ref = NamespaceRef(kind, options[kind.value])
        artifacts = selectors.to_render(
            failed=options["failed"],
            everything=options["all"],
            kind=options["kind"],
            namespace=ref,
        )
        total = artifacts.count()
        drawn = failed = 0
        for number, artifact in enumerate(artifacts.iterator(chunk_size=100), 1):
            try:
                services.redraw(artifact)
            except (ArtifactError, FileNotFoundError) as error:
                failed += 1
                self.stderr.write(f"{artifact.pk}: {error}")
            else:
                drawn += bool(artifact.thumbnail_base64)
            self._show(number, total)
        without = total - drawn - failed
        self.stdout.write(
            f"{drawn} drawn, {without} without a picture, {failed} failed."
        )
        if failed:
            raise CommandError(f"{failed} could not be read.")

    def _show(self, number: int, total: int) -> None:
        """Move the bar, where somebody looks at it."""
        if sys.stderr.isatty():
            done = "#" * (BAR * number // total)
            end = "\n" if number == total else "\r"
            self.stderr.write(f"[{done:<{BAR}}] {number}/{total}", ending=end)
