"""`manage.py revoke_token NUMBER_OR_TOKEN`: end a token at once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from artifacts.models import AccessToken


class Command(BaseCommand):
    help = "Revoke a token, named by its number in list_tokens or by itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("token", help="the number, or the whole token")

    def handle(self, *args: Any, **options: Any) -> None:
        given: str = options["token"]
        if given.isascii() and given.isdigit():
            token = AccessToken.objects.filter(pk=given).first()
        else:
            token = AccessToken.objects.find(given)
        if token is None:
            raise CommandError("There is no such usable token; see list_tokens.")
        token.revoke()
        self.stdout.write(f"Token {token.pk} ({token}) is revoked.")
