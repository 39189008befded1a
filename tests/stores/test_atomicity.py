"""Nobody ever sees a part of an object, nor two versions of it in one."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from artifacts.stores.object_store import CHUNK, ObjectStore
from tests.stores.places import NAMES, empty, make_store
from tests.stores.sources import BreakingSource, read_all

KEY = "artifacts/ab/0123456789ab"


@pytest.mark.parametrize("size", [1000, 3 * CHUNK])
def test_place__source_breaks(whole: ObjectStore, size: int) -> None:
    with pytest.raises(OSError, match="broke"):
        whole.place(KEY, BreakingSource(bytes(size)))
    with pytest.raises(FileNotFoundError):
        whole.stat(KEY)
    assert list(whole.list("")) == []
    assert whole.place(KEY, io.BytesIO(b"again"))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "memory"])
def test_place__process_dies(name: str, tmp_path: Path) -> None:
    place = f"test-{uuid.uuid4()}"
    size = str(80 * CHUNK)  # in several parts, wherever there are parts
    command = [sys.executable, "-m", "tests.stores.dying", name, str(tmp_path)]
    died = subprocess.run([*command, place, KEY, size], check=False)
    assert died.returncode == 42
    store = make_store(name, tmp_path, place=place)
    with pytest.raises(FileNotFoundError):
        store.stat(KEY)
    assert list(store.list("")) == []
    assert store.place(KEY, io.BytesIO(b"again"))
    empty(store)


def test_place__sixteen_at_once(whole: ObjectStore) -> None:
    contents = [bytes([number]) * 150_000 for number in range(16)]
    barrier = threading.Barrier(len(contents))

    def place(content: bytes) -> bool:
        barrier.wait()
        return whole.place(KEY, io.BytesIO(content))

    with ThreadPoolExecutor(len(contents)) as threads:
        placed = list(threads.map(place, contents))
    assert placed.count(True) == 1
    assert read_all(whole, KEY) == contents[placed.index(True)]
    assert [found.key for found in whole.list("")] == [KEY]


def test_replace__under_readers(whole: ObjectStore) -> None:
    documents = [bytes([number]) * (CHUNK + 1000 * number) for number in range(8)]
    whole.replace(KEY, documents[0])
    stop = threading.Event()

    def read() -> set[bytes]:
        seen = set()
        while not stop.is_set():
            seen.add(read_all(whole, KEY))
        return seen

    with ThreadPoolExecutor(3) as threads:
        readers = [threads.submit(read) for _ in range(3)]
        for document in documents * 2:
            whole.replace(KEY, document)
        stop.set()
    assert set().union(*(reader.result() for reader in readers)) <= set(documents)
