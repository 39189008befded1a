"""`manage.py copy_database SOURCE`: from one kind of database to another, exactly."""

from __future__ import annotations

from typing import Any

import environ
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.management.color import no_style
from django.db import Error as DatabaseError, connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model
from django.db.utils import ConnectionHandler

SOURCE = "source"
BATCH = 1000
_MADE_BY_MIGRATE = ("contenttypes.contenttype", "auth.permission")
"""Models whose rows migrations make; other rows name them by number."""


class Command(BaseCommand):
    help = (
        "Copy another database into this one, which is new: every row with its number, "
        "and times to the microsecond. Stop the service first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "source", help="the URL of the other one, such as sqlite:///var/db.sqlite3"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        _connect(options["source"])
        try:
            self._copy()
        except DatabaseError as error:
            said = " ".join(str(error).split())
            raise CommandError(f"Nothing was copied: {said}") from error
        finally:
            connections[SOURCE].close()
            del connections[SOURCE]

    def _copy(self) -> None:
        _refuse_another_version()
        models = [
            model
            for model in apps.get_models(include_auto_created=True)
            if model._meta.managed and not model._meta.proxy
        ]
        with transaction.atomic():
            _refuse_a_database_in_use(models)
            # Row by row in any order: foreign keys are looked at when it commits.
            for model in reversed(models):
                model._base_manager.all()._raw_delete(using="default")  # noqa: SLF001 - no signals, no cascade
            for model in models:
                copied = _copy_rows(model)
                if copied:
                    self.stdout.write(f"{model._meta.label_lower}: {copied}")
            _reset_sequences(models)
        self.stdout.write("Copied. The old database is as it was.")


def _connect(url: str) -> None:
    try:
        config = environ.Env.db_url_config(url)
    except (ImproperlyConfigured, ValueError) as error:
        raise CommandError("This is not the URL of a database.") from error
    if not config.get("ENGINE"):
        raise CommandError("This is not the URL of a database.")
    handler = ConnectionHandler({"default": connection.settings_dict, SOURCE: config})
    connections[SOURCE] = handler[SOURCE]


def _refuse_another_version() -> None:
    here = set(MigrationRecorder(connection).applied_migrations())
    there = set(MigrationRecorder(connections[SOURCE]).applied_migrations())
    if not there:
        raise CommandError("The other database has no tables of this service.")
    if here != there:
        raise CommandError(
            "The two databases are of different versions: run `manage.py migrate` on "
            "each, with DATABASE_URL set to it."
        )


def _refuse_a_database_in_use(models: list[type[Model]]) -> None:
    for model in models:
        if model._meta.label_lower in _MADE_BY_MIGRATE:
            continue
        if model._base_manager.exists():
            raise CommandError(
                f"This database is in use: it has rows of {model._meta.label_lower}."
            )


def _copy_rows(model: type[Model]) -> int:
    rows = model._base_manager.using(SOURCE).order_by("pk")
    copied, batch = 0, list(rows[:BATCH])
    while batch:
        model._base_manager.using("default").bulk_create(batch)
        copied += len(batch)
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])
    there = rows.count()
    if copied != there:
        raise CommandError(
            f"The other database is being written: it has {there} rows of "
            f"{model._meta.label_lower}, and {copied} were copied. Stop the service."
        )
    return copied


def _reset_sequences(models: list[type[Model]]) -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
