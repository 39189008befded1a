"""The server as the README starts it: `make serve`, in a process group of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.servers import many
from tests.servers.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240
"""Drawing the demo takes most of it, and the first start installs."""
STOP_SECONDS = 120
"""A server that does not stop is found by it; a busy machine is not."""
# Nothing that configures this run of the tests may reach the server: it is tested
# as it is for someone who has only just cloned it, or with services of its own.
_INHERITED = re.compile(r"PATH|HOME|LANG|LC_.*|TMPDIR|PIP_.*|SSL_.*|.*_proxy", re.I)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, and what it printed."""

    process: subprocess.Popen[bytes]
    "`make`, the leader of the group."
    url: str
    data_dir: Path
    environment: dict[str, str]
    log: Path
    "Standard output and standard error."

    @property
    def printed(self) -> str:
        return self.log.read_text(encoding="utf-8")

    @property
    def token(self) -> str:
        """The demo user's, which the first start prints."""
        return self._shown(r"export TOKEN=(\S+)")

    @property
    def password(self) -> str:
        """The operator's."""
        return self._shown(r"user operator, password (\S+)")

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def ask(
        self, method: str, path: str, *, token: str | None = "", **options: Any
    ) -> requests.Response:
        """Make one request; as the demo user unless a token, or None, is given."""
        secret = self.token if token == "" else token
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        headers |= options.pop("headers", {})
        return requests.request(
            method, f"{self.url}{path}", headers=headers, timeout=120, **options
        )

    def put(
        self,
        content: bytes,
        *,
        session_id: str,
        filename: str = "sample.bin",
        token: str = "",
    ) -> dict[str, Any]:
        """Put one artifact as any HTTP client does; give the acknowledgement."""
        answer = self.ask(
            "POST",
            "/v1/artifacts",
            token=token,
            data={"session_id": session_id},
            files={"file": (filename, content)},
        )
        assert answer.status_code == 201, answer.text
        stored: dict[str, Any] = answer.json()
        return stored

    def manage(self, *arguments: str) -> str:
        """Run a management command on this server's data; give what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def stop(self) -> None:
        """Press Ctrl-C; every process has to go, and none may complain."""
        os.killpg(self.process.pid, signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
            wait_until(lambda: not _group_lives(self.process.pid), STOP_SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        assert "Traceback" not in self.printed, self.printed

    def _shown(self, pattern: str) -> str:
        match = re.search(pattern, self.printed)
        assert match is not None, self.printed
        return match[1]


def start(data_dir: Path, **settings: str) -> Server:
    """Start a server on `data_dir`, with these environment variables; wait for it."""
    server = launch(data_dir, **settings)
    try:
        wait_until(lambda: _says_ready(server), START_SECONDS)
        assert server.ask("GET", "/readyz", token=None).status_code == 200
    except BaseException:
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()
        raise
    return server


def launch(data_dir: Path, *, port: str = "", **settings: str) -> Server:
    """Start `make serve` without waiting for it, on a free port if none is given."""
    data_dir.mkdir(parents=True, exist_ok=True)
    port = port or str(free_port())
    environment = {
        name: value for name, value in os.environ.items() if _INHERITED.fullmatch(name)
    }
    environment |= many.settings_for(data_dir)
    environment |= {"ARTIFACTS_DATA_DIR": str(data_dir / "data"), **settings}
    log = data_dir / f"serve-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "serve", f"PORT={port}"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    return Server(process, url, data_dir / "data", environment, log)


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Ask `condition` until it holds; fail when it has not for that long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"Not within {seconds} s."
        time.sleep(0.02)  # between two questions: another process does not notify


def _says_ready(server: Server) -> bool:
    if server.process.poll() is not None:
        raise AssertionError(f"The server did not start:\n{server.printed}")
    return f"is ready for {server.url}" in server.printed


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
