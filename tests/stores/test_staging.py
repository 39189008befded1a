from __future__ import annotations

import hashlib
import io
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from artifacts.conf import conf
from artifacts.exceptions import TooLargeError
from artifacts.stores.object_store import CHUNK, Reader
from artifacts.stores.staging import PREFIX, StagedFile
from tests.stores.places import make_store
from tests.stores.sources import BreakingSource, GrowingSource


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.ARTIFACTS_STAGING_DIR = tmp_path / "staged" / "here"
    return conf.ARTIFACTS_STAGING_DIR


def test_receive__counts_and_hashes(folder: Path) -> None:
    data = bytes(range(256)) * 5000
    with StagedFile.receive(io.BytesIO(data)) as staged:
        assert staged.size == len(data)
        assert staged.sha256 == hashlib.sha256(data).hexdigest()
        assert staged.file.read() == data
        (path,) = folder.iterdir()
        assert path.name.startswith(PREFIX)
    assert list(folder.iterdir()) == []


def test_receive__nothing() -> None:
    with StagedFile.receive(io.BytesIO()) as staged:
        assert staged.size == 0
        assert staged.sha256 == hashlib.sha256().hexdigest()
        assert staged.file.read() == b""


def test_receive__from_where_the_source_stands() -> None:
    source = io.BytesIO(b"abcdef")
    source.seek(2)
    with StagedFile.receive(source) as staged:
        assert staged.file.read() == b"cdef"


def test_receive__as_many_bytes_as_are_allowed(settings: Any) -> None:
    settings.ARTIFACTS_MAX_BYTES = 10
    with StagedFile.receive(io.BytesIO(bytes(10))) as staged:
        assert staged.size == 10


def test_receive__stops_as_soon_as_it_is_too_much(settings: Any, folder: Path) -> None:
    settings.ARTIFACTS_MAX_BYTES = 2 * CHUNK
    source = GrowingSource(1000 * CHUNK)
    with pytest.raises(TooLargeError, match=str(2 * CHUNK)) as raised:
        StagedFile.receive(source)
    assert raised.value.field == "file"
    assert source.tell() == 3 * CHUNK
    assert list(folder.iterdir()) == []


def test_receive__source_breaks(folder: Path) -> None:
    with pytest.raises(OSError, match="broke"):
        StagedFile.receive(BreakingSource(bytes(1000)))
    assert list(folder.iterdir()) == []


def test_receive__memory_does_not_grow_with_the_file() -> None:
    source: Reader = GrowingSource(64 * CHUNK)
    tracemalloc.start()
    try:
        with StagedFile.receive(source) as staged:
            _, peak = tracemalloc.get_traced_memory()
            assert staged.size == 64 * CHUNK
    finally:
        tracemalloc.stop()
    assert peak < 8 * CHUNK


def test_file__is_at_its_start_each_time() -> None:
    with StagedFile.receive(io.BytesIO(b"abc")) as staged:
        assert staged.file.read() == b"abc"
        assert staged.file.read() == b"abc"


def test_file__is_moved_by_a_disk_store(tmp_path: Path) -> None:
    store = make_store("disk", tmp_path)
    with StagedFile.receive(io.BytesIO(b"abc")) as staged:
        assert store.place("a/b", staged.file)
        inode = Path(staged.file.name).stat().st_ino
    stored = (tmp_path / "stored" / "a" / "b").stat()
    assert (stored.st_ino, stored.st_nlink) == (inode, 1)
