"""Objects in Redis: one hash for each, whose fields hold at most `CHUNK` bytes.

A hash is filled under a name of its own, which expires, and renamed once it is
whole: nobody sees a part of it, and what a crash leaves is gone after `UNFINISHED`.
"""

from __future__ import annotations

import contextlib
import functools
import io
import re
import secrets
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO, cast
from urllib.parse import quote, unquote

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils.timezone import make_naive
from redis import Redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
    OutOfMemoryError,
    RedisError,
    ResponseError,
    TimeoutError as RedisTimeoutError,
    WatchError,
)
from redis.retry import Retry

from artifacts.exceptions import NoAnswerError, StoreError, StoreFullError
from artifacts.stores.guard import guard_of
from artifacts.stores.object_store import (
    CHUNK,
    Document,
    ObjectStore,
    Reader,
    Stat,
)
from artifacts.stores.ranges import open_ranges, read_full

UNFINISHED = 3600
"""Seconds for which an upload may rest between two chunks before Redis drops it."""

_AT_ONCE: dict[str, Any] = {
    "socket_connect_timeout": 2,
    "socket_timeout": 2,
    "retry": Retry(NoBackoff(), retries=0),
}
_NO_SPACE = "No space left"
"""In the error of a Redis whose disk is full: strerror of ENOSPC."""


