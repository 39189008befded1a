"""`manage.py list_tokens [USERNAME]`: whose tokens there are, never the tokens."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from artifacts.management.accounts import existing_user
from artifacts.models import AccessToken


class Command(BaseCommand):
    help = "List the tokens, newest first, by number and first characters."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", nargs="?", help="only this user's")

    def handle(self, *args: Any, **options: Any) -> None:
        tokens = AccessToken.objects.select_related("user")
        if options["username"] is not None:
            tokens = tokens.filter(user=existing_user(options["username"]))
        row = "{:>6}  {:<10} {:<16} {:<6} {:<8} {:<10}  {}"
        head = row.format(
            "number", "begins", "user", "scope", "state", "until", "what for"
        )
        self.stdout.write(head)
        for token in tokens:
            self.stdout.write(
                row.format(
                    token.pk,
                    token.hint,
                    token.user.get_username(),
                    token.scope,
                    token.state,
                    f"{token.expires_at:%Y-%m-%d}",
                    token.name,
                )
            )
