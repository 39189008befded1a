from __future__ import annotations

import io
import os

from artifacts.stores.ranges import RangeReader, open_ranges, read_full
from tests.stores.sources import StutteringSource

DATA = bytes(range(100))


def fetch(start: int, length: int) -> bytes:
    return DATA[start : start + min(length, 7)]


def test_open_ranges__fetches_until_it_has_all() -> None:
    content = open_ranges(fetch, start=3, end=90)
    assert content.read(50) == DATA[3:53]
    assert content.read() == DATA[53:90]
    assert content.read() == b""


def test_open_ranges__fetches_nothing_before_it_is_read() -> None:
    asked: list[int] = []

    def count(start: int, length: int) -> bytes:
        asked.append(length)
        return fetch(start, length)

    content = open_ranges(count, start=0, end=100, buffer_size=16)
    assert asked == []
    content.read(1)
    assert asked == [16]


def test_open_ranges__start_beyond_the_end() -> None:
    assert open_ranges(fetch, start=200, end=100).read() == b""


def test_range_reader__seek() -> None:
    reader = RangeReader(fetch, start=10, end=100)
    assert (reader.readable(), reader.seekable(), reader.tell()) == (True, True, 10)
    assert reader.seek(-5, os.SEEK_END) == 95
    assert reader.read(100) == DATA[95:]
    assert reader.seek(-4, os.SEEK_CUR) == 96
    assert reader.seek(-4) == 0


def test_read_full__collects_short_reads() -> None:
    source = StutteringSource(bytes(1_000_000))
    assert len(read_full(source, 700_000)) == 700_000
    assert len(read_full(source, 700_000)) == 300_000
    assert read_full(io.BytesIO(), 5) == b""
