from __future__ import annotations

import io
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from artifacts.thumbnails import pool, worker
from artifacts.thumbnails.pool import Limits
from artifacts.thumbnails.result import Reason, Thumbnail
from tests.thumbnails.pictures import (
    ENDLESS,
    OnDisk,
    assert_quadrants,
    drawn,
    png,
    quadrants,
)

ONE = Limits(children=1, wait_seconds=300, wall_seconds=300)
PATIENT = Limits(wait_seconds=300, wall_seconds=300)
IMPATIENT = Limits(children=1, cpu_seconds=1000, wait_seconds=0.01, wall_seconds=0.5)
"""Who draws what never ends is cut by the wall clock, however slow the machine is."""


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    pool.close()  # what tests of other modules left
    yield
    pool.close()


def child_of(limits: Limits) -> int:
    child = pool._pool(limits)._all[0].warm()
    return child.pid


def test_draw__picture(on_disk: OnDisk) -> None:
    thumbnail = drawn(on_disk(png()), format="png", limits=ONE)

    assert thumbnail.reason is None
    with Image.open(io.BytesIO(thumbnail.data)) as image:
        assert_quadrants(image)


def test_draw__same_as_in_process(on_disk: OnDisk) -> None:
    thumbnail = drawn(on_disk(png()), format="png", limits=ONE)
    assert thumbnail.data == worker.picture(io.BytesIO(png()), format="png")


def test_draw__position_of_the_file_stays(on_disk: OnDisk) -> None:
    file = on_disk(png())
    file.seek(7)

    assert drawn(file, format="png", limits=ONE).data
    assert file.tell() == 7
    assert file.read() == png()[7:]


def test_draw__what_was_just_written(tmp_path: Path) -> None:
    with (tmp_path / "new").open("w+b") as file:
        file.write(png())
        (tmp_path / "new").unlink()
        assert drawn(file, format="png", limits=ONE).data
        assert file.tell() == len(png())


def test_draw__unknown_format(on_disk: OnDisk) -> None:
    assert drawn(on_disk(b"PK"), format="zip", limits=ONE) == Thumbnail(
        reason=Reason.UNSUPPORTED
    )
    assert not pool._pools


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\n", png()[:300]])
def test_draw__damaged(on_disk: OnDisk, data: bytes) -> None:
    pid = child_of(ONE)

    thumbnail = drawn(on_disk(data), format="png", limits=ONE)

    assert thumbnail == Thumbnail(reason=Reason.DAMAGED)
    assert child_of(ONE) == pid


def test_draw__out_of_memory(on_disk: OnDisk) -> None:
    """With all of 300 MB, an image of 90 million pixels is too much."""
    limits = Limits(children=1, memory_bytes=300 * 2**20, wall_seconds=300)
    large = on_disk(png(Image.new("RGB", (9500, 9500))))
    drawn(on_disk(png()), format="png", limits=limits)

    thumbnail = drawn(large, format="png", limits=limits)

    assert thumbnail == Thumbnail(reason=Reason.OUT_OF_MEMORY)
    assert drawn(on_disk(png()), format="png", limits=limits).data


def test_draw__wall_clock_tells_nothing_of_the_file(on_disk: OnDisk) -> None:
    """It may have been the machine's fault; the place is free for the next one."""
    pid = child_of(IMPATIENT)

    assert pool.draw(on_disk(ENDLESS), format="svg", limits=IMPATIENT) is None

    assert child_of(IMPATIENT) != pid
    assert pool._pool(IMPATIENT)._places.qsize() == 1


def test_draw__cpu_time(on_disk: OnDisk) -> None:
    limits = Limits(children=1, cpu_seconds=1, wall_seconds=300)

    thumbnail = drawn(on_disk(ENDLESS), format="svg", limits=limits)

    assert thumbnail == Thumbnail(reason=Reason.TIMEOUT)
    assert drawn(on_disk(png()), format="png", limits=limits).data


