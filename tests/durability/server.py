"""The real server, one thread of it, under strace."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import requests

from tests.clients.server import wait_until
from tests.durability import trace
from tests.servers.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 60


def traced(folder: Path, **settings: str) -> str:
    """Put, save and delete one artifact on a new server; give what strace saw."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "ARTIFACTS_DATA_DIR": str(folder / "data"),
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "THREADS": "1",
        **settings,
    }
    _manage(environment, "migrate", "--verbosity", "0")
    token = _manage(environment, "create_token", "alice")
    output = folder / "trace"
    program = shutil.which("strace")
    assert program is not None, "This test needs strace: apt-get install strace"
    command = [program, "-f", "--seccomp-bpf", "-y", "-s", "40", "-o", str(output)]
    command += ["-e", f"trace={trace.CALLS}", sys.executable, "-m", "gunicorn"]
    server = subprocess.Popen(
        [*command, "-c", "deploy/gunicorn.conf.py"], cwd=ROOT, env=environment
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: _answers(url), _SECONDS)
        _work(url, token)
    finally:
        # Not strace, which would leave it: it ends with what it traces.
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
        for child in children.read_text().split():
            os.kill(int(child), signal.SIGTERM)
        server.wait(_SECONDS)
    return output.read_text(encoding="utf-8", errors="replace")


def _work(url: str, token: str) -> None:
    with requests.Session() as client:
        client.headers["Authorization"] = f"Bearer {token}"
        put = client.post(
            f"{url}/v1/artifacts",
            data={"session_id": "s"},
            files={"file": ("a.bin", b"\x00\x01" * 5000)},
            timeout=_SECONDS,
        )
        assert put.status_code == 201, put.text
        saved = client.post(f"{url}/v1/sessions/s/save", timeout=_SECONDS)
        assert saved.status_code == 200, saved.text
        deleted = client.delete(
            f"{url}/v1/artifacts",
            params={"session_id": "s", "object_id": put.json()["object_id"]},
            timeout=_SECONDS,
        )
        assert deleted.status_code == 204, deleted.text


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/livez", timeout=10).status_code == 200
    except requests.ConnectionError:
        return False


def _manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()
