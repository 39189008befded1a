"""PostgreSQL, Redis and S3 of our own, on loopback; the first two can be killed."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis

from tests.servers.__main__ import start_s3, stop_s3
from tests.servers.ports import free_port

_SECONDS = 60


class Process:
    """A server in a process group of its own, on a port that stays the same."""

    def __init__(
        self, command: list[str], log: Path, *, user: str | None = None
    ) -> None:
        self._command = command
        self._log = log
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, answers: Callable[[], object]) -> None:
        """Start unless it runs, and wait until `answers` raises nothing more."""
        if self._process is not None:
            return
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                user=self._user,
            )
        _wait(answers)

    def end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(_SECONDS)
            self._process = None


class PostgreSQL:
    """A cluster of its own; `kill` is what PostgreSQL calls an immediate shutdown."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        data = folder / "pg"
        data.mkdir()
        user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
        if user:
            folder.chmod(0o755)
            shutil.chown(data, user)
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=data,
            user=user,
        )
        command = [str(programs / "postgres"), "-D", str(data), "-p", str(self.port)]
        command += ["-k", str(data), "-c", "listen_addresses=127.0.0.1"]
        self._process = Process(command, folder / "pg.log", user=user)
        self.start()

    def url(self, database: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        self._process.start(lambda: psycopg.connect(self.url("postgres")).close())

    def kill(self) -> None:
        self._process.end(signal.SIGQUIT)

    def new_database(self) -> str:
        """Make an empty database; give its URL."""
        name = f"crash_{secrets.token_hex(4)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        return self.url(name)


class Redis:
    """A server that writes each command to disk before it answers."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        data = folder / "redis"
        data.mkdir()
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port)]
        command += ["--dir", str(data), "--save", ""]
        command += ["--appendonly", "yes", "--appendfsync", "always"]
        self._process = Process(command, folder / "redis.log")
        self.start()

    def url(self, number: int) -> str:
        return f"redis://127.0.0.1:{self.port}/{number}"

    def start(self) -> None:
        with contextlib.closing(redis.Redis.from_url(self.url(0))) as client:
            self._process.start(client.ping)

    def kill(self) -> None:
        self._process.end(signal.SIGKILL)


@contextlib.contextmanager
def s3(folder: Path) -> Iterator[str]:
    """Give a place on the S3 server that the tests have, or else on one of our own."""
    url = os.environ.get("ARTIFACTS_TEST_S3", "")
    place = f"/crash-{secrets.token_hex(6)}"
    if url:
        yield urlunsplit(urlsplit(url)._replace(path=place))
        return
    try:
        url = start_s3(folder)["ARTIFACTS_TEST_S3"]
        yield urlunsplit(urlsplit(url)._replace(path=place))
    finally:
        stop_s3(folder)


def _wait(answers: Callable[[], object]) -> None:
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            answers()
        except (psycopg.OperationalError, redis.RedisError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
