"""Uploads on the wire: what is refused, when, and what names may be."""

from __future__ import annotations

import hashlib
import json
import secrets
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.clients.server import Server
from tests.clients.wire import Answer, Connection

MULTIPART = "multipart/form-data; boundary=limit"
NAMES = (
    "Größe 東京 🦊.bin",
    'say "hello".bin',
    "it's; a=b, c.bin",
    "100% & more + #1?.bin",
    "back\\slash.bin",
    "..hidden..bin",
    " spaced .bin",
    "a" * 251 + ".bin",
)


def curl(server: Server, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            "/usr/bin/curl",
            "--silent",
            "--show-error",
            "--write-out",
            "\n%{http_code}",
            "--header",
            f"Authorization: Bearer {server.token}",
            *arguments,
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def form(*parts: tuple[str, bytes], boundary: str = "limit") -> bytes:
    """Write a multipart body of (Content-Disposition parameters, content)."""
    written = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {given}\r\n\r\n".encode()
        + content
        + b"\r\n"
        for given, content in parts
    )
    return written + f"--{boundary}--\r\n".encode()


def post(server: Server, body: bytes, content_type: str = MULTIPART) -> Answer:
    with Connection(server) as connection:
        connection.send(
            "POST",
            "/v1/artifacts",
            body,
            Content_Type=content_type,
            Content_Length=str(len(body)),
        )
        return connection.receive("POST")


def test_too_large__is_refused_before_the_body_is_sent(server: Server) -> None:
    with Connection(server) as connection:
        connection.send(
            "POST",
            "/v1/artifacts",
            Content_Type=MULTIPART,
            Content_Length=str(3 * 1024**3),
        )
        answer = connection.receive("POST")
    assert answer.status == 413
    assert "accepted" in json.loads(answer.body)["detail"]


def test_too_large__json_is_refused_before_the_body_is_sent(server: Server) -> None:
    with Connection(server) as connection:
        connection.send(
            "POST",
            "/v1/artifacts",
            Content_Type="application/json",
            Content_Length="3000000",
        )
        assert connection.receive("POST").status == 413


@pytest.mark.parametrize("size", [1_000_001, 2_000_000, 30_000_000])
def test_too_large__curl_sees_the_answer(
    small_server: Server, tmp_path: Path, size: int
) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(size))
    url = f"{small_server.url}/v1/artifacts"
    for expect in ("Expect: 100-continue", "Expect:"):
        done = curl(
            small_server,
            "-H",
            expect,
            "-F",
            "session_id=s",
            "-F",
            f"file=@{large}",
            url,
        )
        assert done.returncode == 0, done.stderr
        body, _, status = done.stdout.rpartition("\n")
        assert status == "413"
        assert json.loads(body)["detail"]


def test_largest__is_accepted(small_server: Server) -> None:
    assert small_server.put(bytes(1_000_000), session_id="s")["bytes"] == 1_000_000


def test_too_large__leaves_nothing_behind(small_server: Server) -> None:
    answer = small_server.ask(
        "POST",
        "/v1/artifacts",
        data={"session_id": "nothing-left"},
        files={"file": ("large.bin", bytes(1_000_001))},
    )
    assert answer.status_code == 413
    listing = "/v1/artifacts/list?session_id=nothing-left"
    assert small_server.ask("GET", listing).status_code == 404
    assert list((small_server.data_dir / "staging").iterdir()) == []


def test_broken_off__leaves_nothing_behind(server: Server) -> None:
    session = f"broken-{secrets.token_hex(4)}"
    body = form(
        (f'name="session_id"\r\n\r\n{session}', b""),
        ('name="file"; filename="half.bin"', bytes(2_000_000)),
    )
    with Connection(server) as connection:
        connection.send(
            "POST",
            "/v1/artifacts",
            body[:1_000_000],
            Content_Type=MULTIPART,
            Content_Length=str(len(body)),
        )
    listing = f"/v1/artifacts/list?session_id={session}"
    assert server.ask("GET", listing).status_code == 404


