"""Uploads on the wire: what is refused, and when."""

from __future__ import annotations

import json
import secrets
import subprocess
from pathlib import Path

import pytest

from tests.clients.forms import MULTIPART, form
from tests.clients.server import Server
from tests.clients.wire import Connection


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
        timeout=120,
    )


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
