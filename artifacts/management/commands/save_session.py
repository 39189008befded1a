"""`manage.py save_session USERNAME ID`: move a session to the persisted store."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from artifacts import selectors, services
from artifacts.exceptions import ArtifactError
from artifacts.management.accounts import existing_user
from artifacts.refs import NamespaceKind, NamespaceRef


class Command(BaseCommand):
    help = "Save a session (or, with --execution, an execution) of a user. Idempotent."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("id", help="the session's id, as its client gave it")
        parser.add_argument(
            "--execution", action="store_true", help="the id is an execution's"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = existing_user(options["username"])
        kind = NamespaceKind("execution" if options["execution"] else "session")
        try:
            namespace = selectors.get_namespace(user, NamespaceRef(kind, options["id"]))
            services.save_namespace(namespace)
        except ArtifactError as error:
            raise CommandError(str(error)) from error
        count = namespace.artifacts.count()
        self.stdout.write(f"Saved {namespace} of {user}: {count} artifacts.")
