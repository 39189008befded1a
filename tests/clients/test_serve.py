"""`make serve`, as the README has it: the first start, and those after it."""

from __future__ import annotations

import re
from pathlib import Path

import requests

from tests.clients.server import Server, start


def test_first_start__prints_commands_that_work(server: Server) -> None:
    metadata, content, listing = re.findall(
        r'curl -H "Authorization: Bearer \$TOKEN" "?(http[^" \n]+)', server.printed
    )[:3]
    headers = {"Authorization": f"Bearer {server.token}"}
    picture = requests.get(metadata, headers=headers, timeout=10).json()
    assert picture["filename"] == "mountain-lake.jpg"
    assert picture["thumbnail_base64"]
    image = requests.get(content, headers=headers, timeout=10)
    assert image.headers["Content-Type"] == "image/jpeg"
    assert len(image.content) == picture["bytes"]
    items = requests.get(listing, headers=headers, timeout=10).json()["items"]
    assert len(items) == 8


def test_second_start__changes_nothing_and_says_how_to_get_a_token(
    tmp_path: Path,
) -> None:
    first = start(tmp_path)
    token = first.token
    before = first.ask("GET", "/api/v3/artifacts?page_size=100").json()["results"]
    first.stop()

    second = start(tmp_path)
    again = second.ask("GET", "/api/v3/artifacts?page_size=100", token=token)
    assert again.json()["results"] == before
    assert "pat_" not in second.printed
    assert "password" not in second.printed.replace("changepassword", "").replace(
        "Tokens and passwords", ""
    )
    command = re.search(r"manage\.py (create_token demo)", second.printed)
    assert command is not None, second.printed
    fresh = second.manage(*command[1].split())
    assert second.ask("GET", "/v1/domains", token=fresh).status_code == 200
    second.stop()


def test_stop__with_a_request_under_way_is_clean(tmp_path: Path) -> None:
    running = start(tmp_path)
    stored = running.put(bytes(50_000_000), session_id="large")
    path = f"/v1/artifacts?session_id=large&object_id={stored['object_id']}"
    with running.ask("GET", path, stream=True) as reading:
        assert reading.raw.read(1000) == bytes(1000)
        running.stop()
