"""Sources of bytes for stores to place, good and bad."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable

from artifacts.stores.object_store import CHUNK, ObjectStore


class BreakingSource(io.BytesIO):
    """A source that fails for good once half of it was read."""

    def read(self, size: int | None = -1, /) -> bytes:
        half = len(self.getbuffer()) // 2
        if self.tell() >= half:
            raise OSError("The source broke.")
        return super().read(half if size is None or size < 0 else min(size, half))


class StutteringSource(io.BytesIO):
    """A source that gives less than it is asked for, as a socket does."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(300_001 if size is None else min(size, 300_001))


class OvertakenSource(io.BytesIO):
    """A source whose key is taken by `rival` as soon as anybody turns to it."""

    def __init__(self, data: bytes, rival: Callable[[], object]) -> None:
        super().__init__(data)
        self._rival: Callable[[], object] | None = rival

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        rival, self._rival = self._rival, None
        if rival is not None:
            rival()
        return super().seek(offset, whence)


class GrowingSource(io.RawIOBase):
    """Bytes made as they are read, so that a large object costs no memory here."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self._position = 0

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.size}
        self._position = base[whence] + offset
        return self._position

    def read(self, size: int = -1, /) -> bytes:
        left = self.size - self._position
        taken = min(size, left) if size >= 0 else left
        self._position += taken
        return b"x" * taken


def read_all(store: ObjectStore, key: str, start: int = 0, size: int = -1) -> bytes:
    """Read `size` bytes, or all, from `start`."""
    left = size
    pieces = []
    with contextlib.closing(store.open(key, start, None if size < 0 else size)) as it:
        while left and (piece := it.read(left if size >= 0 else CHUNK)):
            left -= len(piece)
            pieces.append(piece)
    return b"".join(pieces)
