from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from artifacts.checks.durability import check_live_redis
from paradigm.storages import storage
from tests.servers.ports import free_port, wait_for

pytestmark = pytest.mark.needs("redis")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Start a server with these options of its own; give its URL."""
    with contextlib.ExitStack() as servers:

        def start(*options: str) -> str:
            port = free_port()
            command = [shutil.which("redis-server") or "", "--port", str(port)]
            command += ["--save", "", "--dir", str(tmp_path), *options]
            server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            servers.callback(server.wait)
            servers.callback(server.terminate)
            wait_for(port)
            return f"redis://127.0.0.1:{port}/0"

        yield start


def found(url: str, settings: Any) -> str:
    """Give the messages of a live store there, each with its id."""
    entry = storage(url, data_dir=Path(), folder="live")
    settings.STORAGES = {**settings.STORAGES, "live": entry}
    return "\n".join(map(str, check_live_redis()))


def test_redis__that_keeps_what_it_acknowledged(
    start: Callable[..., str], settings: Any
) -> None:
    url = start("--appendonly", "yes", "--appendfsync", "always")
    assert found(url, settings) == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "appendonly is not yes"),
        (("--appendonly", "yes"), "appendfsync is everysec"),
        (
            ("--maxmemory", "8mb", "--maxmemory-policy", "allkeys-lru"),
            "policy is allkeys-lru",
        ),
    ],
)
def test_redis__that_may_forget(
    options: tuple[str, ...], said: str, start: Callable[..., str], settings: Any
) -> None:
    messages = found(start(*options), settings)
    assert said in messages
    assert "artifacts.W004" in messages


def test_redis__that_says_little(start: Callable[..., str], settings: Any) -> None:
    url = start("--appendonly", "yes", "--appendfsync", "always")
    with contextlib.closing(Redis.from_url(url)) as client:
        client.execute_command("ACL", "SETUSER", "default", "-config")
    assert "cannot be seen" in found(url, settings)


def test_redis__away(settings: Any) -> None:
    url = f"redis://127.0.0.1:{free_port()}/0"
    assert "artifacts.W006" in found(url, settings)


def test_store__that_is_no_redis(settings: Any) -> None:
    assert found("memory", settings) == ""
    del settings.STORAGES["live"]
    assert check_live_redis() == []