class RedisStorage(Storage):
    """A Django storage; `url` is as redis-py reads it, with its options in the query.

    One connection pool for each process, made when first used; threads share it.
    """

    def __init__(self, *, url: str, prefix: str = "artifacts") -> None:
        self.server = url
        self.prefix = prefix

    @functools.cached_property
    def client(self) -> Redis:
        # The pool notices a fork by itself and opens connections of its own there.
        return Redis.from_url(
            self.server,
            socket_connect_timeout=3,
            socket_timeout=10,
            # A connection that was cut is made anew; silence is not waited for twice.
            retry=Retry(
                ExponentialBackoff(cap=0.5, base=0.05),
                retries=2,
                supported_errors=(RedisConnectionError,),
            ),
        )

    def write(
        self,
        key: str,
        content: BinaryIO,
        *,
        chunk: int = CHUNK,
        replace: bool = False,
        expected: str = "",
    ) -> bool:
        """Publish all of `content` at once; False where `key` exists and stays.

        With `replace` it may exist, but for another version than the `expected` one.
        """
        upload = secrets.token_hex(16)
        unfinished = f"{self._name(key)}:{upload}"
        published = False
        silent = False
        try:
            self._fill(unfinished, upload, content, chunk)
            published = self._publish(
                unfinished, key, upload, replace=replace, expected=expected
            )
        except NoAnswerError:
            silent = True  # nor would it answer now: the upload expires
            raise
        finally:
            if not published and not silent:
                with contextlib.suppress(StoreError), _answers(self):
                    self.client.unlink(unfinished)
        return published

    def read(self, key: str, start: int = 0) -> BinaryIO:
        """Open for reading at `start`; at most one chunk is fetched at a time.

        A document that `replace` wrote has one chunk, which comes with the header:
        a reader has all of the old one or all of the new one.
        """
        guess = start // CHUNK
        upload, size, chunk, first = self._get(key, "size", "chunk", str(guess))
        length, held = int(chunk), {guess: first} if first else {}

        def fetch(position: int, wish: int) -> bytes:
            index, offset = divmod(position, length)
            if index not in held:
                now, data = self._get(key, str(index))
                if now != upload:
                    raise StoreError("An object was replaced while it was read.")
                held.clear()
                held[index] = data
            return held[index][offset : offset + wish]

        return open_ranges(fetch, start=start, end=int(size))

    def document(self, key: str, head: int | None = None) -> Document:
        """Read a document that `replace` wrote, and the id of its upload."""
        upload, first = self._get(key, "0")
        return Document(first if head is None else first[:head], upload.decode())

    def rename(self, key: str, to: str) -> bool:
        """Give an object another key; False where that one is taken."""
        with _answers(self):
            try:
                return bool(self.client.renamenx(self._name(key), self._name(to)))
            except ResponseError as error:
                raise FileNotFoundError(key) from error

    def sweep_unfinished(self, *, delete: bool) -> Iterator[str]:
        """Name, and delete, uploads that no expiry ends; the others end by themselves."""
        pattern = f"{_escape(self.prefix)}:{{*}}:*"
        names = self.client.scan_iter(pattern, count=1000)
        while True:
            with _answers(self):
                name = next(names, None)
                if name is not None and self.client.ttl(name) != -1:
                    continue
                if name is not None and delete:
                    self.client.unlink(name)
            if name is None:
                return
            yield unquote(name.decode())

    def stat(self, key: str) -> Stat:
        _, size, modified = self._get(key, "size", "modified")
        moment = datetime.fromtimestamp(float(modified), tz=UTC)
        return Stat(key, int(size), moment)

    def keys(self, folder: str) -> Iterator[str]:
        """Every key below `folder`, once."""
        path = folder.strip("/")
        below = quote(f"{path}/") if path else ""
        pattern = f"{_escape(self.prefix)}:{{{below}*}}"
        seen: set[bytes] = set()  # SCAN repeats names while its table is resized
        cursor, more = 0, True
        while more:
            with _answers(self):
                cursor, page = self.client.scan(cursor, pattern, count=1000)
            names = set(cast("list[bytes]", page)) - seen
            seen |= names
            yield from (self._key(name) for name in names)
            more = cursor != 0

    def exists(self, name: str) -> bool:
        with _answers(self):
            return bool(self.client.exists(self._name(name)))

    def delete(self, name: str) -> None:
        with _answers(self):
            self.client.unlink(self._name(name))

    def size(self, name: str) -> int:
        return self.stat(name).size

    def get_modified_time(self, name: str) -> datetime:
        moment = self.stat(name).modified
        return moment if settings.USE_TZ else make_naive(moment)

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        start = len(path.strip("/")) + 1 if path.strip("/") else 0
        parts = [key[start:].partition("/") for key in self.keys(path)]
        folders = {name for name, slash, _ in parts if slash}
        return sorted(folders), sorted(name for name, slash, _ in parts if not slash)

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        if mode != "rb":
            raise ValueError("Objects in Redis are opened for reading only.")
        return File(cast("Any", self.read(name)), name=name)

    def _save(self, name: str, content: File[bytes]) -> str:
        while not self.write(name, cast("BinaryIO", content)):
            name = self.get_available_name(name)
        return name

    def _name(self, key: str) -> str:
        # Quoted, a key has no brace of its own: what stands in braces puts the object
        # and its uploads into one slot of a cluster, which RENAME requires.
        return f"{self.prefix}:{{{quote(key)}}}"

    def _key(self, name: bytes) -> str:
        return unquote(name.decode()[len(self.prefix) + 2 : -1])

    def _get(self, key: str, *fields: str) -> list[bytes]:
        """Read the upload's id and these fields, "" for those that are not there."""
        with _answers(self):
            found = self.client.hmget(self._name(key), ("id", *fields))
        if found[0] is None:
            raise FileNotFoundError(key)
        return [value or b"" for value in cast("list[bytes | None]", found)]

    def _fill(self, name: str, upload: str, content: BinaryIO, chunk: int) -> None:
        content.seek(0)
        size = count = 0
        while data := read_full(content, chunk):
            self._set(name, {str(count): data})
            size += len(data)
            count += 1
        header = {"id": upload, "size": size, "chunk": chunk, "modified": time.time()}
        if self._set(name, header) != len(header) + count:
            raise StoreError("An upload to Redis took too long: it has expired.")

    def _set(self, name: str, fields: dict[Any, Any]) -> int:
        """Set fields of an upload; give the number of all that it has."""
        with _answers(self):
            # Both or none: what a crash leaves expires.
            pipeline = self.client.pipeline(transaction=True)
            pipeline.hset(name, mapping=fields)
            pipeline.expire(name, UNFINISHED)
            pipeline.hlen(name)
            return cast("int", pipeline.execute()[-1])

    def _publish(
        self,
        unfinished: str,
        key: str,
        upload: str,
        *,
        replace: bool,
        expected: str = "",
    ) -> bool:
        name = self._name(key)
        with _answers(self):
            pipeline = self.client.pipeline(transaction=True)
            if expected:
                pipeline.watch(name)  # type: ignore[no-untyped-call]
                if pipeline.hget(name, "id") != expected.encode():
                    pipeline.reset()
                    return False
                pipeline.multi()
            (pipeline.rename if replace else pipeline.renamenx)(unfinished, name)
            pipeline.persist(name)
            try:
                return bool(pipeline.execute()[0])
            except WatchError:
                return False
            except ResponseError:
                # Sent again after an answer that got lost, it finds nothing to rename.
                if self.client.hget(name, "id") == upload.encode():
                    return True
                raise


