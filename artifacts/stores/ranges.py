"""Reading what comes in pieces: an object's ranges, and a source's short reads."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 1024 * 1024
"""Bytes read or copied at a time."""
Fetch = Callable[[int, int], bytes]
"""From an offset and a wish in bytes: at least one byte, at most the wish."""


class Reader(Protocol):
    """A source of bytes, wherever they come from."""

    def read(self, size: int, /) -> bytes: ...
    def close(self) -> None: ...


class RangeReader(io.RawIOBase):
    """Fetches what is read and nothing else; `end` is where the object or range ends."""

    def __init__(self, fetch: Fetch, *, start: int, end: int) -> None:
        super().__init__()
        self._fetch = fetch
        self._position = start
        self._end = end

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        target = memoryview(buffer).cast("B")
        wish = min(len(target), self._end - self._position)
        if wish <= 0:
            return 0
        data = self._fetch(self._position, wish)
        target[: len(data)] = data
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._end}
        self._position = max(0, base[whence] + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


def open_ranges(
    fetch: Fetch, *, start: int, end: int, buffer_size: int = io.DEFAULT_BUFFER_SIZE
) -> BinaryIO:
    """Open for reading at `start`, fetching `buffer_size` bytes or more at a time."""
    return io.BufferedReader(RangeReader(fetch, start=start, end=end), buffer_size)


def read_full(content: BinaryIO, size: int) -> bytes:
    """Read `size` bytes, fewer only at the end, from a source that may give fewer."""
    data = content.read(size)
    while 0 < len(data) < size and (more := content.read(size - len(data))):
        data += more
    return data


def read_head(content: Reader, size: int | None = None) -> bytes:
    """Read the first `size` bytes, or all, in pieces that a store can give."""
    pieces, left = [], size
    while piece := content.read(CHUNK if left is None else min(CHUNK, left)):
        pieces.append(piece)
        if left is not None and (left := left - len(piece)) <= 0:
            break
    return b"".join(pieces)
