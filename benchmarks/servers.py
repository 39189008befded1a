"""The servers under measurement, each on a free port of loopback."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers.ports import free_port

ROOT = Path(__file__).resolve().parents[1]
WORKERS = 2
"""Processes of each server."""
START_SECONDS = 30
# Nothing else of the environment configures a server.
_INHERITED = re.compile(r"PATH|HOME|LANG|LC_.*|TMPDIR")
_NGINX = """
worker_processes {workers};
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
{user}
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {files};
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, by the process that started its workers."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def reset_peak(self) -> None:
        """Begin to measure memory anew."""
        for pid in _family(self.pid):
            with contextlib.suppress(FileNotFoundError):
                Path(f"/proc/{pid}/clear_refs").write_text("5")

    def peak_bytes(self) -> int:
        """Sum the peaks of all its processes; what they share counts for each."""
        return sum(_peak(pid) for pid in _family(self.pid))


def tool(name: str) -> str:
    """Find a program of the system; exit with advice where it is missing."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None:
        sys.exit(
            f"The benchmark needs {name}, which is not installed: apt-get install "
            "wrk nginx-light"
        )
    return found


def inherited() -> dict[str, str]:
    """Return what a server gets of this process's environment."""
    return {
        name: value for name, value in os.environ.items() if _INHERITED.fullmatch(name)
    }


def manage(environment: dict[str, str], *arguments: str) -> str:
    """Run `manage.py` and return what it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return done.stdout.strip()


@contextlib.contextmanager
def gunicorn(
    environment: dict[str, str], configuration: str = "deploy/gunicorn.conf.py"
) -> Iterator[Server]:
    """Serve by gunicorn: the service, unless it is configured otherwise."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", configuration]
    settings = {"PORT": str(port), "WEB_CONCURRENCY": str(WORKERS)}
    with _running(command, environment | settings, port) as server:
        yield server


@contextlib.contextmanager
def nginx(folder: Path, files: Path) -> Iterator[Server]:
    """Serve the files of a folder, from disk by sendfile."""
    port = free_port()
    configuration = folder / "nginx.conf"
    configuration.write_text(
        _NGINX.format(
            workers=WORKERS,
            folder=folder,
            files=files,
            port=port,
            # Its workers would else not be let into a folder of root's.
            user="user root;" if os.geteuid() == 0 else "",
        )
    )
    command = [tool("nginx"), "-e", "stderr", "-c", str(configuration)]
    with _running(command, inherited(), port) as server:
        yield server


@contextlib.contextmanager
def _running(
    command: list[str], environment: dict[str, str], port: int
) -> Iterator[Server]:
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        _wait_for(port, process)
        yield Server(process.pid, port)
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(ConnectionRefusedError):
            return socket.create_connection(("127.0.0.1", port), 2).close()
        time.sleep(0.05)
    sys.exit(f"This did not start: {process.args!r}")


def _family(pid: int) -> Iterator[int]:
    """Give a process and all its descendants, whichever thread started them."""
    yield pid
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield from _family(int(child))


def _peak(pid: int) -> int:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        status = Path(f"/proc/{pid}/status").read_text()
        if found := re.search(r"VmHWM:\s+(\d+) kB", status):
            return int(found[1]) * 1024
    return 0