def test_chunked__needs_a_length(server: Server) -> None:
    with Connection(server) as connection:
        connection.send(
            "POST",
            "/v1/artifacts",
            b"5\r\nhello\r\n0\r\n\r\n",
            Content_Type=MULTIPART,
            Transfer_Encoding="chunked",
        )
        assert connection.receive("POST").status == 411
        assert connection.ask("GET", "/livez").status == 200


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", ["field", "disposition"])
def test_filename__comes_back_as_it_was_sent(
    server: Server, name: str, place: str
) -> None:
    session = f"names-{secrets.token_hex(4)}"
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    own = escaped if place == "disposition" else "other.bin"
    parts = [
        ('name="session_id"', session.encode()),
        (f'name="file"; filename="{own}"', b"\x00content"),
    ]
    if place == "field":
        parts.append(('name="filename"', name.encode()))
    answer = post(server, form(*parts))
    assert answer.status == 201, answer.body
    stored = json.loads(answer.body)
    # A path in a file's own name is a browser's: its last part is the name.
    assert stored["filename"] == (
        name.rpartition("\\")[2] if place == "disposition" else name
    )
    by_name = f"session_id={session}&filename={quote(stored['filename'])}"
    got = server.ask("GET", f"/v1/artifacts?{by_name}")
    assert (got.status_code, got.content) == (200, b"\x00content")


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a/../b.bin"])
def test_filename__is_never_a_path(server: Server, name: str) -> None:
    before = set(server.data_dir.iterdir())
    session = f"paths-{secrets.token_hex(4)}"
    answer = post(
        server,
        form(
            ('name="session_id"', session.encode()),
            (f'name="file"; filename="{name}"', b"\x00content"),
            ('name="filename"', name.encode()),
        ),
    )
    stored = json.loads(answer.body)
    assert (answer.status, stored["filename"]) == (201, name)
    path = f"/v1/artifacts?session_id={session}&filename={quote(name, safe='')}"
    got = server.ask("GET", path)
    assert got.content == b"\x00content"
    assert "\n" not in got.headers["Content-Disposition"]
    metadata = server.ask("GET", f"/api/v3/artifacts/{stored['id']}").json()
    assert name not in metadata["storage_path"]
    assert set(server.data_dir.iterdir()) == before


@pytest.mark.parametrize("name", ["a\nb.bin", "a\r\nSet-Cookie: x=1", "\x00", "\x7f"])
def test_filename__with_a_control_character_is_refused(
    server: Server, name: str
) -> None:
    session = f"control-{secrets.token_hex(4)}"
    answer = server.ask(
        "POST",
        "/v1/artifacts",
        data={"session_id": session, "filename": name},
        files={"file": ("plain.bin", b"\x00")},
    )
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", "filename"]


def sent_as(server: Server, disposition: str) -> tuple[int, dict[str, Any]]:
    parts = [
        ('name="session_id"', f"sent-{secrets.token_hex(4)}".encode()),
        (f'name="file"; filename="{disposition}"', b"\x00content"),
    ]
    answer = post(server, form(*parts))
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize("name", ["R&amp;D.txt", "a&copy=1.txt", "x" * 255])
def test_filename__of_the_file_is_kept_to_the_letter(server: Server, name: str) -> None:
    status, stored = sent_as(server, name)
    assert (status, stored["filename"]) == (201, name)


@pytest.mark.parametrize("name", ["x" * 256, "..", ".", "/", "C:\\\\"])
def test_filename__that_is_none_is_refused(server: Server, name: str) -> None:
    status, refused = sent_as(server, name)
    assert status == 422
    assert refused["detail"][0]["loc"][-1] in ("file", "filename")


def test_link__announced_digest_is_compared(server: Server) -> None:
    url, session = "https://example.com/a.pdf", f"link-{secrets.token_hex(4)}"
    for digest, status in (
        ("0" * 64, 409),
        (hashlib.sha256(url.encode()).hexdigest(), 201),
    ):
        body = {"session_id": session, "url": url, "sha256": digest}
        answer = server.ask("POST", "/v1/artifacts", json=body)
        assert answer.status_code == status, answer.text


def test_link__beside_a_file_is_refused(server: Server) -> None:
    answer = server.ask(
        "POST",
        "/v1/artifacts",
        data={"session_id": "both", "url": "https://example.com/"},
        files={"file": ("plain.bin", b"\x00")},
    )
    assert answer.status_code == 422
    assert "not both" in answer.text


def test_link__password_is_not_its_name(server: Server) -> None:
    body = {"session_id": "secret", "url": "https://user:pw@example.com/"}
    stored = server.ask("POST", "/v1/artifacts", json=body).json()
    assert stored["filename"] == "example.com"
