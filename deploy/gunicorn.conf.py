"""How gunicorn serves the application; `PORT` and `WEB_CONCURRENCY` change it."""

from __future__ import annotations

import errno
import gc
import logging
import os
import resource
import secrets
import signal
import socket
import struct
import sys
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker


def _number(variable: str, default: int) -> int:
    value = os.environ.get(variable) or str(default)
    if not (value.isascii() and value.isdecimal() and int(value) > 0):
        sys.exit(f"{variable} is {value!r}; it has to be a whole number.")
    return int(value)


wsgi_app = "paradigm.wsgi"
# By it the workers know that they are of one start of the service.
os.environ["PARADIGM_RUN"] = secrets.token_hex(16)
_host = os.environ.get("HOST") or "127.0.0.1"
bind = f"{f'[{_host}]' if ':' in _host else _host}:{_number('PORT', 8000)}"


class Worker(ThreadWorker):
    """Threads, which goes on where no descriptor is left for one more connection.

    Gunicorn's ends, and cuts what all its threads are doing.
    """

    def accept(self, listener: Any) -> None:
        try:
            super().accept(listener)
        except OSError as error:
            if error.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            time.sleep(0.05)  # the connection waits; the listener stays readable


# Threads, because a slow reader of bytes holds one for as long as it reads, and
# because the kernel sends files (sendfile) while Python waits.
worker_class = Worker
threads = _number("THREADS", 32)
# Half of them are left for files, stores and the database.
_descriptors = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
if _descriptors == resource.RLIM_INFINITY:
    _descriptors = 2000
worker_connections = min(1000, max(threads + 1, _descriptors // 2))
# Bytes in memory are one process's own.
_in_memory = os.environ.get("ARTIFACTS_LIVE_STORE") == "memory"
workers = 1 if _in_memory else _number("WEB_CONCURRENCY", 2)
keepalive = 5
graceful_timeout = 30
control_socket_disable = True
# Worker heartbeats touch a file: not on a disk that may be slow.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108


def on_starting(server: Any) -> None:
    """Run every system check before the first worker starts; errors end the start.

    In a child: the parent of the workers loads nothing, and has no connection that
    they would share.
    """
    child = os.fork()
    if child == 0:
        os._exit(_check())
    _, status = os.waitpid(child, 0)
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(code)


def _check() -> int:
    """Print what the checks find; 1 where one of it is an error."""
    import django
    from django.core.checks import ERROR, WARNING, run_checks
    from django.core.exceptions import ImproperlyConfigured

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "paradigm.settings")
    try:
        django.setup()
        found = [message for message in run_checks() if message.level >= WARNING]
    except ImproperlyConfigured as error:
        print(error, file=sys.stderr, flush=True)
        return 1
    for message in found:
        print(message, file=sys.stderr)
    sys.stderr.flush()
    return int(any(message.is_serious(ERROR) for message in found))


def when_ready(server: Any) -> None:
    """Let no client that stands still while it sends hold a thread for ever.

    gunicorn has no such limit, the system has: connections inherit their listener's.
    """
    seconds = _number("CLIENT_TIMEOUT", 30)
    for listener in server.LISTENERS:
        limit = struct.pack("ll", seconds, 0)  # a timeval
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)


def _is_news(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, BlockingIOError):  # the limit was reached
        return False
    failures = sys.modules.get("artifacts.api.failures")  # a worker has it
    return failures is None or bool(failures.OutageFilter().filter(record))


logging.getLogger("gunicorn.error").addFilter(_is_news)


def post_worker_init(worker: Any) -> None:
    """Start drawing processes in each worker, after the fork that made it."""
    # Ctrl-C reaches the whole group: the workers leave it to their parent, whose word
    # to end at once would interrupt them at a lock; they end in good order instead.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGQUIT, worker.handle_exit)
    from artifacts import services  # Django is set up only now
    from artifacts.api.preload import preload

    preload()
    services.warm()
    services.sweep_in_background()
    gc.collect()
    gc.freeze()  # what is there by now stays, and need not be looked at again


loglevel = (os.environ.get("LOG_LEVEL") or "warning").lower()
# Two names of 255 characters outside ASCII take some 6 kB when percent-encoded.
limit_request_line = 8190
