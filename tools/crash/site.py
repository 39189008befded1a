"""The service under test: its environment, its server, its commands."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import requests

from tests.servers.ports import free_port
from tools.crash import servers

ROOT = Path(__file__).resolve().parents[2]
USER = "crash"
GRACE = 1
"""Seconds after which `verify_artifacts` takes bytes without a row for left over."""
_SECONDS = 60
# Nothing else that configures this process may reach the service.
_INHERITED = re.compile(r"PATH|HOME|LANG|LC_.*|TMPDIR|VIRTUAL_ENV")


class Site:
    """A service with a data folder of its own; it is only ever ended by `kill`."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.token = ""
        self.settings = {
            **{it: at for it, at in os.environ.items() if _INHERITED.fullmatch(it)},
            "ARTIFACTS_DATA_DIR": str(self.data),
            "ARTIFACTS_GRACE_SECONDS": str(GRACE),
            "ARTIFACTS_REDIRECT_SECONDS": str(GRACE),
            "PORT": str(self.port),
            "LOG_LEVEL": "ERROR",
            **settings,
        }
        self._server: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Make the database and a token, as an operator does."""
        self.manage("migrate", "--verbosity", "0")
        self.token = self.manage("create_token", USER).stdout.strip()

    def manage(
        self, *arguments: str, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Run a management command to its end."""
        done = subprocess.run(
            _command(*arguments),
            cwd=ROOT,
            env=self.settings,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done

    @contextlib.contextmanager
    def beside(self, *arguments: str, grace: int = _SECONDS) -> Iterator[None]:
        """Run a management command beside the server; kill it at the end."""
        with self._log() as output:
            process = subprocess.Popen(
                _command(*arguments),
                cwd=ROOT,
                # A put that is under way is no leftover while others write.
                env={**self.settings, "ARTIFACTS_GRACE_SECONDS": str(grace)},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            yield
        finally:
            _kill_group(process)

    def start(self) -> None:
        """Serve as `make serve` does; return when the service is ready."""
        command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"]
        with self._log() as output:
            self._server = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.settings,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + _SECONDS
        while not self._is_ready():
            if self._server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The server does not start: {self.log}")
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill the server's whole process group, without a warning."""
        if self._server is not None:
            _kill_group(self._server)
            self._server = None

    @property
    def log(self) -> Path:
        return self.folder / "service.log"

    @contextlib.contextmanager
    def _log(self) -> Iterator[int]:
        with self.log.open("ab") as output:
            yield output.fileno()

    def _is_ready(self) -> bool:
        try:
            answer = requests.get(f"{self.url}/readyz", timeout=20)
        except requests.RequestException:
            return False
        return answer.status_code == 200


class Fleet(Site):
    """The service on PostgreSQL, Redis and S3, the first two of which can be killed."""

    def __init__(self, folder: Path, s3: str) -> None:
        self.postgresql = servers.PostgreSQL(folder)
        self.redis = servers.Redis(folder)
        super().__init__(
            folder,
            DATABASE_URL=self.postgresql.new_database(),
            CACHE_URL=self.redis.url(1),
            ARTIFACTS_LIVE_STORE=self.redis.url(0),
            ARTIFACTS_PERSISTED_STORE=s3,
        )


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", *arguments]


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(_SECONDS)
    deadline = time.monotonic() + _SECONDS
    while _lives(process.pid) and time.monotonic() < deadline:
        time.sleep(0.01)


def _lives(group: int) -> bool:
    """Say whether a process of the group is there that is not dead already."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                return True
    return False
