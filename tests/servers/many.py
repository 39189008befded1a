"""The services of many machines for one server under test, each of its own.

Where this run of the tests has a `DATABASE_URL`, its server gets a new database
beside that one, a Redis of its own and a folder of its own on the persisted store.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests.servers.ports import free_port, wait_for

_running = contextlib.ExitStack()


@functools.cache
def settings_for(data_dir: Path) -> dict[str, str]:
    """Make the services of the server in this folder; give what tells it of them."""
    given = os.environ.get("DATABASE_URL", "")
    if not given:
        return {}
    name = f"serve_{hashlib.sha256(bytes(data_dir)).hexdigest()[:16]}"
    _execute(given, f'CREATE DATABASE "{name}"')
    _running.callback(_execute, given, f'DROP DATABASE "{name}" WITH (FORCE)')
    persisted = os.environ.get("ARTIFACTS_PERSISTED_STORE", "disk")
    redis = _redis()
    settings = {
        "DATABASE_URL": _at(given, name),
        "CACHE_URL": f"{redis}/1",
        "ARTIFACTS_LIVE_STORE": f"{redis}/0",
        "ARTIFACTS_PERSISTED_STORE": (
            _at(persisted, name) if "://" in persisted else persisted
        ),
    }
    if emulator := os.environ.get("STORAGE_EMULATOR_HOST"):
        settings["STORAGE_EMULATOR_HOST"] = emulator
    return settings


def end() -> None:
    """End the services; what is on the persisted store goes with its server."""
    _running.close()
    settings_for.cache_clear()


def _redis() -> str:
    """Start one: a live store belongs to one database."""
    port = free_port()
    folder = _running.enter_context(tempfile.TemporaryDirectory())
    command = [shutil.which("redis-server") or "", "--port", str(port)]
    command += ["--bind", "127.0.0.1", "--save", "", "--dir", folder]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _running.callback(server.wait)
    _running.callback(server.kill)
    wait_for(port)
    return f"redis://127.0.0.1:{port}"


def _at(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())