def test_draw__patience_until_it_is_judged_by_cpu_time(on_disk: OnDisk) -> None:
    """Factor by which background rendering outwaits the wall clock's limit."""
    limits = Limits(children=1, cpu_seconds=1, wall_seconds=0.01)
    file = on_disk(ENDLESS)
    child_of(limits)
    assert pool.draw(file, format="svg", limits=limits) is None

    limits = Limits(children=1, cpu_seconds=1, wall_seconds=300 / pool.PATIENCE)
    thumbnail = pool.draw(file, format="svg", limits=limits, patient=True)

    assert thumbnail == Thumbnail(reason=Reason.TIMEOUT)


def test_draw__none_is_free(on_disk: OnDisk) -> None:
    limits = Limits(children=1, wait_seconds=0.01)
    place = pool._pool(limits)._places.get()

    assert pool.draw(on_disk(png()), format="png", limits=limits) is None

    pool._pool(limits)._places.put(place)


def test_draw__others_come_after_a_hostile_file(on_disk: OnDisk) -> None:
    """It holds the only place for no longer than its limit."""
    limits = Limits(children=1, cpu_seconds=1, wait_seconds=300, wall_seconds=300)
    hostile, files = on_disk(ENDLESS), [on_disk(png()) for _ in range(8)]
    with ThreadPoolExecutor(9) as threads:
        first = threads.submit(drawn, hostile, format="svg", limits=limits)
        rest = [
            threads.submit(drawn, file, format="png", limits=limits) for file in files
        ]

    assert first.result().reason is Reason.TIMEOUT
    assert all(future.result().data for future in rest)


def test_draw__child_found_dead(on_disk: OnDisk) -> None:
    pid = child_of(ONE)
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    assert drawn(on_disk(png()), format="png", limits=ONE).data
    assert child_of(ONE) != pid


def test_draw__replaced_after_so_many(on_disk: OnDisk) -> None:
    limits = Limits(children=1, pictures_per_child=3, wall_seconds=300)
    pids = []
    for _ in range(7):
        pids.append(child_of(limits))
        assert drawn(on_disk(png()), format="png", limits=limits).data

    assert [pids.index(pid) for pid in pids] == [0, 0, 0, 3, 3, 3, 6]


def test_draw__many_threads(on_disk: OnDisk) -> None:
    limits = Limits(children=2, wait_seconds=300, wall_seconds=300)
    files = [on_disk(png()) for _ in range(96)]
    files[5], files[50] = on_disk(b"damaged"), on_disk(b"")
    barrier = threading.Barrier(32)

    def draw(index: int) -> Thumbnail:
        if index < 32:
            barrier.wait()
        return drawn(files[index], format="png", limits=limits)

    with ThreadPoolExecutor(32) as threads:
        results = list(threads.map(draw, range(96)))

    assert [results.pop(index).reason for index in (50, 5)] == [Reason.DAMAGED] * 2
    assert len(set(results)) == 1
    assert results[0].data


def test_draw__one_file_in_many_threads(on_disk: OnDisk) -> None:
    file = on_disk(png())
    with ThreadPoolExecutor(8) as threads:
        results = set(
            threads.map(lambda _: drawn(file, format="png", limits=PATIENT), range(24))
        )
    assert len(results) == 1
    assert results.pop().data


def test_warm__from_many_threads(on_disk: OnDisk) -> None:
    """None waits for a child that another one holds while waiting for more."""
    limits = Limits(children=3, wall_seconds=300)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: pool.warm(limits), range(32)))

    children = [place._child for place in pool._pool(limits)._all]
    assert all(child is not None and child.alive for child in children)
    assert drawn(on_disk(png()), format="png", limits=limits).data


def test_close__waits_for_the_picture(on_disk: OnDisk) -> None:
    files = [on_disk(png(quadrants(3000, 2000))) for _ in range(6)]
    before = pool._pool(ONE)
    with ThreadPoolExecutor(6) as threads:
        futures = [
            threads.submit(drawn, file, format="png", limits=ONE) for file in files
        ]
        pool.close()

    assert all(future.result().data for future in futures)
    assert before._all[0]._child is None
