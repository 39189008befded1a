"""The server of `make serve`: gunicorn on a port that is looked at first.

The page on standard input, with tokens and commands to paste, is printed once the
server answers. Of the standard library alone: with `--check` it looks at the port
before anything is installed.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys

BACKLOG = 2048
"""Connections that wait for a worker; gunicorn's own default."""
ASK_SECONDS = 60
"""For one answer; the first comes when the workers have imported everything."""
USAGE = 2
INTERRUPTED = 130
"""Exit code of a program that Ctrl-C ended, as shells have it."""


def port_number(text: str) -> int:
    """Read a TCP port; raise `ValueError` for anything else."""
    if text.isascii() and text.isdecimal() and 0 < int(text) < 2**16:
        return int(text)
    raise ValueError(f"PORT is {text!r}; it has to be a number from 1 to 65535.")


def listen(host: str, port: int) -> socket.socket:
    """Take the port; raise `OSError` with one clear line where that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise OSError(
            f"Port {port} of {host} cannot be served ({reason}): "
            "`make serve PORT=8123` takes another one."
        ) from error


def serve(listener: socket.socket, page: str) -> int:
    """Serve until Ctrl-C; return the server's exit code."""
    command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"]
    command += ["--bind", f"fd://{listener.fileno()}", "--graceful-timeout", "5"]
    with subprocess.Popen(  # noqa: S603 - nothing foreign in it
        command, stdin=subprocess.DEVNULL, pass_fds=[listener.fileno()]
    ) as server:
        # Ctrl-C reaches the server as well, and this ends with it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        address = listener.getsockname()[:2]
        listener.close()  # else it would still be open when the server has ended
        _print_when_ready(server, address, page)
        return server.wait()


def _print_when_ready(
    server: subprocess.Popen[bytes], address: tuple[str, int], page: str
) -> None:
    said = ""
    while server.poll() is None:
        status, body = _ask(address)
        # A host that ALLOWED_HOSTS does not name is refused, but not by a dead server.
        if status and status < http.HTTPStatus.INTERNAL_SERVER_ERROR:
            print(page, flush=True)  # noqa: T201
            return
        if status and body != said:
            said = body
            print(f"Not ready yet, /readyz says {body}", flush=True)  # noqa: T201
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(1)


def _ask(address: tuple[str, int]) -> tuple[int, str]:
    """Return status and body of the answer to `GET /readyz`; (0, "") without one."""
    wildcards = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
    host, port = address
    connection = http.client.HTTPConnection(
        wildcards.get(host, host), port, timeout=ASK_SECONDS
    )
    with contextlib.closing(connection):
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            return 0, ""


def main(arguments: list[str]) -> int:
    """Look at the port, or serve; return an exit code."""
    host = os.environ.get("HOST") or "127.0.0.1"
    try:
        listener = listen(host, port_number(os.environ.get("PORT") or "8000"))
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return USAGE
    with listener:
        if arguments == ["--check"]:
            return 0
        try:
            page = sys.stdin.read()
        except KeyboardInterrupt:
            return INTERRUPTED
        # Without a page the command that makes it has failed, and said why.
        return serve(listener, page) if page.strip() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
