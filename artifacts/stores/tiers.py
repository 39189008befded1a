"""Both stores as one: live, then persisted, for everybody who reads bytes.

A save moves bytes from the one to the other at any moment. A key whose row said "live"
is looked for in both, in this order; one whose row said "saved" stays saved.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from artifacts import stores
from artifacts.exceptions import CorruptError
from artifacts.stores.object_store import ObjectStore, Reader


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes as their row has them: where they are, how many, and their SHA-256 (hex)."""

    key: str
    is_live: bool
    size: int
    sha256: str
    name: str
    "Of the artifact and its namespace, for messages."


def locate(stored: Stored) -> ObjectStore:
    """Find the store that holds the bytes now; raise `FileNotFoundError` for none."""
    for store in _tiers(stored):
        with contextlib.suppress(FileNotFoundError):
            store.stat(stored.key)
            return store
    raise FileNotFoundError(stored.key)


def open_at(stored: Stored, start: int = 0, length: int | None = None) -> Reader:
    """Open the bytes at `start`, wherever they rest at this moment.

    The whole of what passes through this process is hashed on its way: its last bytes
    are withheld, with `CorruptError`, where it is not what was put. A local file,
    which the kernel sends, comes as it is; `verify_artifacts --deep` reads those.
    """
    whole = start == 0 and (length is None or length >= stored.size)
    for store in _tiers(stored):
        try:
            reader = store.open(stored.key, start, length)
        except FileNotFoundError:
            continue
        if store.path(stored.key) is not None:
            return reader
        if store.alias == "live":
            reader = _FollowingReader(stored.key, reader, start, length)
        return _CheckedReader(stored, reader) if whole else reader
    raise FileNotFoundError(stored.key)


@contextlib.contextmanager
def local(stored: Stored) -> Iterator[BinaryIO]:
    """Give the whole object as a real file, copied to disk where it is elsewhere."""
    with contextlib.ExitStack() as stack:
        for store in _tiers(stored):
            with contextlib.suppress(FileNotFoundError):
                content = stack.enter_context(store.local(stored.key))
                break
        else:
            raise FileNotFoundError(stored.key)
        yield content


def _tiers(stored: Stored) -> tuple[ObjectStore, ...]:
    if stored.is_live:
        return stores.live(), stores.persisted()
    return (stores.persisted(),)


class _FollowingReader:
    """Reads on in the persisted store where a save deletes the live copy midway."""

    def __init__(
        self, key: str, reader: Reader, start: int, length: int | None
    ) -> None:
        self._key = key
        self._reader = reader
        self._position = start
        self._end = None if length is None else start + length

    def read(self, size: int, /) -> bytes:
        try:
            data = self._reader.read(size)
        except FileNotFoundError:
            self._reader.close()
            left = None if self._end is None else self._end - self._position
            self._reader = stores.persisted().open(self._key, self._position, left)
            data = self._reader.read(size)
        self._position += len(data)
        return data

    def close(self) -> None:
        self._reader.close()


class _CheckedReader:
    """Withholds the last bytes of an object that is not what was put."""

    def __init__(self, stored: Stored, reader: Reader) -> None:
        self._stored = stored
        self._reader = reader
        self._digest = hashlib.sha256()
        self._read = 0

    def read(self, size: int, /) -> bytes:
        data = self._reader.read(size)
        self._read += len(data)
        self._digest.update(data)
        at_end = self._read >= self._stored.size or (size and not data)
        if at_end and self._digest.hexdigest() != self._stored.sha256:
            raise CorruptError(
                f"The bytes of {self._stored.name} are not those that were put."
            )
        return data

    def close(self) -> None:
        self._reader.close()
