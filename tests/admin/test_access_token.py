from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from artifacts.models import AccessToken

LIST = "/admin/artifacts/accesstoken/"


@pytest.fixture
def token(user: User) -> AccessToken:
    return AccessToken.objects.issue(user=user, days=1, scope="read", name="laptop")[0]


def test_add__shows_the_secret_once(admin_client: Client, user: User) -> None:
    body = {"user": user.pk, "name": "ci", "scope": "write", "days": 7}

    response = admin_client.post(f"{LIST}add/", body)

    token = AccessToken.objects.get()
    secret = response.context["secret"]
    assert AccessToken.objects.find(secret) == token
    assert f'id="secret">{secret}</code>' in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert (token.user, token.name, token.scope) == (user, "ci", "write")
    assert token.expires_at - timezone.now() > timedelta(days=6, hours=23)
    for path in ("", f"{token.pk}/change/", f"{token.pk}/history/"):
        page = admin_client.get(f"{LIST}{path}").content.decode()
        assert secret not in page
        assert token.digest not in page
        assert token.hint in page
    assert secret not in str(dict(admin_client.session))


@pytest.mark.parametrize(("name", "value"), [("days", 0), ("days", 36501), ("user", 0)])
def test_add__bad_value__makes_none(
    admin_client: Client, user: User, name: str, value: int
) -> None:
    body = {"user": user.pk, "scope": "read", "days": 7} | {name: value}

    response = admin_client.post(f"{LIST}add/", body)

    assert list(response.context["adminform"].form.errors) == [name]
    assert not AccessToken.objects.exists()


def test_add__form__begins_with_the_configured_days(admin_client: Client) -> None:
    page = admin_client.get(f"{LIST}add/").content.decode()

    assert 'name="days" value="90"' in page
    assert "Save and add another" not in page


@pytest.mark.parametrize("state", ["usable", "expired", "revoked"])
def test_list__by_state(admin_client: Client, user: User, state: str) -> None:
    now = timezone.now()
    changes = {
        "usable": {},
        "expired": {"expires_at": now},
        "revoked": {"revoked_at": now},
    }
    for name, fields in changes.items():
        made, _ = AccessToken.objects.issue(user=user, days=1, scope="read", name=name)
        AccessToken.objects.filter(pk=made.pk).update(**fields)

    response = admin_client.get(f"{LIST}?state={state}")

    assert [token.name for token in response.context["cl"].result_list] == [state]
    assert f"{state}</span>" in response.content.decode()
    assert len(admin_client.get(LIST).context["cl"].result_list) == 3


def test_revoke__selected(admin_client: Client, token: AccessToken) -> None:
    body = {"action": "revoke", "_selected_action": [token.pk]}

    assert b"Revoked 1 token." in admin_client.post(LIST, body, follow=True).content
    assert b"Revoked 0 tokens." in admin_client.post(LIST, body, follow=True).content
    token.refresh_from_db()
    assert token.state == "revoked"


def test_revoke__button(operator: Callable[..., Client], token: AccessToken) -> None:
    client = operator("view_accesstoken", "change_accesstoken")
    page = client.get(f"{LIST}{token.pk}/change/").content.decode()
    assert f'action="{LIST}{token.pk}/perform/revoke/"' in page

    client.post(f"{LIST}{token.pk}/perform/revoke/")

    token.refresh_from_db()
    assert token.state == "revoked"


def test_delete__is_not_offered(admin_client: Client, token: AccessToken) -> None:
    page = admin_client.get(f"{LIST}{token.pk}/change/").content.decode()

    assert "deletelink" not in page
    assert "delete_selected" not in admin_client.get(LIST).content.decode()
    assert (
        admin_client.post(f"{LIST}{token.pk}/delete/", {"post": "yes"}).status_code
        == 403
    )


def test_delete__of_the_user__takes_the_tokens(
    admin_client: Client, token: AccessToken, user: User
) -> None:
    admin_client.post(f"/admin/auth/user/{user.pk}/delete/", {"post": "yes"})

    assert not AccessToken.objects.exists()


def test_viewer__changes_nothing(
    operator: Callable[..., Client], token: AccessToken
) -> None:
    client = operator("view_accesstoken")

    assert client.get(f"{LIST}add/").status_code == 403
    assert b"Revoke it" not in client.get(f"{LIST}{token.pk}/change/").content
    assert client.post(f"{LIST}{token.pk}/perform/revoke/").status_code == 404
