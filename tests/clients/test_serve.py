"""`make serve`, as the README has it: the first start, and those after it."""

from __future__ import annotations

import os
import re
import signal
import socket
from pathlib import Path

import pytest
import requests

from tests.clients.server import (
    START_SECONDS,
    STOP_SECONDS,
    Server,
    launch,
    start,
    wait_until,
)


def test_first_start__prints_commands_that_work(server: Server) -> None:
    metadata, content, listing = re.findall(
        r'curl -H "Authorization: Bearer \$TOKEN" "?(http[^" \n]+)', server.printed
    )[:3]
    headers = {"Authorization": f"Bearer {server.token}"}
    picture = requests.get(metadata, headers=headers, timeout=120).json()
    assert picture["filename"] == "mountain-lake.jpg"
    assert picture["thumbnail_base64"]
    image = requests.get(content, headers=headers, timeout=120)
    assert image.headers["Content-Type"] == "image/jpeg"
    assert len(image.content) == picture["bytes"]
    items = requests.get(listing, headers=headers, timeout=120).json()["items"]
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


def refused(data_dir: Path, *, port: str = "", **settings: str) -> str:
    """Run `make serve` where it has to fail; give what it said."""
    running = launch(data_dir, port=port, **settings)
    assert running.process.wait(START_SECONDS) != 0
    assert "Traceback" not in running.printed
    assert "is ready for" not in running.printed
    return running.printed


def test_start__says_that_it_is_not_ready_until_it_is(tmp_path: Path) -> None:
    start(tmp_path).stop()
    persisted = tmp_path / "persisted"
    persisted.touch()  # nothing can be written below what is a file
    running = launch(tmp_path, ARTIFACTS_PERSISTED_STORE=f"file://{persisted}")
    try:
        wait_until(lambda: "Not ready yet" in running.printed, START_SECONDS)
        assert '"persisted":"failed"' in running.printed
        assert "is ready for" not in running.printed
        persisted.unlink()
        wait_until(lambda: "is ready for" in running.printed, START_SECONDS)
    finally:
        os.killpg(running.process.pid, signal.SIGINT)
        running.process.wait(STOP_SECONDS)


def test_start__port_that_is_taken_is_told_before_anything_is_done(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(tmp_path, port=str(port))
    line, of_make = said.splitlines()
    assert line.startswith(
        f"Port {port} of 127.0.0.1 cannot be served (Address already"
    )
    assert of_make.startswith("make: ***")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("port", ["abc", "0", "70000", "-1"])
def test_start__bad_port(port: str, tmp_path: Path) -> None:
    line, of_make = refused(tmp_path, port=port).splitlines()
    assert line == f"PORT is {port!r}; it has to be a number from 1 to 65535."
    assert of_make.startswith("make: ***")
    assert not (tmp_path / "data").exists()


def test_start__setting_that_is_refused_is_one_line(tmp_path: Path) -> None:
    line, of_make = refused(tmp_path, LOG_LEVEL="loud").splitlines()
    assert line.startswith("LOG_LEVEL is one of")
    assert of_make.startswith("make: ***")
