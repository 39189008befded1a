from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest

from artifacts import selectors, stores
from artifacts.models import FileArtifact
from artifacts.stores.object_store import ObjectStore, Reader

Put = Callable[..., FileArtifact]


class VanishingStore(ObjectStore):
    """A live store that reads piece by piece, as Redis does, while a save goes on."""

    def open(self, key: str, start: int = 0, length: int | None = None) -> Reader:
        return VanishingReader(super().open(key, start, length))


class VanishingReader:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._pieces = 0

    def read(self, size: int, /) -> bytes:
        self._pieces += 1
        if self._pieces > 2:
            raise FileNotFoundError
        return self._reader.read(min(size, 4))

    def close(self) -> None:
        self._reader.close()


@pytest.mark.parametrize(("start", "length"), [(0, None), (3, 15)])
def test_read__goes_on_in_the_persisted_store(
    start: int, length: int | None, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The save came between two pieces: a range of Redis is not one read."""
    content = b"0123456789abcdefghijklmnopqrstuvwxyz"
    artifact = put(content)
    store = VanishingStore(stores.live().storage, "live")
    monkeypatch.setattr(stores, "live", lambda: store)
    reader = selectors.open_content(artifact, start, length)
    pieces = [reader.read(100), reader.read(100)]
    stores.persisted().place(artifact.storage_path, BytesIO(content))
    wanted = content[start:] if length is None else content[start : start + length]
    rest = reader.read(len(wanted) - 8)
    reader.close()
    assert b"".join(pieces) + rest == wanted
