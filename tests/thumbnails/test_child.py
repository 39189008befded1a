from __future__ import annotations

import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from artifacts.thumbnails import pool
from artifacts.thumbnails.child import Child, reopen
from artifacts.thumbnails.limits import Limits
from artifacts.thumbnails.pool import _Place
from artifacts.thumbnails.protocol import READY, REPLY, Status
from artifacts.thumbnails.result import Reason, Thumbnail
from tests.clients.server import wait_until
from tests.thumbnails.pictures import ENDLESS, OnDisk, drawn, png

ONE = Limits(children=1, wait_seconds=300, wall_seconds=300)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def child() -> Iterator[Child]:
    child = Child(ONE)
    yield child
    child.kill()


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    pool.close()


def ended(pid: int, seconds: float) -> bool:
    """Wait for a process that need not be a child of this one."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def drawing(place: _Place, number: int) -> Child:
    """Wait until the place has a child that has begun its so manieth picture."""
    wait_until(lambda: place._child is not None and place._child.drawn == number, 240)
    assert place._child is not None
    return place._child


def send(child: Child, number: signal.Signals) -> None:
    """Send a signal to a child that draws what never ends."""
    wait_until(lambda: child._ready, 240)
    os.kill(child.pid, number)


@pytest.mark.parametrize(
    ("number", "reason"),
    [(signal.SIGSEGV, Reason.DAMAGED), (signal.SIGXCPU, Reason.TIMEOUT)],
)
def test_draw__child_dies_while_drawing(
    on_disk: OnDisk, number: signal.Signals, reason: Reason
) -> None:
    drawn(on_disk(png()), format="png", limits=ONE)
    place = pool._pool(ONE)._all[0]
    child, file = place.warm(), on_disk(ENDLESS)
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(pool.draw, file, format="svg", limits=ONE)
        send(drawing(place, 2), number)

    assert future.result() == Thumbnail(reason=reason)
    assert drawn(on_disk(png()), format="png", limits=ONE).data
    assert place.warm().pid != child.pid


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_draw__killed_from_outside_is_drawn_again(
    on_disk: OnDisk, number: signal.Signals
) -> None:
    """It was taken for want of memory, and the file was not drawn ever again."""
    limits = replace(ONE, cpu_seconds=2)
    drawn(on_disk(png()), format="png", limits=limits)
    place = pool._pool(limits)._all[0]
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(
            pool.draw, on_disk(ENDLESS), format="svg", limits=limits
        )
        send(drawing(place, 2), number)

    # The second child came to where the first was not let.
    assert future.result() == Thumbnail(reason=Reason.TIMEOUT)


@pytest.mark.parametrize(
    ("number", "reason"),
    [(signal.SIGKILL, Reason.OUT_OF_MEMORY), (signal.SIGTERM, Reason.DAMAGED)],
)
def test_draw__killed_twice_is_for_the_file(
    on_disk: OnDisk, number: signal.Signals, reason: Reason
) -> None:
    """As by the kernel for its memory: it would be drawn again and again."""
    drawn(on_disk(png()), format="png", limits=ONE)
    place = pool._pool(ONE)._all[0]
    with ThreadPoolExecutor(1) as threads:
        future = threads.submit(pool.draw, on_disk(ENDLESS), format="svg", limits=ONE)
        first = drawing(place, 2)
        send(first, number)
        second = drawing(place, 1)
        send(second, number)

    assert future.result() == Thumbnail(reason=reason)
    assert drawn(on_disk(png()), format="png", limits=ONE).data
    assert place.warm().pid not in {first.pid, second.pid}


def test_child__inherits_nothing(
    child: Child, on_disk: OnDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "secret")
    open_here = on_disk(png())
    os.set_inheritable(open_here.fileno(), True)
    other = Child(ONE)

    assert other.draw(open_here.fileno(), format="png", wall_seconds=300)
    process = Path("/proc", str(other.pid))
    environment = process.joinpath("environ").read_bytes()
    links = sorted(str(link.readlink()) for link in process.joinpath("fd").iterdir())
    session = os.getsid(other.pid)
    other.kill()

    assert b"secret" not in environment
    assert links[:3] == ["/dev/null"] * 3
    assert [link.split(":")[0] for link in links[3:]] == ["socket"]
    assert session == other.pid


def test_child__ends_with_its_parent(tmp_path: Path) -> None:
    """Also when that is killed, of which it cannot be told."""
    code = (
        f"import sys, os, signal; sys.path.insert(0, {str(ROOT)!r})\n"
        "from artifacts.thumbnails.pool import Limits, warm, _pool\n"
        "limits = Limits(children=1); warm(limits)\n"
        "print(_pool(limits)._all[0].warm().pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE)

    assert done.returncode == -signal.SIGKILL
    assert ended(int(done.stdout), 240)


def test_child__not_shared_with_a_fork() -> None:
    """A fork draws with children of its own, and ends none of its parent's."""
    code = f"""
import io, os, sys, tempfile
sys.path.insert(0, {str(ROOT)!r})
from artifacts.thumbnails import pool
from tests.thumbnails.pictures import png
limits = pool.Limits(children=1)
file = tempfile.TemporaryFile()
file.write(png())

def draw():
    data = pool.draw(file, format="png", limits=limits).data
    return len(data), pool._pool(limits)._all[0].warm().pid

first = draw()
if os.fork() == 0:
    print(*draw(), flush=True)
else:
    os.wait()
    print(*first, flush=True)
    print(*draw(), flush=True)
file.close()
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True
    )
    fork, first, again = (line.split() for line in done.stdout.decode().splitlines())

    assert done.stderr == b""
    assert first == again
    assert fork[0] == first[0]
    assert fork[1] != first[1]


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere"])
def test_draw__child_that_does_not_start(
    on_disk: OnDisk,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    program: str,
) -> None:
    """Nothing is known of the file, and the operator is told."""
    monkeypatch.setattr(sys, "executable", program)
    assert pool.draw(on_disk(png()), format="png", limits=ONE) is None
    assert "start" in caplog.text


@pytest.mark.parametrize(
    "reply",
    [
        REPLY.pack(Status.PICTURE, 5) + b"<svg>",
        REPLY.pack(Status.PICTURE, 2**31),
        REPLY.pack(Status.REASON, 4) + b"\xff\xfe\xfd\xfc",
        REPLY.pack(99, 0),
        REPLY.pack(Status.BUG, 9) + b"Traceback",
    ],
)
def test_draw__child_is_not_believed(
    child: Child, on_disk: OnDisk, caplog: pytest.LogCaptureFixture, reply: bytes
) -> None:
    """It may have been taken over by what it drew."""
    own = child._socket
    child._socket, other = socket.socketpair()
    other.sendall(READY + reply)

    with own, other, caplog.at_level(logging.ERROR):
        thumbnail = child.draw(on_disk(png()).fileno(), format="png", wall_seconds=300)

    assert thumbnail == Thumbnail(reason=Reason.DAMAGED)
    assert caplog.records


def test_read__late(child: Child) -> None:
    """Also a child that answers byte by byte has to end in time."""
    with pytest.raises(TimeoutError):
        child._read(1, deadline=time.monotonic() - 1)


def test_reopen__what_has_no_name() -> None:
    one, other = socket.socketpair()
    with one, other:
        descriptor = reopen(one.fileno())
        other.sendall(b"!")
        assert os.read(descriptor, 9) == b"!"
        os.close(descriptor)


def test_reopen__read_only_with_its_own_position(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+b") as file:
        file.write(b"bytes")
        file.flush()
        descriptor = reopen(file.fileno())
        try:
            assert os.read(descriptor, 9) == b"bytes"
            with pytest.raises(OSError, match="Bad file descriptor"):
                os.write(descriptor, b"x")
        finally:
            os.close(descriptor)
