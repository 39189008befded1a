"""`manage.py render_thumbnails`: draw the pictures that are missing, or all anew."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from artifacts import selectors, services
from artifacts.exceptions import ArtifactError, InvalidError
from artifacts.models import FileArtifact, Namespace
from artifacts.models.batches import in_batches
from artifacts.models.file_artifact import FileArtifactQuerySet
from artifacts.refs import ArtifactKind, NamespaceKind, NamespaceRef

BAR = 30
"""Characters of the progress bar."""
INTERRUPTED = 130
"""Exit code of a program that Ctrl-C ended, as shells have it."""


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
        artifacts = selectors.to_render(
            failed=options["failed"],
            everything=options["all"],
            kind=options["kind"],
            namespace=_namespace(options),
        )
        done = _Done(artifacts.count())
        try:
            self._render(artifacts, done)
        except KeyboardInterrupt:
            anew = options["all"] or options["failed"]
            then = "begins anew" if anew else "goes on from there"
            said = f"Stopped: {done.drawn} drawn; the next run {then}."
            raise CommandError(said, returncode=INTERRUPTED) from None
        self.stdout.write(
            f"{done.drawn} drawn, {done.without} without a picture, "
            f"{done.failed} failed."
        )
        if done.failed:
            raise CommandError(f"{done.failed} could not be read.")

    def _render(self, artifacts: FileArtifactQuerySet, done: _Done) -> None:
        for artifact in in_batches(artifacts):
            try:
                services.redraw(artifact)
            except (ArtifactError, FileNotFoundError) as error:
                if FileArtifact.objects.filter(pk=artifact.pk).exists():
                    done.failed += 1
                    self.stderr.write(f"{artifact.pk}: {error}")
                else:
                    done.deleted += 1
            else:
                done.drawn += bool(artifact.thumbnail_base64)
                done.without += not artifact.thumbnail_base64
            self._show(done)

    def _show(self, done: _Done) -> None:
        """Move the bar, where somebody looks at it."""
        if sys.stderr.isatty():
            number = done.drawn + done.without + done.failed + done.deleted
            bar = "#" * (BAR * number // done.total)
            end = "\n" if number == done.total else "\r"
            self.stderr.write(f"[{bar:<{BAR}}] {number}/{done.total}", ending=end)


@dataclass(slots=True)
class _Done:
    """How far it is."""

    total: int
    drawn: int = 0
    without: int = 0
    failed: int = 0
    deleted: int = 0
    "Meanwhile, by others: nothing is wrong with them."


def _namespace(options: dict[str, Any]) -> NamespaceRef | None:
    """Read which namespace is asked for; one that is not there is a mistake."""
    for kind in NamespaceKind:
        if options[kind.value] is None:
            continue
        try:
            ref = NamespaceRef(kind, options[kind.value])
        except InvalidError as error:
            raise CommandError(f"--{kind}: {error}") from error
        if not Namespace.objects.named(ref).exists():
            raise CommandError(f"There is no {ref}.")
        return ref
    return None
