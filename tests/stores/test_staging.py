from __future__ import annotations

import errno
import hashlib
import io
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from artifacts.conf import conf
from artifacts.exceptions import TooLargeError
from artifacts.stores import staging
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
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("unnamed", [True, False])
def test_staged__has_a_name_only_where_it_has_to(
    unnamed: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not unnamed:
        monkeypatch.setattr(staging, "_UNNAMED", 0)  # a system that has no such files
    with StagedFile.receive(io.BytesIO(b"abc")) as staged:
        names = [path.name for path in folder.iterdir()]
        assert [name.startswith(PREFIX) for name in names] == [True] * (not unnamed)
        assert staged.file.read() == b"abc"
    assert list(folder.iterdir()) == []


def test_close__lets_go_of_what_a_full_disk_did_not_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    staged = StagedFile()
    staged.write(b"abc")
    file = staged.file

    class Full(io.BytesIO):
        def close(self) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(staged, "_temporary", Full())
    staged.close()
    file.close()


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


@pytest.mark.parametrize("unnamed", [True, False])
def test_file__is_moved_by_a_disk_store(
    unnamed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not unnamed:
        monkeypatch.setattr(staging, "_UNNAMED", 0)
    store = make_store("disk", tmp_path)
    with StagedFile.receive(io.BytesIO(b"abc")) as staged:
        assert store.place("a/b", staged.file)
        assert not store.place("a/b", staged.file)
        inode = os.fstat(staged.file.fileno()).st_ino
    stored = (tmp_path / "stored" / "a" / "b").stat()
    assert (stored.st_ino, stored.st_nlink) == (inode, 1)
