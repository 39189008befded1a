"""The service behind nginx as it is deployed, with other ports and folders."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.servers.ports import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
MAX_BODY = 2 * 1024 * 1024
"""What nginx accepts here, in bytes."""
_PATH = f"{os.environ['PATH']}:/usr/sbin"
_MAIN = """
daemon off;
pid {folder}/nginx.pid;
{user}
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {site};
}}
"""


def environment(data: Path, **settings: str) -> dict[str, str]:
    """Return what a server gets: nothing that configures this run of the tests."""
    return {
        "PATH": _PATH,
        "ARTIFACTS_DATA_DIR": str(data),
        "BEHIND_TLS_PROXY": "1",
        "WEB_CONCURRENCY": "1",
        "ALLOWED_HOSTS": "artifacts.example.com",
        **settings,
    }


def manage(data: Path, *arguments: str) -> str:
    """Run a management command; give what it printed."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(data),
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@contextlib.contextmanager
def gunicorn(data: Path, **settings: str) -> Iterator[int]:
    """Serve by gunicorn; give the port."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"]
    with _running(command, environment(data, PORT=str(port), **settings)):
        wait_for(port)
        yield port


@contextlib.contextmanager
def nginx(folder: Path, *, data: Path, upstream: int) -> Iterator[int]:
    """Serve by nginx what gunicorn has on the port `upstream`; give the port."""
    port = free_port()
    site = _adapted(
        (ROOT / "deploy" / "nginx.conf").read_text(),
        {
            "server app:8000;": f"server 127.0.0.1:{upstream};",
            "listen 443 ssl;": f"listen 127.0.0.1:{port};",
            "    ssl_certificate     /etc/nginx/tls/fullchain.pem;\n": "",
            "    ssl_certificate_key /etc/nginx/tls/privkey.pem;\n": "",
            # As if TLS had ended here.
            "X-Forwarded-Proto $scheme;": "X-Forwarded-Proto https;",
            "client_max_body_size 2049m;": f"client_max_body_size {MAX_BODY};",
            "alias /data/": f"alias {data}/",
            "/etc/nginx/artifacts-headers.conf": f"{ROOT}/deploy/nginx-headers.conf",
        },
    )
    (folder / "site.conf").write_text(site)
    # A worker of another user would not be let into the tests' folders.
    user = "user root;" if os.geteuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(_MAIN.format(folder=folder, site=folder / "site.conf", user=user))
    program = shutil.which("nginx", path=_PATH)
    assert program is not None, "This test needs nginx: apt-get install nginx-light"
    with _running([program, "-e", "stderr", "-c", str(main)], {"PATH": _PATH}):
        wait_for(port)
        yield port


def _adapted(text: str, changes: dict[str, str]) -> str:
    """Replace what is there; a change that has lost its place is a mistake."""
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@contextlib.contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait()
