"""`manage.py check_spec`: compare the OpenAPI files with what the code serves."""

from __future__ import annotations

import difflib
import sys
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

FILES = {"openapi-v3.yaml": "v3", "openapi-v1.yaml": "v1", "openapi.yaml": ""}
"""File name → API version, none for everything that is served."""


class Command(BaseCommand):
    help = (
        "Generate the specifications anew and fail, with a diff, where a file differs."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        different = [name for name in FILES if not self._agrees(name)]
        if different:
            names = ", ".join(different)
            raise CommandError(f"{names}: not what the code serves. See `make spec`.")

    def _agrees(self, name: str) -> bool:
        kept = Path(settings.BASE_DIR, name)
        was = kept.read_text(encoding="utf-8") if kept.exists() else ""
        now = generate(FILES[name])
        if was == now:
            return True
        lines = difflib.unified_diff(
            was.splitlines(keepends=True),
            now.splitlines(keepends=True),
            fromfile=name,
            tofile=f"{name}, generated",
        )
        sys.stdout.writelines(lines)
        return False


def generate(version: str) -> str:
    """Make the document that `manage.py spectacular --api-version VERSION` writes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "openapi.yaml")
        call_command(
            "spectacular",
            file=str(file),
            api_version=version or None,
            fail_on_warn=True,
            validate=True,
        )
        return file.read_text(encoding="utf-8")