class RedisStore(ObjectStore):
    """Objects on a `RedisStorage`, all of whose methods have the guarantees already."""

    storage: RedisStorage

    def place(self, key: str, content: BinaryIO) -> bool:
        return not self.storage.exists(key) and self.storage.write(key, content)

    def replace(self, key: str, data: bytes) -> None:
        content = io.BytesIO(data)
        self.storage.write(key, content, chunk=max(len(data), 1), replace=True)

    def overwrite(self, key: str, content: BinaryIO) -> None:
        self.storage.write(key, content, replace=True)

    def swap(self, key: str, data: bytes, *, version: str | None) -> bool:
        content = io.BytesIO(data)
        if version is None:
            return self.storage.write(key, content, chunk=max(len(data), 1))
        return self.storage.write(
            key, content, chunk=max(len(data), 1), replace=True, expected=version
        )

    def document(self, key: str, *, head: int | None = None) -> Document:
        return self.storage.document(key, head)

    def move(self, key: str, to: str) -> bool:
        return self.storage.rename(key, to)

    def sweep_unfinished(
        self, before: datetime, *, delete: bool, thorough: bool = False
    ) -> Iterator[str]:
        return self.storage.sweep_unfinished(delete=delete) if thorough else iter(())

    def open(self, key: str, start: int = 0, length: int | None = None) -> Reader:
        return self.storage.read(key, start)

    def stat(self, key: str) -> Stat:
        return self.storage.stat(key)

    def list(self, prefix: str) -> Iterator[Stat]:
        for key in self.storage.keys(prefix):
            with contextlib.suppress(FileNotFoundError):  # deleted since
                yield self.stat(key)

    def warnings(self) -> Sequence[str]:
        """Say what the server's configuration may do to objects, for a system check."""
        with _answers(self.storage):
            # Of its own: it answers at once or not at all, and is not waited for.
            client = Redis.from_url(self.storage.server, **_AT_ONCE)
            try:
                return list(_warnings(_configuration(client)))
            finally:
                client.close()


def _configuration(client: Redis) -> dict[str, str]:
    """Read what matters of it; what may not be read is not there."""
    with contextlib.suppress(ResponseError):  # not every user may, nor every provider
        found = client.config_get("appendonly", "appendfsync", "maxmemory*")
        return {_text(name): _text(value) for name, value in found.items()}
    info = {**client.info("memory"), **client.info("persistence")}
    return {
        "appendonly": "yes" if info.get("aof_enabled") else "no",
        "maxmemory": str(info.get("maxmemory", 0)),
        "maxmemory-policy": str(info.get("maxmemory_policy", "noeviction")),
    }


def _warnings(configuration: dict[str, str]) -> Iterator[str]:
    policy = configuration["maxmemory-policy"]
    if configuration["maxmemory"] != "0" and policy != "noeviction":
        yield f"Redis drops objects when its memory is full: its policy is {policy}."
    sync = configuration.get("appendfsync")
    if configuration["appendonly"] != "yes":
        yield "Redis forgets objects when it restarts: appendonly is not yes."
    elif sync is None:
        yield "Whether Redis keeps what it acknowledged cannot be seen: CONFIG is refused."
    elif sync != "always":
        yield f"Redis may lose what it acknowledged: appendfsync is {sync}, not always."


def _text(value: bytes | str | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""


def _escape(text: str) -> str:
    return re.sub(r"[][*?\\^-]", lambda match: f"\\{match[0]}", text)


@contextlib.contextmanager
def _answers(storage: RedisStorage) -> Iterator[None]:
    with guard_of(storage).call():
        try:
            yield
        except (RedisConnectionError, RedisTimeoutError) as error:
            raise NoAnswerError("Redis did not answer; try again.") from error
        except RedisError as error:
            if isinstance(error, OutOfMemoryError) or _NO_SPACE in str(error):
                raise StoreFullError("Redis has no room left.") from error
            message = "Redis did not answer as it should; try again."
            raise StoreError(message) from error
