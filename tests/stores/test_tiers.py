"""Both stores as one, for everybody who reads."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest

from artifacts import stores
from artifacts.exceptions import CorruptError
from artifacts.stores import tiers
from artifacts.stores.object_store import ObjectStore
from artifacts.stores.tiers import Stored
from paradigm.storages import storage

CONTENT = bytes(range(256)) * 40


def stored(*, is_live: bool = True) -> Stored:
    digest = hashlib.sha256(CONTENT).hexdigest()
    return Stored("artifacts/ab/cd", is_live, len(CONTENT), digest, "img_1 in s-1")


@pytest.fixture
def in_memory(settings: Any) -> None:
    """Use stores whose bytes pass through this process, as they do from far ones."""
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "live": memory, "default": memory}


def place(store: ObjectStore, content: bytes = CONTENT) -> None:
    assert store.place("artifacts/ab/cd", io.BytesIO(content))


def read(reader: Any, size: int = 1000) -> bytes:
    pieces = []
    while piece := reader.read(size):
        pieces.append(piece)
    return b"".join(pieces)


@pytest.mark.parametrize("tier", ["live", "persisted"])
def test_open_at__live_then_persisted(tier: str) -> None:
    store = getattr(stores, tier)()
    place(store)
    reader = tiers.open_at(stored())
    assert read(reader) == CONTENT
    reader.close()
    assert tiers.locate(stored()).alias == store.alias
    with tiers.local(stored()) as local:
        assert local.read() == CONTENT


def test_open_at__saved_stays_saved() -> None:
    place(stores.live())
    for find in (tiers.open_at, tiers.locate):
        with pytest.raises(FileNotFoundError):
            find(stored(is_live=False))
    with pytest.raises(FileNotFoundError), tiers.local(stored(is_live=False)):
        pass


@pytest.mark.parametrize("is_live", [True, False])
@pytest.mark.parametrize("size", [1, 1000, len(CONTENT), 10**6])
def test_open_at__other_bytes_do_not_leave_whole(
    size: int, is_live: bool, in_memory: None
) -> None:
    wrong = bytearray(CONTENT)
    wrong[5000] ^= 1
    place(stores.live() if is_live else stores.persisted(), bytes(wrong))
    reader, got = tiers.open_at(stored(is_live=is_live)), list[bytes]()
    with pytest.raises(CorruptError, match="img_1 in s-1"):
        got.extend(iter(lambda: reader.read(size), b""))
    reader.close()
    assert sum(map(len, got)) < len(CONTENT)


@pytest.mark.parametrize("wrong", [CONTENT[:-1], b"", CONTENT + b"x"])
def test_open_at__fewer_or_more_bytes_do_not_pass(
    wrong: bytes, in_memory: None
) -> None:
    place(stores.live(), wrong)
    reader = tiers.open_at(stored())
    with pytest.raises(CorruptError):
        read(reader)
    reader.close()


def test_open_at__a_part_is_taken_as_it_is(in_memory: None) -> None:
    place(stores.live(), b"x" * len(CONTENT))
    reader = tiers.open_at(stored(), 10, 5)
    assert reader.read(5) == b"xxxxx"
    reader.close()


def test_open_at__the_kernel_sends_local_files(settings: Any, tmp_path: Path) -> None:
    disk: Any = storage(f"file://{tmp_path}/disk", data_dir=tmp_path, folder="")
    settings.STORAGES = {**settings.STORAGES, "live": disk}
    place(stores.live())
    reader = tiers.open_at(stored())
    assert isinstance(reader, io.FileIO)
    assert Path(str(reader.name)).name == "cd"
    reader.close()
