"""What holds for every store, on whatever it is."""

from __future__ import annotations

import contextlib
import io
import random
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, cast

import pytest
from django.core.files.storage import InMemoryStorage  # noqa: TID251 - itself

from artifacts.stores.disk import DiskStore
from artifacts.stores.object_store import CHUNK, ObjectStore
from tests.stores.sources import (
    GrowingSource,
    OvertakenSource,
    StutteringSource,
    read_all,
)

KEY = "artifacts/ab/0123456789ab"
LARGE = random.Random(1).randbytes(2 * CHUNK + 12_345)


def test_place__new_key(store: ObjectStore) -> None:
    assert store.place(KEY, io.BytesIO(b"\r\nabc\0\xff\n"))
    assert read_all(store, KEY) == b"\r\nabc\0\xff\n"


def test_place__taken_key(store: ObjectStore) -> None:
    store.place(KEY, io.BytesIO(b"first"))
    assert not store.place(KEY, io.BytesIO(b"second"))
    assert read_all(store, KEY) == b"first"


def test_place__another_is_faster(store: ObjectStore) -> None:
    source = OvertakenSource(b"second", lambda: store.place(KEY, io.BytesIO(b"first")))
    assert not store.place(KEY, source)
    assert [found.key for found in store.list("artifacts")] == [KEY]
    assert read_all(store, KEY) == b"first"


def test_place__reads_from_the_start(store: ObjectStore) -> None:
    source = io.BytesIO(b"abc")
    source.read()
    assert store.place(KEY, source)
    assert read_all(store, KEY) == b"abc"


def test_place__source_gives_less_than_asked(store: ObjectStore) -> None:
    assert store.place(KEY, StutteringSource(LARGE))
    assert read_all(store, KEY) == LARGE


@pytest.mark.parametrize(
    ("start", "size"),
    [
        (0, 0),
        (0, 10),
        (CHUNK - 3, 6),
        (CHUNK, CHUNK),
        (7, len(LARGE) - 7),
        (len(LARGE) - 1, 1),
        (len(LARGE), 5),
        (len(LARGE) + CHUNK, 5),
    ],
)
def test_open__range(store: ObjectStore, start: int, size: int) -> None:
    store.place(KEY, io.BytesIO(LARGE))
    assert read_all(store, KEY, start, size) == LARGE[start : start + size]


def test_open__from_the_middle_to_the_end(store: ObjectStore) -> None:
    store.place(KEY, io.BytesIO(LARGE))
    assert read_all(store, KEY, CHUNK + 1) == LARGE[CHUNK + 1 :]


@pytest.mark.parametrize(("start", "size"), [(0, -1), (0, 0), (0, 5), (5, 5)])
def test_open__empty_object(store: ObjectStore, start: int, size: int) -> None:
    store.place(KEY, io.BytesIO())
    assert read_all(store, KEY, start, size) == b""
    assert store.stat(KEY).size == 0


def test_open__one_read_gives_all_that_is_asked(whole: ObjectStore) -> None:
    whole.place(KEY, io.BytesIO(LARGE))
    with contextlib.closing(whole.open(KEY)) as content:
        assert content.read(len(LARGE)) == LARGE
        assert content.read(1) == b""


@pytest.mark.parametrize("length", [None, 0, 5])
def test_open__missing(store: ObjectStore, length: int | None) -> None:
    with pytest.raises(FileNotFoundError):
        store.open(KEY, 0, length)


def test_local__is_a_whole_file(store: ObjectStore) -> None:
    store.place(KEY, io.BytesIO(LARGE))
    with store.local(KEY) as content:
        assert content.fileno() >= 0
        assert content.read() == LARGE


def test_local__missing(store: ObjectStore) -> None:
    with pytest.raises(FileNotFoundError):
        store.local(KEY).__enter__()


def test_stat__size_and_time(store: ObjectStore) -> None:
    store.place(KEY, io.BytesIO(b"abc"))
    found = store.stat(KEY)
    assert (found.key, found.size) == (KEY, 3)
    assert abs(found.modified - datetime.now(UTC)) < timedelta(minutes=1)


def test_stat__missing(store: ObjectStore) -> None:
    with pytest.raises(FileNotFoundError):
        store.stat(KEY)


def test_delete__is_idempotent(store: ObjectStore) -> None:
    store.place(KEY, io.BytesIO(b"abc"))
    store.delete(KEY)
    store.delete(KEY)
    with pytest.raises(FileNotFoundError):
        store.stat(KEY)
    assert store.place(KEY, io.BytesIO(b"new"))


def test_path__is_for_stores_on_disk(store: ObjectStore) -> None:
    assert store.path(KEY) == (KEY if isinstance(store, DiskStore) else None)


