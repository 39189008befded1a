"""The response to bytes as it crosses the wire: names, values, ends."""

from __future__ import annotations

import base64
import hashlib
import secrets
from email.utils import parsedate_to_datetime

import pytest

from tests.clients.server import Server
from tests.clients.wire import Answer, Connection
from tests.media import FILES


def path_of(server: Server, content: bytes, filename: str) -> tuple[str, str]:
    """Put a file; give its two addresses, in v1 and in v3."""
    session = f"wire-{secrets.token_hex(4)}"
    stored = server.put(content, session_id=session, filename=filename)
    return (
        f"/v1/artifacts?session_id={session}&object_id={stored['object_id']}",
        f"/api/v3/artifacts/{stored['id']}/content",
    )


def without_date(answer: Answer) -> list[tuple[str, str]]:
    return [header for header in answer.headers if header[0] != "Date"]


@pytest.mark.parametrize("version", [0, 1], ids=["v1", "v3"])
def test_bytes__headers_are_exact(server: Server, version: int) -> None:
    content = FILES["png"]()
    path = path_of(server, content, "plot.png")[version]
    digest = hashlib.sha256(content)
    with Connection(server) as connection:
        answer = connection.ask("GET", path)
    assert answer.status == 200
    assert answer.body == content
    expected = {
        "Content-Type": "image/png",
        "Content-Length": str(len(content)),
        "ETag": f'"{digest.hexdigest()}"',
        "Accept-Ranges": "bytes",
        "Repr-Digest": f"sha-256=:{base64.b64encode(digest.digest()).decode()}:",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Content-Disposition": 'inline; filename="plot.png"',
        "Cache-Control": "private, max-age=31536000, immutable",
    }
    assert {name: answer[name] for name in expected} == expected
    assert parsedate_to_datetime(answer["Last-Modified"]).tzinfo is not None
    assert "Content-Encoding" not in answer
    assert "Transfer-Encoding" not in answer
    assert "Set-Cookie" not in answer


@pytest.mark.parametrize("name", ["txt", "csv", "json", "html", "svg", "md", "url"])
def test_bytes__text_has_no_charset(server: Server, name: str) -> None:
    path, _ = path_of(server, FILES[name](), f"sample.{name}")
    with Connection(server) as connection:
        answer = connection.ask("GET", path)
    assert ";" not in answer["Content-Type"]
    assert answer.body == FILES[name]()


@pytest.mark.parametrize("name", ["svg", "html", "pdf"])
def test_bytes__what_can_run_scripts_is_an_attachment(
    server: Server, name: str
) -> None:
    path, _ = path_of(server, FILES[name](), f"sample.{name}")
    with Connection(server) as connection:
        answer = connection.ask("GET", path)
    disposition = f'attachment; filename="sample.{name}"'
    assert answer["Content-Disposition"] == disposition


def test_bytes__of_an_empty_file_are_none(server: Server) -> None:
    path, _ = path_of(server, b"", "empty.bin")
    with Connection(server) as connection:
        answer = connection.ask("GET", path)
        ranged = connection.ask("GET", path, Range="bytes=0-9")
        assert connection.ask("GET", "/livez").status == 200
    assert (answer.status, answer["Content-Length"]) == (200, "0")
    assert (ranged.status, ranged["Content-Range"]) == (416, "bytes */0")


@pytest.mark.parametrize(
    "accept",
    ["application/json", "image/*", "text/html", "nonsense", "a/b;q=x", "*/*;q=0", ""],
)
def test_bytes__are_given_whatever_is_accepted(server: Server, accept: str) -> None:
    content = FILES["mp3"]()
    with Connection(server) as connection:
        for path in path_of(server, content, "tone.mp3"):
            answer = connection.ask("GET", path, Accept=accept)
            assert (answer.status, answer["Content-Type"]) == (200, "audio/mpeg")
            assert answer.body == content
            missing = connection.ask("GET", path.replace("_id=", "_id=no"))
            assert missing.status in (200, 404, 422)


@pytest.mark.parametrize("accept", ["application/json", "image/*", "nonsense"])
def test_errors__are_json_whatever_is_accepted(server: Server, accept: str) -> None:
    with Connection(server) as connection:
        answer = connection.ask(
            "GET", "/v1/artifacts?session_id=none&object_id=img_000000", Accept=accept
        )
    assert (answer.status, answer["Content-Type"]) == (404, "application/json")


def test_head__has_the_headers_of_get_and_no_body(server: Server) -> None:
    session, execution = "demo-session", "demo-execution"
    path, content = path_of(server, FILES["pdf"](), "report.pdf")
    with Connection(server) as connection:
        for target in (
            path,
            content,
            content.replace("/content", ""),
            content.replace("/content", "/thumbnail"),
            "/api/v3/artifacts",
            f"/v1/artifacts/list?session_id={session}",
            f"/v1/artifacts/list?execution_id={execution}",
            "/v1/health",
            "/v1/domains",
            "/v1/artifacts?session_id=none&object_id=img_000000",
            "/livez",
        ):
            head = connection.ask("HEAD", target)
            got = connection.ask("GET", target)
            assert head.status == got.status, target
            assert without_date(head) == without_date(got), target


def test_head__range_is_ignored(server: Server) -> None:
    path, _ = path_of(server, b"0123456789", "digits.bin")
    with Connection(server) as connection:
        head = connection.ask("HEAD", path, Range="bytes=0-3")
    assert (head.status, head["Content-Length"]) == (200, "10")


def test_connection__stays_in_step_after_every_kind_of_answer(server: Server) -> None:
    path, _ = path_of(server, b"0123456789\x00", "digits.bin")
    with Connection(server) as connection:
        etag = connection.ask("HEAD", path)["ETag"]
        for status, method, headers in (
            (304, "GET", {"If_None_Match": etag}),
            (304, "HEAD", {"If_None_Match": etag}),
            (416, "GET", {"Range": "bytes=99-"}),
            (412, "GET", {"If_Match": '"other"'}),
            (206, "GET", {"Range": "bytes=2-4"}),
            (200, "HEAD", {}),
            (405, "PATCH", {}),
            (200, "OPTIONS", {}),
        ):
            assert connection.ask(method, path, **headers).status == status
            assert connection.ask("GET", path).body == b"0123456789\x00"


def test_connection__pipelined_requests_are_answered_in_order(server: Server) -> None:
    path, _ = path_of(server, b"0123456789", "digits.bin")
    with Connection(server) as connection:
        etag = connection.ask("HEAD", path)["ETag"]
        connection.send("HEAD", path)
        connection.send("GET", path, Range="bytes=3-5")
        connection.send("GET", path, If_None_Match=etag)
        connection.send("GET", path, Range="bytes=50-60")
        connection.send("GET", path)
        answers = [connection.receive(method) for method in ("HEAD", *["GET"] * 4)]
    assert [answer.status for answer in answers] == [200, 206, 304, 416, 200]
    assert answers[1].body == b"345"
    assert answers[4].body == b"0123456789"
