"""The service on a real gunicorn, as faults are tried on it: small, and impatient."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.clients.server import ROOT, wait_until
from tests.servers.ports import free_port

SECONDS = 60
"""After which a test gives up; none of them asks how long anything took."""
_INHERITED = re.compile(r"PATH|HOME|LANG|LC_.*|TMPDIR", re.I)


@dataclass
class Service:
    """A running server, with a user's token."""

    url: str
    token: str
    log: Path
    kept: dict[str, bytes] = field(default_factory=dict)
    "What was acknowledged, by object id; all of it in one session."
    session: str = "faults"

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        url = f"{self.url}{path}"
        return requests.request(
            method, url, headers=headers, timeout=SECONDS, **options
        )

    def put(self, content: bytes) -> requests.Response:
        answer = self.ask(
            "POST",
            "/v1/artifacts",
            data={"session_id": self.session},
            files={"file": ("a.bin", content)},
        )
        if answer.status_code == 201:
            self.kept[answer.json()["object_id"]] = content
        return answer

    def get(self, object_id: str) -> requests.Response:
        query = {"session_id": self.session, "object_id": object_id}
        return self.ask("GET", "/v1/artifacts", params=query)

    def save(self) -> requests.Response:
        return self.ask("POST", f"/v1/sessions/{self.session}/save")

    def lost(self) -> list[str]:
        """Say which acknowledged artifacts are not there, byte for byte."""
        return [
            object_id
            for object_id, content in self.kept.items()
            if (answer := self.get(object_id)).status_code != 200
            or answer.content != content
        ]

    def wait_until_ready(self) -> None:
        wait_until(lambda: self.ask("GET", "/readyz").status_code == 200, SECONDS)

    @property
    def logged(self) -> list[str]:
        return self.log.read_text().splitlines()


@contextmanager
def serve(
    folder: Path, *, descriptors: int | None = None, **settings: str
) -> Iterator[Service]:
    """Start the service in a folder with these environment variables."""
    folder.mkdir(exist_ok=True)
    port = free_port()
    environment = {
        name: value for name, value in os.environ.items() if _INHERITED.fullmatch(name)
    }
    environment |= {
        "ARTIFACTS_DATA_DIR": str(folder / "data"),
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "THREADS": "16",
        **settings,
    }

    def manage(*arguments: str) -> str:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout.strip()

    manage("migrate", "--verbosity", "0")
    token = manage("create_token", "alice")
    limit = ["prlimit", f"--nofile={descriptors}", "--"] if descriptors else []
    log = folder / "gunicorn.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*limit, sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    service = Service(f"http://127.0.0.1:{port}", token, log)
    try:
        wait_until(lambda: process.poll() is not None or _listens(service), SECONDS)
        service.wait_until_ready()
        yield service
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _listens(service: Service) -> bool:
    try:
        return service.ask("GET", "/livez").status_code == 200
    except requests.ConnectionError:
        return False