def test_list__below_a_folder(store: ObjectStore) -> None:
    for key in ("a/1", "a/b/2", "ab/3", "c/4"):
        store.place(key, io.BytesIO(key.encode()))
    assert sorted(found.key for found in store.list("a")) == ["a/1", "a/b/2"]
    assert sorted(found.size for found in store.list("a")) == [3, 5]
    assert list(store.list("nothing")) == []


def test_list__of_everything(whole: ObjectStore) -> None:
    for key in ("a/1", "a/b/2", "3"):
        whole.place(key, io.BytesIO(b"abc"))
    assert {found.key for found in whole.list("")} == {"a/1", "a/b/2", "3"}


@pytest.mark.parametrize(
    "name",
    ["with space", "{brace}", "50%", "a*?[b]", "é漢🎈", "q'\"&+=#", "a%2Fb", "-"],
)
def test_key__of_unusual_characters(store: ObjectStore, name: str) -> None:
    key = f"odd {name}/{name}"
    assert store.place(key, io.BytesIO(b"abc"))
    assert [found.key for found in store.list(f"odd {name}")] == [key]
    assert read_all(store, key) == b"abc"
    assert store.stat(key).key == key
    store.delete(key)
    assert list(store.list(f"odd {name}")) == []


def test_replace__new_and_old(store: ObjectStore) -> None:
    store.replace(KEY, b"first")
    store.replace(KEY, b"second one")
    assert read_all(store, KEY) == b"second one"
    store.replace(KEY, b"")
    assert read_all(store, KEY) == b""
    assert [found.key for found in store.list("artifacts")] == [KEY]


def test_memory__does_not_grow_with_the_object(whole: ObjectStore) -> None:
    size = 64 * CHUNK
    whole.place("warm/up", io.BytesIO(b"libraries are loaded"))
    tracemalloc.start()
    try:
        assert whole.place(KEY, cast("BinaryIO", GrowingSource(size)))
        count = 0
        with contextlib.closing(whole.open(KEY)) as content:
            while piece := content.read(CHUNK):
                count += len(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == size
    assert peak < size // 2, peak // CHUNK


def test_document__of_a_store_without_guarantees() -> None:
    """Django's own, such as memory and Azure, compares before it writes."""
    plain = ObjectStore(InMemoryStorage())
    assert plain.swap("a", b"one", version=None)
    assert not plain.swap("a", b"two", version=None)
    found = plain.document("a", head=2)
    assert found.data == b"on"
    assert plain.swap("a", b"longer", version=found.version)
    assert not plain.swap("a", b"late", version=found.version)
    assert list(plain.sweep_unfinished(datetime.now(UTC), delete=True)) == []


def test_swap__only_in_place_of_what_was_looked_at(whole: ObjectStore) -> None:
    assert whole.swap("manifests/a.json", b"one", version=None)
    assert not whole.swap("manifests/a.json", b"new", version=None)
    one = whole.document("manifests/a.json")
    assert one.data == b"one"
    assert whole.swap("manifests/a.json", b"two", version=one.version)
    assert not whole.swap("manifests/a.json", b"late", version=one.version)
    two = whole.document("manifests/a.json", head=2)
    assert two.data == b"tw"
    whole.delete("manifests/a.json")
    assert not whole.swap("manifests/a.json", b"late", version=two.version)
    with pytest.raises(FileNotFoundError):
        whole.document("manifests/a.json")


def test_swap__of_many_at_once_each_sees_the_one_before(whole: ObjectStore) -> None:
    whole.replace("log", b"")

    def append(number: int) -> None:
        written = False
        while not written:
            document = whole.document("log")
            more = document.data + b"%02d " % number
            written = whole.swap("log", more, version=document.version)

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(append, range(24)))
    written = sorted(map(int, whole.document("log").data.split()))
    assert written == list(range(24))


def test_overwrite__whatever_is_there(store: ObjectStore) -> None:
    content = bytes(range(256)) * 8192  # more than a chunk
    for _ in range(2):
        store.overwrite("artifacts/a", io.BytesIO(content))
        assert read_all(store, "artifacts/a") == content


def test_move__to_a_free_key(store: ObjectStore) -> None:
    store.place("artifacts/a", io.BytesIO(b"one"))
    store.place("artifacts/b", io.BytesIO(b"two"))
    assert not store.move("artifacts/a", "artifacts/b")
    assert store.move("artifacts/a", "trash/2026-11-27/artifacts/a")
    assert read_all(store, "trash/2026-11-27/artifacts/a") == b"one"
    assert read_all(store, "artifacts/b") == b"two"
    with pytest.raises(FileNotFoundError):
        store.stat("artifacts/a")
    with pytest.raises(FileNotFoundError):
        store.move("artifacts/a", "artifacts/c")
