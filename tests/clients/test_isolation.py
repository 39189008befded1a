"""Every route for every kind of caller: who sees what, and that nobody else does."""

from __future__ import annotations

import secrets
from dataclasses import replace

import pytest

from tests.clients.conftest import Accounts
from tests.clients.routes import (
    READS,
    V1,
    WRITES,
    Target,
    filled,
)
from tests.clients.server import Server
from tests.media import FILES


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
