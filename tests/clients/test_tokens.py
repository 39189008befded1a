"""Bad tokens and cookies, on every route."""

from __future__ import annotations

import pytest
import requests

from tests.clients.conftest import Accounts
from tests.clients.routes import (
    OPEN,
    OTHERS,
    PAGES,
    READS,
    Target,
    filled,
    with_cookie,
)
from tests.clients.server import Server


@pytest.mark.parametrize("cookies", [{}, {"sessionid": "{}"}], ids=["bare", "cookie"])
@pytest.mark.parametrize("route", [*OPEN, *OTHERS, *READS, *PAGES])
def test_bad_token__is_401_everywhere(
    server: Server,
    accounts: Accounts,
    target: Target,
    route: str,
    cookies: dict[str, str],
) -> None:
    signed_in = {
        name: value.format(accounts.session_cookie) for name, value in cookies.items()
    }
    for token in ("pat_wrong", accounts.revoked, "é", "x" * 5000):
        answer = server.ask(
            "GET",
            filled(route, target),
            token=None,
            headers={"Authorization": f"Bearer {token}".encode()},
            cookies=signed_in,
            allow_redirects=False,
        )
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Bearer\tpat_wrong", "bearer  pat_wrong", "Bearer"])
@pytest.mark.parametrize("route", ["/api/v3/artifacts", "/admin/", "/no-such-page"])
def test_bad_token__however_it_is_spaced(
    server: Server, accounts: Accounts, route: str, header: str
) -> None:
    answer = server.ask(
        "GET",
        route,
        token=None,
        headers={"Authorization": header},
        cookies={"sessionid": accounts.session_cookie},
        allow_redirects=False,
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("header", ["Basic b3BlcmF0b3I6eA==", "Token x", "Bearer", ""])
def test_other_scheme__is_401(server: Server, accounts: Accounts, header: str) -> None:
    answer = server.ask(
        "GET",
        "/api/v3/artifacts",
        token=None,
        headers={"Authorization": header},
        cookies={"sessionid": accounts.session_cookie},
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("route", OPEN)
def test_open__needs_no_token(server: Server, accounts: Accounts, route: str) -> None:
    for token in (None, accounts.read_only, accounts.other):
        assert server.ask("GET", route, token=token).status_code == 200


def test_session_cookie__reads_v3_alone(
    server: Server, accounts: Accounts, target: Target
) -> None:
    for route in READS:
        answer = with_cookie(server, filled(route, target), accounts.session_cookie)
        assert answer.status_code == (200 if route.startswith("/api/v3/") else 401)


def test_session_cookie__never_widens_a_bearer_request(
    server: Server, accounts: Accounts, target: Target
) -> None:
    for route in READS:
        path = filled(route, target)
        cookie = accounts.session_cookie
        assert with_cookie(server, path, cookie, accounts.other).status_code == 404
        assert with_cookie(server, path, cookie, accounts.expired).status_code == 401
        assert with_cookie(server, path, cookie, accounts.owner).status_code == 200


def test_session_cookie__opens_no_page_to_a_bearer_request(
    server: Server, accounts: Accounts
) -> None:
    page, cookie = "/admin/artifacts/fileartifact/", accounts.session_cookie
    assert with_cookie(server, page, cookie).url.endswith(page)
    for token in (accounts.owner, accounts.other):
        assert "/admin/login/" in with_cookie(server, page, cookie, token).url
    # A proxy's own password is no business of ours.
    header = {
        "Authorization": "Basic b3BlcmF0b3I6eA==",
        "Cookie": f"sessionid={cookie}",
    }
    answer = requests.get(f"{server.url}{page}", headers=header, timeout=120)
    assert answer.status_code == 200
    assert answer.url.endswith(page)
