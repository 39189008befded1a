"""Ranges and conditional requests on the wire, as RFC 9110 has them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator

import pytest
import requests

from tests.clients.server import Server
from tests.clients.wire import Connection

CONTENT = bytes(range(256)) * 4
LARGE = 50_000_000
YESTERYEAR = "Sat, 01 Jan 2000 00:00:00 GMT"
TO_COME = "Fri, 01 Jan 2100 00:00:00 GMT"


@pytest.fixture(scope="module")
def path(server: Server) -> str:
    session = f"conditions-{secrets.token_hex(4)}"
    stored = server.put(CONTENT, session_id=session)
    return f"/v1/artifacts?session_id={session}&object_id={stored['object_id']}"


@pytest.fixture
def connection(server: Server) -> Iterator[Connection]:
    with Connection(server) as connection:
        yield connection


@pytest.mark.parametrize(
    ("given", "start", "stop"),
    [
        ("bytes=0-9", 0, 10),
        ("bytes=5-", 5, 1024),
        ("bytes=-5", 1019, 1024),
        ("bytes=-5000", 0, 1024),
        ("bytes=1000-99999", 1000, 1024),
        ("bytes=1023-1023", 1023, 1024),
    ],
)
def test_range__gives_the_part(
    connection: Connection, path: str, given: str, start: int, stop: int
) -> None:
    answer = connection.ask("GET", path, Range=given)
    assert answer.status == 206
    assert answer.body == CONTENT[start:stop]
    assert answer["Content-Range"] == f"bytes {start}-{stop - 1}/1024"
    assert answer["Content-Length"] == str(stop - start)
    whole = connection.ask("GET", path)
    assert answer["ETag"] == whole["ETag"]
    assert answer["Repr-Digest"] == whole["Repr-Digest"]


@pytest.mark.parametrize("given", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_range__beyond_the_end_is_416(
    connection: Connection, path: str, given: str
) -> None:
    answer = connection.ask("GET", path, Range=given)
    assert (answer.status, answer["Content-Range"]) == (416, "bytes */1024")
    assert answer.body == b""
    assert "Cache-Control" not in answer


@pytest.mark.parametrize(
    "given",
    [
        "bytes=0-1,4-5",
        "bytes=9-2",
        "bytes=a-b",
        "bytes=-",
        "bytes",
        "bytes=0 - 9",
        "octets=0-9",
        "bytes=99999999999999999999999-",
        "bytes=\u0660-\u0669".encode().decode("latin-1"),
    ],
)
def test_range__several_or_malformed_gives_the_whole(
    connection: Connection, path: str, given: str
) -> None:
    answer = connection.ask("GET", path, Range=given)
    assert (answer.status, answer.body) == (200, CONTENT)


def test_if_range__decides_on_part_or_whole(connection: Connection, path: str) -> None:
    head = connection.ask("HEAD", path)
    for validator, status in {
        head["ETag"]: 206,
        head["Last-Modified"]: 206,
        '"other"': 200,
        f"W/{head['ETag']}": 200,
        YESTERYEAR: 200,
        TO_COME: 200,
    }.items():
        answer = connection.ask("GET", path, Range="bytes=0-9", If_Range=validator)
        assert answer.status == status, validator


def test_conditions__give_304_without_a_body(connection: Connection, path: str) -> None:
    whole = connection.ask("HEAD", path)
    etag, modified = whole["ETag"], whole["Last-Modified"]
    for headers in (
        {"If_None_Match": etag},
        {"If_None_Match": f'"other", W/{etag}'},
        {"If_None_Match": "*"},
        {"If_None_Match": etag, "If_Modified_Since": YESTERYEAR},
        {"If_None_Match": etag, "Range": "bytes=0-9"},
        {"If_Modified_Since": modified},
        {"If_Modified_Since": TO_COME},
    ):
        answer = connection.ask("GET", path, **headers)
        assert answer.status == 304, headers
        for name in ("ETag", "Last-Modified", "Cache-Control", "Vary"):
            assert answer[name] == whole[name]
        for name in ("Content-Type", "Content-Range", "Transfer-Encoding"):
            assert name not in answer


def test_conditions__that_fail_give_the_whole(
    connection: Connection, path: str
) -> None:
    modified = connection.ask("HEAD", path)["Last-Modified"]
    for headers in (
        {"If_None_Match": '"other"'},
        {"If_None_Match": '"other"', "If_Modified_Since": modified},
        {"If_Modified_Since": YESTERYEAR},
        {"If_Modified_Since": "no date"},
    ):
        answer = connection.ask("GET", path, **headers)
        assert (answer.status, answer.body) == (200, CONTENT), headers


def test_preconditions__that_fail_give_412(connection: Connection, path: str) -> None:
    etag = connection.ask("HEAD", path)["ETag"]
    for headers, status in (
        ({"If_Match": '"other"'}, 412),
        ({"If_Match": f"W/{etag}"}, 412),
        ({"If_Unmodified_Since": YESTERYEAR}, 412),
        ({"If_Match": etag}, 200),
        ({"If_Match": "*"}, 200),
        ({"If_Unmodified_Since": TO_COME}, 200),
    ):
        assert connection.ask("GET", path, **headers).status == status, headers


def test_conditions__come_after_permission(server: Server, path: str) -> None:
    with Connection(server) as owner:
        etag = owner.ask("HEAD", path)["ETag"]
    stranger = server.manage("create_token", "stranger")
    for token, status in (("pat_wrong", 401), (None, 401), (stranger, 404)):
        with Connection(server, token=token) as connection:
            for headers in (
                {"If_None_Match": etag},
                {"If_Match": '"other"'},
                {"Range": "bytes=5000-"},
            ):
                answer = connection.ask("GET", path, **headers)
                assert answer.status == status
                assert "ETag" not in answer
                assert "Content-Range" not in answer


def test_large_file__is_the_same_whole_and_in_parts(server: Server) -> None:
    content = secrets.token_bytes(1_000_000) * (LARGE // 1_000_000)
    session = f"large-{secrets.token_hex(4)}"
    stored = server.put(content, session_id=session, filename="large.bin")
    assert stored["sha256"] == hashlib.sha256(content).hexdigest()
    url = f"/v1/artifacts?session_id={session}&object_id={stored['object_id']}"
    received = hashlib.sha256()
    with server.ask("GET", url, stream=True) as answer:
        for block in answer.iter_content(1 << 20):
            received.update(block)
    assert received.hexdigest() == stored["sha256"]

    middle, parts = LARGE // 3, []
    for given in (f"bytes=0-{middle - 1}", f"bytes={middle}-"):
        part = server.ask("GET", url, headers={"Range": given})
        assert part.status_code == requests.codes.partial_content
        parts.append(part.content)
    assert b"".join(parts) == content
