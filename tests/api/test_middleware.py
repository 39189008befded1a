"""Routes of no API, for requests that carry a token."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from artifacts.models import AccessToken

PAGES = ("/", "/admin/", "/static/artifacts/logo.svg", "/admin", "/no-such-page")


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.mark.parametrize("path", PAGES)
def test_bad_token__is_refused(admin_client: Client, path: str) -> None:
    response = admin_client.get(path, headers=bearer("pat_wrong"))
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("path", "status"), [*zip(PAGES, (302, 302, 200, 301, 404), strict=True)]
)
def test_good_token__opens_nothing_and_no_cookie_does_beside_it(
    admin_client: Client, admin_user: User, path: str, status: int
) -> None:
    _, secret = AccessToken.objects.issue(user=admin_user, days=1, scope="write")
    response = admin_client.get(path, headers=bearer(secret))
    assert response.status_code == status
    if path == "/admin/":
        assert admin_client.get(path).status_code == 200
    if response.streaming:
        response.close()


def test_good_token__may_look_at_the_form_to_sign_in(
    client: Client, admin_user: User
) -> None:
    _, secret = AccessToken.objects.issue(user=admin_user, days=1, scope="write")
    page = client.get("/admin/login/", headers=bearer(secret))
    assert page.status_code == 200
    assert b"csrfmiddlewaretoken" in page.content
