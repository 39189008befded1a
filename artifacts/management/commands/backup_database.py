"""`manage.py backup_database FILE`: a copy of SQLite's database while it is in use."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection


class Command(BaseCommand):
    help = (
        "Copy the SQLite database to a new file, whole and of one moment, while the "
        "service runs. PostgreSQL has pg_dump."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor != "sqlite":
            raise CommandError("This is for SQLite: back PostgreSQL up by pg_dump.")
        path: Path = options["file"]
        try:
            # Its owner's alone, as it has the digests of tokens and passwords.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}.") from error
        source = f"file:{Path(connection.settings_dict['NAME']).resolve()}?mode=ro"
        with (
            closing(sqlite3.connect(source, uri=True)) as database,
            closing(sqlite3.connect(path)) as copy,
        ):
            database.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
        self.stdout.write(f"Copied to {path}.")
