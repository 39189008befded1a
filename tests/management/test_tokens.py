from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from artifacts.models import AccessToken


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    call_command(*arguments)
    return capsys.readouterr().out


def test_create_token__alone_on_standard_output(
    db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    out = run(capsys, "create_token", "carol")
    assert re.fullmatch(r"pat_[\w-]{43}\n", out)
    token = AccessToken.objects.find(out.strip())
    assert token is not None
    assert (token.user.username, token.scope) == ("carol", "write")
    assert not token.user.has_usable_password()


def test_create_token__days_and_scope(
    user: User, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "create_token", "alice", "--days", "2", "--scope", "read")
    token = AccessToken.objects.get()
    assert (token.user, token.scope) == (user, "read")
    left = token.expires_at - timezone.now()
    assert timedelta(days=1, hours=23) < left < timedelta(days=2)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--days", "0"],
        ["--scope", "admin"],
        ["--name", "x" * 101],
        ["--name", "a\nb"],
    ],
)
def test_create_token__refuses(arguments: list[str], db: None) -> None:
    with pytest.raises(CommandError):
        call_command("create_token", "alice", *arguments)
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("name", ["", "a\nb", "u" * 300, "bad user/name", "\udcff"])
def test_create_token__makes_no_user_of_a_bad_name(name: str, db: None) -> None:
    """Each of these became a user, or a traceback."""
    with pytest.raises(CommandError, match="User name"):
        call_command("create_token", name)
    assert not User.objects.exists()


def test_create_token__for_a_user_made_by_other_means(db: None) -> None:
    user = User.objects.create(username="bad user/name")
    call_command("create_token", "bad user/name")
    assert AccessToken.objects.get().user == user


def test_create_token__name_that_is_written_otherwise(db: None) -> None:
    """Unicode has two spellings; the user is made with one of them."""
    for name in ("jose\u0301", "jos\u00e9", "jose\u0301"):
        call_command("create_token", name, "--name", "n" * 100)
    assert User.objects.get().username == "jos\u00e9"


def test_create_token__for_nobody_who_was_shut_out(user: User) -> None:
    User.objects.update(is_active=False)
    with pytest.raises(CommandError, match="not active"):
        call_command("create_token", "alice")


def test_secret__is_nowhere_in_the_database(user: User) -> None:
    token, secret = AccessToken.objects.issue(user=user, days=1, scope="read")
    values = [str(value) for value in vars(token).values()]
    assert not any(secret in value for value in values)


def test_find__only_what_is_usable(user: User) -> None:
    tokens = AccessToken.objects
    _, usable = tokens.issue(user=user, days=1, scope="read")
    revoked, secret = tokens.issue(user=user, days=1, scope="read")
    revoked.revoke()
    _, expired = tokens.issue(user=user, days=-1, scope="read")
    assert tokens.find(usable)
    assert not any(map(tokens.find, (secret, expired, "", "pat_", usable[:-1])))
    User.objects.update(is_active=False)
    assert not tokens.find(usable)


def test_find__one_query(
    user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _, secret = AccessToken.objects.issue(user=user, days=1, scope="read")
    with django_assert_num_queries(1):
        found = AccessToken.objects.find(secret)
        assert found is not None
        assert found.user.username == "alice"


def test_list_tokens__whose_and_in_what_state(
    user: User, other_user: User, capsys: pytest.CaptureFixture[str]
) -> None:
    token, secret = AccessToken.objects.issue(
        user=user, days=1, scope="read", name="ci"
    )
    AccessToken.objects.issue(user=other_user, days=1, scope="read")
    AccessToken.objects.issue(user=user, days=-1, scope="read")
    token.revoke()
    out = run(capsys, "list_tokens", "alice")
    assert secret not in out
    assert secret[:8] in out
    assert {"revoked", "expired", "alice", "ci"} <= set(out.split())
    assert "bob" not in out
    assert "bob" in run(capsys, "list_tokens")


@pytest.mark.parametrize("name", ["nobody", "", "\udcff"])
def test_list_tokens__of_nobody(name: str, user: User) -> None:
    with pytest.raises(CommandError, match="There is no user"):
        call_command("list_tokens", name)


@pytest.mark.parametrize("by", ["number", "token"])
def test_revoke_token__at_once(
    by: str, user: User, capsys: pytest.CaptureFixture[str]
) -> None:
    token, secret = AccessToken.objects.issue(user=user, days=1, scope="read")
    given = str(token.pk) if by == "number" else secret
    assert "revoked" in run(capsys, "revoke_token", given)
    assert AccessToken.objects.find(secret) is None
    token.refresh_from_db()
    before = token.revoked_at
    token.revoke()
    assert token.revoked_at == before


@pytest.mark.parametrize("given", ["999", "pat_unknown"])
def test_revoke_token__unknown(given: str, db: None) -> None:
    with pytest.raises(CommandError, match="no such"):
        call_command("revoke_token", given)
