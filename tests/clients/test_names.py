"""What a put may call a file or a link, and what comes back."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any
from urllib.parse import quote

import pytest

from tests.clients.forms import form, post
from tests.clients.server import Server

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
