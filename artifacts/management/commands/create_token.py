"""`manage.py create_token USERNAME`: a new token, alone on standard output."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from artifacts.conf import conf
from artifacts.exceptions import InvalidError
from artifacts.management.accounts import user_named
from artifacts.models import AccessToken
from artifacts.models.access_token import MAX_DAYS, Scope
from artifacts.refs import check_text


class Command(BaseCommand):
    help = "Make a token for a user, who is created where missing. It is shown once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--days",
            type=int,
            default=conf.ARTIFACTS_TOKEN_DAYS,
            help="how long it is good for (default: %(default)s)",
        )
        parser.add_argument(
            "--scope",
            choices=Scope.values,
            default=Scope.WRITE.value,
            help="what it may do; writing includes reading (default: %(default)s)",
        )
        parser.add_argument("--name", default="", help="what it is for")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["days"] <= MAX_DAYS:
            raise CommandError(f"--days takes a number from 1 to {MAX_DAYS}.")
        _check_name(options["name"])
        token, secret = AccessToken.objects.issue(
            user=user_named(options["username"]),
            days=options["days"],
            scope=options["scope"],
            name=options["name"],
        )
        self.stdout.write(secret)
        self.stderr.write(
            f"A {token.scope} token of {token.user}, until {token.expires_at:%Y-%m-%d}."
        )


def _check_name(name: str) -> None:
    try:
        if name:
            check_text(name, field="name")
        AccessToken._meta.get_field("name").clean(name, None)
    except InvalidError as error:
        raise CommandError(f"--name: {error}") from error
    except ValidationError as error:
        raise CommandError(f"--name: {error.messages[0]}") from error
