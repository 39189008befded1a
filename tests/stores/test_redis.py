from __future__ import annotations

import contextlib
import io
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from redis import Redis

from artifacts.exceptions import StoreError
from artifacts.stores.object_store import CHUNK
from artifacts.stores.redis import UNFINISHED, RedisStorage, RedisStore
from tests.servers.faults import FaultProxy
from tests.servers.ports import free_port, wait_for
from tests.stores.places import empty, make_store, url_of
from tests.stores.sources import read_all

KEY = "artifacts/ab/0123456789ab"


def redis_store(url: str = "", **options: Any) -> RedisStore:
    store = make_store("redis", Path(), url=url, **options)
    assert isinstance(store, RedisStore)
    return store


@pytest.fixture
def store() -> Iterator[RedisStore]:
    store = redis_store()
    yield store
    empty(store)


@pytest.fixture
def start_redis(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Start a server with these options of its own; give its URL."""
    with contextlib.ExitStack() as servers:

        def start(*options: str) -> str:
            port = free_port()
            command = [shutil.which("redis-server") or "", "--port", str(port)]
            command += ["--save", "", "--dir", str(tmp_path), *options]
            server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            servers.callback(server.wait)
            servers.callback(server.terminate)
            wait_for(port)
            return f"redis://127.0.0.1:{port}/0"

        yield start


class Meddling(io.BytesIO):
    """A source that does something when its second chunk is read."""

    def __init__(self, meddle: Callable[[], None]) -> None:
        super().__init__(bytes(3 * CHUNK))
        self._meddle = meddle

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() == CHUNK:
            self._meddle()
        return super().read(size)


def names(store: RedisStore) -> list[bytes]:
    prefix = store.storage.prefix.encode()
    client: Redis = store.storage.client
    return [name for name in client.scan_iter() if name.startswith(prefix)]


def test_place__published_never_expires(store: RedisStore) -> None:
    store.place(KEY, io.BytesIO(bytes(2 * CHUNK)))
    (name,) = names(store)
    assert store.storage.client.ttl(name) == -1


def test_place__unpublished_expires(store: RedisStore) -> None:
    seen: list[Any] = []

    def look() -> None:
        seen.extend(store.storage.client.ttl(name) for name in names(store))

    store.place(KEY, Meddling(look))
    (seconds,) = seen
    assert 0 < seconds <= UNFINISHED


def test_place__expires_from_its_first_command(store: RedisStore) -> None:
    """Redis runs all or nothing of it, should the one who asks die meanwhile."""
    client = store.storage.client
    with client.monitor() as monitor:
        store.place(KEY, io.BytesIO(b"abc"))
        client.echo("the end")
        seen: list[str] = []
        while not seen or seen[-1] != "ECHO":
            seen.append(monitor.next_command()["command"].split(" ")[0])
    first = seen.index("HSET")
    assert seen[first - 1 : first + 4] == ["MULTI", "HSET", "EXPIRE", "HLEN", "EXEC"]


def test_place__expired_meanwhile(store: RedisStore) -> None:
    def expire() -> None:
        store.storage.client.delete(*names(store))

    with pytest.raises(StoreError, match="expired"):
        store.place(KEY, Meddling(expire))
    assert names(store) == []


def test_place__another_is_faster(store: RedisStore) -> None:
    other = RedisStore(
        RedisStorage(url=store.storage.server, prefix=store.storage.prefix)
    )

    def overtake() -> None:
        assert other.place(KEY, io.BytesIO(b"first"))

    assert not store.place(KEY, Meddling(overtake))
    assert read_all(store, KEY) == b"first"
    assert len(names(store)) == 1


def test_place__answer_gets_lost(store: RedisStore) -> None:
    """The server has published; asked again, it finds nothing to rename."""
    parts = urlsplit(url_of("redis"))
    with FaultProxy(parts.port or 6379) as proxy:
        proxy.lose(b"RENAMENX")
        url = f"redis://127.0.0.1:{proxy.port}{parts.path}"
        behind = RedisStore(RedisStorage(url=url, prefix=store.storage.prefix))
        assert behind.place(KEY, io.BytesIO(b"abc"))
        assert proxy.lost == 1
    assert read_all(store, KEY) == b"abc"


def test_publish__nothing_there(store: RedisStore) -> None:
    with pytest.raises(StoreError):
        store.storage._publish("nothing", KEY, "id", replace=False)


def test_open__replaced_while_it_is_read(store: RedisStore) -> None:
    store.place(KEY, io.BytesIO(bytes(3 * CHUNK)))
    with contextlib.closing(store.open(KEY)) as content:
        content.read(10)
        store.replace(KEY, bytes(3 * CHUNK))
        with pytest.raises(StoreError, match="replaced"):
            content.read(2 * CHUNK)


def test_open__deleted_while_it_is_read(store: RedisStore) -> None:
    store.place(KEY, io.BytesIO(bytes(3 * CHUNK)))
    with contextlib.closing(store.open(KEY)) as content:
        content.read(10)
        store.delete(KEY)
        with pytest.raises(FileNotFoundError):
            content.read(2 * CHUNK)


def test_open__far_into_a_document_of_one_piece(store: RedisStore) -> None:
    store.replace(KEY, bytes(2 * CHUNK) + b"abc")
    assert read_all(store, KEY, 2 * CHUNK) == b"abc"


def test_list__deleted_meanwhile(store: RedisStore) -> None:
    for number in range(3):
        store.place(f"a/{number}", io.BytesIO(b"abc"))
    listing = store.list("a")
    next(listing)
    for number in range(3):
        store.delete(f"a/{number}")
    assert list(listing) == []


@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_unreachable(scheme: str) -> None:
    store = redis_store(f"{scheme}://127.0.0.1:{free_port()}/0")
    for call in (store.stat, store.open, store.delete, store.storage.exists):
        with pytest.raises(StoreError):
            call(KEY)
    with pytest.raises(StoreError):
        store.place(KEY, io.BytesIO(b"abc"))
    with pytest.raises(StoreError):
        list(store.list(""))


def test_full_memory(start_redis: Callable[..., str]) -> None:
    store = redis_store(start_redis("--maxmemory", "8mb"))
    with pytest.raises(StoreError):
        store.place(KEY, io.BytesIO(bytes(16 * CHUNK)))
    assert names(store) == []
    assert store.place(KEY, io.BytesIO(b"abc"))


def test_warnings__of_a_server_that_evicts(start_redis: Callable[..., str]) -> None:
    options = ("--maxmemory", "8mb", "--maxmemory-policy", "allkeys-lru")
    evicts, forgets = redis_store(start_redis(*options)).warnings()
    assert "allkeys-lru" in evicts
    assert "appendonly" in forgets


def test_names__of_an_object_share_a_slot_of_a_cluster(
    start_redis: Callable[..., str],
) -> None:
    store = redis_store(start_redis("--cluster-enabled", "yes"))
    client: Any = store.storage.client
    client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
    while client.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
        pass  # it takes a moment to agree with itself
    assert store.place("a}{b/c", io.BytesIO(bytes(2 * CHUNK)))
    store.replace("a}{b/c", b"abc")
    assert [found.key for found in store.list("")] == ["a}{b/c"]


def test_storage__as_django_uses_it(store: RedisStore, settings: Any) -> None:
    storage = store.storage
    name = storage.save("a/b.txt", ContentFile(b"hello"))
    assert name == "a/b.txt"
    assert storage.exists(name)
    assert storage.size(name) == 5
    assert storage.get_modified_time(name).tzinfo is not None
    settings.USE_TZ = False
    assert storage.get_modified_time(name).tzinfo is None
    with storage.open(name) as content:
        content.seek(1)
        assert content.read() == b"ello"
    storage.delete(name)
    assert not storage.exists(name)


def test_storage__save_finds_a_free_name(store: RedisStore) -> None:
    first = store.storage.save("a.txt", ContentFile(b"first"))
    second = store.storage.save("a.txt", ContentFile(b"second"))
    third = store.storage._save("a.txt", ContentFile(b"third"))
    assert len({first, second, third}) == 3
    assert read_all(store, first) == b"first"
    assert read_all(store, third) == b"third"


def test_storage__listdir(store: RedisStore) -> None:
    for key in ("top", "a/1", "a/2", "a/b/3", "c/4"):
        store.place(key, io.BytesIO(b"abc"))
    assert store.storage.listdir("") == (["a", "c"], ["top"])
    assert store.storage.listdir("a/") == (["b"], ["1", "2"])


def test_storage__is_read_only_once_written(store: RedisStore) -> None:
    with pytest.raises(ValueError, match="reading only"):
        store.storage.open(KEY, "wb")
    with pytest.raises(NotImplementedError):
        store.storage.url(KEY)


def test_sweep_unfinished__uploads_that_nothing_ends(store: RedisStore) -> None:
    """A process killed between two commands left one that never expired."""
    storage = store.storage
    name = f"{storage.prefix}:{{artifacts/ab/x}}:0123456789abcdef"
    storage.client.hset(name, "0", b"half of it")
    expiring = f"{storage.prefix}:{{artifacts/ab/y}}:0123456789abcdef"
    storage.client.hset(expiring, "0", b"under way")
    storage.client.expire(expiring, UNFINISHED)
    store.place(KEY, io.BytesIO(b"whole"))
    now = datetime.now(UTC)
    assert list(store.sweep_unfinished(now, delete=True)) == []
    found = list(store.sweep_unfinished(now, delete=True, thorough=True))
    assert found == [name]
    assert not storage.client.exists(name)
    assert storage.client.exists(expiring)
    assert read_all(store, KEY) == b"whole"
