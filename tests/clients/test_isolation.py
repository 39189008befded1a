"""Every route for every kind of caller: who sees what, and that nobody else does."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

import pytest
import requests

from tests.clients.conftest import Accounts
from tests.clients.server import Server
from tests.media import FILES


@dataclass(frozen=True, slots=True)
class Target:
    """What the routes below are filled in with."""

    id: str
    object_id: str
    session: str


V1 = "/v1/artifacts?session_id={session}&object_id={object_id}"
READS = (
    "/api/v3/artifacts/{id}",
    "/api/v3/artifacts/{id}/content",
    "/api/v3/artifacts/{id}/thumbnail",
    V1,
    "/v1/artifacts?session_id={session}&filename=plot.png",
    "/v1/artifacts/list?session_id={session}",
)
"""Routes that read one user's things."""
WRITES = (("POST", "/v1/sessions/{session}/save"), ("DELETE", V1))
OPEN = ("/v1/health", "/livez", "/readyz", "/api/schema/", "/api/docs/")
"""Routes that need no token."""
OTHERS = (
    "/v1/domains",
    "/api/v3/artifacts",
    "/v1/no-such-route",
    "/v1/artifacts/",
    "/v1/",
    "/api/v3/no-such-route",
    "/api/v3/artifacts/",
)
PAGES = (
    "/",
    "/admin/",
    "/admin/login/",
    "/admin/artifacts/fileartifact/",
    "/api-auth/login/",
    "/static/artifacts/logo.svg",
    "/favicon.ico",
    "/api/docs",
    "/no-such-page",
)
"""Routes of no API."""


@pytest.fixture
def target(server: Server, accounts: Accounts) -> Target:
    session = f"private-{secrets.token_hex(4)}"
    stored = server.put(
        FILES["png"](), session_id=session, filename="plot.png", token=accounts.owner
    )
    return Target(stored["id"], stored["object_id"], session)


def filled(route: str, target: Target) -> str:
    return route.format(
        id=target.id, object_id=target.object_id, session=target.session
    )


def with_cookie(
    server: Server, path: str, cookie: str, token: str | None = None
) -> requests.Response:
    return server.ask("GET", path, token=token, cookies={"sessionid": cookie})


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("route", READS)
def test_read__table(
    server: Server, accounts: Accounts, target: Target, route: str, method: str
) -> None:
    path = filled(route, target)
    for token, status in (
        (accounts.owner, 200),
        (accounts.read_only, 200),
        (accounts.other, 404),
        (None, 401),
        (accounts.revoked, 401),
        (accounts.expired, 401),
        ("pat_wrong", 401),
    ):
        answer = server.ask(method, path, token=token)
        assert answer.status_code == status, token
        if status == 401:
            assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "route"), WRITES)
def test_write__table(
    server: Server, accounts: Accounts, target: Target, method: str, route: str
) -> None:
    path = filled(route, target)
    for token, status in (
        (accounts.other, 404),
        (accounts.read_only, 403),
        (None, 401),
        (accounts.revoked, 401),
        (accounts.expired, 401),
        (accounts.owner, 204 if method == "DELETE" else 200),
    ):
        answer = server.ask(method, path, token=token)
        assert answer.status_code == status, token


def test_put__table(server: Server, accounts: Accounts) -> None:
    for token, status in (
        (accounts.read_only, 403),
        (None, 401),
        (accounts.revoked, 401),
        (accounts.expired, 401),
        (accounts.owner, 201),
    ):
        answer = server.ask(
            "POST",
            "/v1/artifacts",
            token=token,
            data={"session_id": "put-table"},
            files={"file": ("a.bin", b"\x00")},
        )
        assert answer.status_code == status, token


@pytest.mark.parametrize(
    ("method", "route"), [*(("GET", route) for route in READS), *WRITES]
)
def test_others__are_exactly_like_missing_ones(
    server: Server, accounts: Accounts, target: Target, method: str, route: str
) -> None:
    missing = Target(
        f"{target.id[:-8]}{secrets.token_hex(4)}",
        f"img_{secrets.token_hex(3)}",
        f"private-{secrets.token_hex(4)}",
    )
    theirs = server.ask(method, filled(route, target), token=accounts.other)
    nobodys = server.ask(method, filled(route, missing), token=accounts.other)
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.text.replace(target.id, missing.id) == nobodys.text
    same = [
        {name: value for name, value in answer.headers.items() if name != "Date"}
        for answer in (theirs, nobodys)
    ]
    assert same[0] == same[1]


def test_others__object_in_a_session_of_the_same_name_is_missing(
    server: Server, accounts: Accounts, target: Target
) -> None:
    mine = server.put(
        b"\x00mine",
        session_id=target.session,
        filename="plot.png",
        token=accounts.other,
    )
    path = filled(READS[4], target)
    assert server.ask("GET", path, token=accounts.other).content == b"\x00mine"
    assert server.ask("GET", path, token=accounts.owner).content == FILES["png"]()
    theirs = replace(target, object_id=mine["object_id"])
    answer = server.ask("GET", filled(V1, theirs), token=accounts.owner)
    assert answer.status_code == 404


def test_lists__show_the_callers_alone(
    server: Server, accounts: Accounts, target: Target
) -> None:
    query = f"/api/v3/artifacts?session_id={target.session}"
    mine = server.ask("GET", query, token=accounts.owner).json()["results"]
    theirs = server.ask("GET", query, token=accounts.other).json()["results"]
    assert [found["id"] for found in mine] == [target.id]
    assert theirs == []


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
    answer = requests.get(f"{server.url}{page}", headers=header, timeout=10)
    assert answer.status_code == 200
    assert answer.url.endswith(page)
