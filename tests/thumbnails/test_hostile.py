from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from artifacts.thumbnails import pool
from artifacts.thumbnails.limits import Limits
from artifacts.thumbnails.protocol import FORMATS
from artifacts.thumbnails.result import MAX_BYTES, Reason, Thumbnail
from tests.media import FILES
from tests.thumbnails.bombs import BOMBS
from tests.thumbnails.golden import format_of
from tests.thumbnails.pictures import drawn

CORPUS = os.environ.get("ARTIFACTS_TEST_CORPUS", "")
ROUNDS = 2000
"""Mutated files in one run."""
LIMITS = Limits(wait_seconds=300, wall_seconds=300)
LITTLE = Limits(children=1, cpu_seconds=10, wait_seconds=300, wall_seconds=300)
"""None takes a tenth of it, most a hundredth: a machine may be ten times slower."""
SEED = 20_261_120
GROWTH = 20 * 2**20


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Iterator[None]:
    yield
    pool.close()


def draw(data: bytes, format: str, limits: Limits = LIMITS) -> Thumbnail:
    with tempfile.TemporaryFile() as file:
        file.write(data)
        return drawn(file, format=format, limits=limits)


@pytest.mark.parametrize("name", BOMBS)
def test_draw__bomb(name: str) -> None:
    """Where one is drawn, it is for being read no further than it has to be.

    All but the one that would never end are judged before their processor time, which
    the kernel counts, is over.
    """
    make, reason = BOMBS[name]
    data = make()
    assert len(data) < 1_500_000

    limits = replace(LITTLE, cpu_seconds=1) if reason is Reason.TIMEOUT else LITTLE
    thumbnail = draw(data, format_of(name), limits)

    assert thumbnail.reason is reason
    assert bool(thumbnail.data) == (reason is None)


Mutation = Callable[[bytes, np.random.Generator], bytes]


def flipped(data: bytes, random: np.random.Generator) -> bytes:
    """Change one to sixteen bits."""
    changed = bytearray(data)
    for place in random.integers(0, len(data), random.integers(1, 17)):
        changed[place] ^= 1 << int(random.integers(0, 8))
    return bytes(changed)


def overwritten(data: bytes, random: np.random.Generator) -> bytes:
    """Set four bytes, near the beginning, to what integers are at their extremes."""
    place = int(random.integers(0, min(len(data), 512)))
    value = (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff")[random.integers(3)]
    return data[:place] + value + data[place + 4 :]


def cut(data: bytes, random: np.random.Generator) -> bytes:
    return data[: random.integers(0, len(data))]


def holed(data: bytes, random: np.random.Generator) -> bytes:
    """Leave out a part, so that all offsets after it are wrong."""
    start, end = sorted(random.integers(0, len(data), 2))
    return data[:start] + data[end:]


MUTATIONS: tuple[Mutation, ...] = (flipped, flipped, overwritten, cut, holed)


def sources() -> list[tuple[str, Callable[[], bytes]]]:
    """List files by format, those made in memory and those of the corpus.

    What has no picture by its name is taken for a JPEG.
    """
    paths = sorted(Path(CORPUS).rglob("*.*")) if CORPUS else []
    corpus = [(path.suffix[1:], path.read_bytes) for path in paths if path.is_file()]
    files = [*FILES.items(), *corpus]
    return [(name if name in FORMATS else "jpg", make) for name, make in files]


def mutated() -> Iterator[tuple[str, bytes]]:
    """Yield formats and bytes: every file in turn, one of ten under a wrong format."""
    random = np.random.default_rng(SEED)
    files, formats = sources(), sorted(FORMATS)
    for number in range(ROUNDS):
        format, make = files[number % len(files)]
        data = make()
        if random.random() < 0.1:
            yield formats[random.integers(len(formats))], data
        else:
            mutation = MUTATIONS[random.integers(len(MUTATIONS))]
            yield format, mutation(data, random)


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_draw__mutations(caplog: pytest.LogCaptureFixture) -> None:
    """Each comes to a picture or a reason, and this process is none the larger."""
    for _, make in sources():
        draw(make(), "png")  # so that what is kept of them counts as there before
    before = resident()
    files = mutated()
    sizes: list[int] = []
    with ThreadPoolExecutor(2) as threads:
        # A few at a time: those that wait would count as this process's memory.
        while batch := list(itertools.islice(files, 8)):
            for each in threads.map(lambda pair: draw(pair[1], pair[0]), batch):
                assert bool(each.data) != (each.reason is not None)
                sizes.append(len(each.data))

    assert len(sizes) == ROUNDS
    assert 0 < max(sizes) <= MAX_BYTES
    unforeseen = [record.getMessage() for record in caplog.records]
    assert not [message for message in unforeseen if "failed" in message]
    assert resident() - before < GROWTH
