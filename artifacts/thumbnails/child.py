"""One child process as its parent sees it: start, ask, kill."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from artifacts.thumbnails.limits import Limits
from artifacts.thumbnails.protocol import MAX_REPORT, READY, REPLY, REQUEST, Status
from artifacts.thumbnails.result import MAX_BYTES, Reason, Thumbnail

logger = logging.getLogger(__name__)

BOOT_SECONDS = 30.0
"""For the interpreter and its imports, on a machine that is busy."""
_END_SECONDS = 10.0
"""For a process that has closed its socket to be gone, on a machine that is busy."""

# Sent by somebody: an operator, a service manager that stops all of a service, or the
# kernel for want of memory, which may be another's. No decoder ends by one of these.
_SENT = {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT}

_ROOT = str(Path(__file__).resolve().parents[2])
# The parent's own import path, so that what it can import the child can as well.
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop());"
    "from artifacts.thumbnails import worker; worker.main()"
)
# One arena: each further one reserves 64 MB of the address space that is limited.
# glibc hands large blocks back at once and the kernel clears them anew for the next
# picture; keeping them (until the child is idle) halves the time of a 4K WebP.
_KEPT_BYTES = str(256 * 2**20)
_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": _KEPT_BYTES,
    "MALLOC_TRIM_THRESHOLD_": _KEPT_BYTES,
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


class Child:
    """A started child; used by one thread at a time."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.drawn = 0
        self.killed_by: signal.Signals | None = None
        "What ended it from outside, while it drew."
        self._ready = False
        self._socket, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = _start(limits, theirs.fileno())
            except OSError:
                self._socket.close()
                raise

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def draw(
        self, descriptor: int, *, format: str, wall_seconds: float
    ) -> Thumbnail | None:
        """Have an open file drawn; afterwards the child may be dead: see `alive`.

        None says nothing of the file: the child did not start, was not done within
        `wall_seconds`, which may be for the machine, or was killed from outside.
        """
        self.drawn += 1
        if not self._boot():
            return None
        try:
            self._socket.settimeout(wall_seconds)
            request = REQUEST.pack(format.encode(), self.limits.cpu_seconds)
            socket.send_fds(self._socket, [request], [descriptor])
            return self._receive(time.monotonic() + wall_seconds, format)
        except TimeoutError:
            self.kill()
            logger.warning("Drawing a %s took over %s s.", format, wall_seconds)
            return None
        except (EOFError, ConnectionError):
            return self._died(format)

    def kill(self) -> None:
        """End the child, whatever it is doing, and collect it."""
        self._process.kill()
        self._process.wait()
        self._socket.close()

    def disown(self) -> None:
        """In a fork of the parent: let go of what remains the parent's."""
        self._socket.close()
        self._process.returncode = 0  # else its destructor warns of a lost child

    def _boot(self) -> bool:
        """Wait for the first sign of life, which is no part of a picture's time."""
        try:
            if not self._ready:
                self._read(len(READY), time.monotonic() + BOOT_SECONDS)
        except (TimeoutError, EOFError, ConnectionError):
            # Why is on standard error, which is the parent's until then.
            self.kill()
            logger.exception("A child that draws thumbnails did not start.")
            return False
        self._ready = True
        return True

    def _receive(self, deadline: float, format: str) -> Thumbnail:
        status, length = REPLY.unpack(self._read(REPLY.size, deadline))
        # The child may have been taken over by what it drew: believe little.
        if length > max(MAX_BYTES, MAX_REPORT):
            self.kill()
            logger.error("The decoder of %s announced %s bytes.", format, length)
            return Thumbnail(reason=Reason.DAMAGED)
        payload = self._read(length, deadline)
        if status == Status.PICTURE and payload[8:12] == b"WEBP":
            return Thumbnail(data=payload)
        if status == Status.REASON and payload.decode("ascii", "replace") in set(
            Reason
        ):
            return Thumbnail(reason=Reason(payload.decode()))
        logger.error(
            "The decoder of %s failed:\n%s", format, payload.decode("utf-8", "replace")
        )
        return Thumbnail(reason=Reason.DAMAGED)

    def _read(self, length: int, deadline: float) -> bytes:
        received = b""
        while len(received) < length:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise TimeoutError
            self._socket.settimeout(remaining)
            part = self._socket.recv(length - len(received))
            if not part:
                raise EOFError
            received += part
        return received

    def _died(self, format: str) -> Thumbnail | None:
        code = self._exit_code()
        self.kill()
        if code == -signal.SIGXCPU:
            return Thumbnail(reason=Reason.TIMEOUT)
        logger.error("The child that drew a %s ended with %s.", format, _exit(code))
        if -code in _SENT:
            self.killed_by = signal.Signals(-code)
            return None
        return Thumbnail(reason=Reason.DAMAGED)

    def _exit_code(self) -> int:
        """Wait for the child, whose socket is closed; 0 where nothing else of it is."""
        try:
            return self._process.wait(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            return 0


def _start(limits: Limits, descriptor: int) -> subprocess.Popen[bytes]:
    path = [_ROOT, *(entry for entry in sys.path if Path(entry).is_absolute())]
    return subprocess.Popen(  # noqa: S603 - nothing foreign in it
        [
            *(sys.executable, "-I", "-S", "-c", _BOOT),
            *(str(descriptor), str(limits.memory_bytes), json.dumps(path)),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=[descriptor],
        env=_ENVIRONMENT,
        cwd="/",
        start_new_session=True,
    )


def _exit(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    return signal.Signals(-code).name


def reopen(descriptor: int) -> int:
    """Open a file again, read-only and with an offset of its own.

    Where the system cannot (no /proc, or a file that this user may no longer open),
    a duplicate, which shares the offset.
    """
    try:
        return os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return os.dup(descriptor)
