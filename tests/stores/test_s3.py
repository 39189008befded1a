from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from artifacts.exceptions import StoreError
from artifacts.stores import s3
from artifacts.stores.object_store import CHUNK
from artifacts.stores.ranges import read_full
from artifacts.stores.s3 import ONE_REQUEST, S3Store
from tests.servers.faults import FaultProxy
from tests.servers.ports import free_port
from tests.stores.places import empty, make_store, url_of
from tests.stores.sources import BreakingSource, GrowingSource, read_all

KEY = "artifacts/ab/0123456789ab"


def s3_store(**options: Any) -> S3Store:
    store = make_store("s3", Path(), **options)
    assert isinstance(store, S3Store)
    return store


@pytest.fixture
def store() -> Iterator[S3Store]:
    store = s3_store()
    yield store
    empty(store)


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send small objects as large ones are sent; S3's parts have 5 MiB or more."""
    monkeypatch.setattr(s3, "ONE_REQUEST", 0)
    monkeypatch.setattr(s3, "PART", 5 * CHUNK)


def behind(store: S3Store, proxy: FaultProxy) -> S3Store:
    """Make the same store, reached through the proxy."""
    return s3_store(
        place=store.storage.location, endpoint_url=f"http://127.0.0.1:{proxy.port}"
    )


def server_port(store: S3Store) -> int:
    return urlsplit(str(store.storage.endpoint_url)).port or 80


def unfinished(store: S3Store) -> list[str]:
    client = store.storage.connection.meta.client
    found = client.list_multipart_uploads(Bucket=store.storage.bucket_name)
    keys = [upload["Key"] for upload in found.get("Uploads", ())]
    return [key for key in keys if key.startswith(store.storage.location)]


def test_place__larger_than_one_request(store: S3Store) -> None:
    size = ONE_REQUEST + CHUNK
    assert store.place(KEY, cast("BinaryIO", GrowingSource(size)))
    assert store.stat(KEY).size == size
    assert read_all(store, KEY, size - 3) == b"xxx"
    assert unfinished(store) == []


@pytest.mark.usefixtures("in_parts")
def test_place__source_of_parts_breaks(store: S3Store) -> None:
    with pytest.raises(OSError, match="broke"):
        store.place(KEY, BreakingSource(bytes(12 * CHUNK)))
    assert unfinished(store) == []
    assert list(store.list("")) == []


@pytest.mark.parametrize("name", ["page.html", "photo.svg.gz"])
def test_place__type_is_never_guessed(store: S3Store, name: str) -> None:
    store.place(name, io.BytesIO(b"abc"))
    client = store.storage.connection.meta.client
    head = client.head_object(
        Bucket=store.storage.bucket_name, Key=f"{store.storage.location}/{name}"
    )
    assert head["ContentType"] == "application/octet-stream"
    assert head.get("ContentEncoding", "") == ""


def test_place__answer_gets_lost(store: S3Store) -> None:
    """The server has stored it; asked again, it refuses what is there by now."""
    with FaultProxy(server_port(store)) as proxy:
        proxy.lose(b"the marked content")
        assert behind(store, proxy).place(KEY, io.BytesIO(b"the marked content"))
        assert proxy.lost == 1
    assert read_all(store, KEY) == b"the marked content"


def test_open__connection_breaks_while_it_is_read(store: S3Store) -> None:
    store.place(KEY, io.BytesIO(bytes(4 * CHUNK)))
    with FaultProxy(server_port(store)) as proxy:
        proxy.lose(b"GET /", passing=2 * CHUNK)
        content = behind(store, proxy).open(KEY)
        with contextlib.closing(content), pytest.raises(StoreError):
            read_full(cast("BinaryIO", content), 4 * CHUNK)


def test_location__may_be_none() -> None:
    store = s3_store(location="")
    key = f"no-location/{KEY}"
    assert store.place(key, io.BytesIO(b"abc"))
    assert [found.key for found in store.list("no-location")] == [key]
    store.delete(key)


def test_presigned_url__answers_with_these_headers(store: S3Store) -> None:
    store.place(KEY, io.BytesIO(b"abc"))
    headers = {
        "Content-Type": "image/png",
        "Content-Disposition": "attachment; filename*=UTF-8''%C3%A9.png",
        "Cache-Control": "private, max-age=60",
    }
    url = store.presigned_url(KEY, seconds=60, headers=headers)
    answer = requests.get(url, timeout=120)
    assert answer.content == b"abc"
    assert {name: answer.headers[name] for name in headers} == headers


def test_presigned_url__of_another_key_is_refused(store: S3Store) -> None:
    url = store.presigned_url(KEY, seconds=60, headers={})
    answer = requests.get(url.replace("0123456789ab", "other"), timeout=120)
    assert answer.status_code == 403


def test_refused__is_an_error_of_the_store() -> None:
    store = s3_store(secret_key="wrong")
    with pytest.raises(StoreError):
        store.stat(KEY)
    with pytest.raises(StoreError):
        store.open(KEY)
    with pytest.raises(StoreError):
        store.place(KEY, io.BytesIO(b"abc"))


def test_bucket__missing() -> None:
    store = s3_store(bucket_name="no-such-bucket")
    with pytest.raises(StoreError) as raised:
        store.place(KEY, io.BytesIO(b"abc"))
    assert "NoSuchBucket" in str(raised.value.__cause__)
    assert "bucket" not in str(raised.value)  # clients may see it


def test_unreachable() -> None:
    url = url_of("s3").partition("?")[0]
    endpoint = f"http%3A%2F%2F127.0.0.1%3A{free_port()}"
    store = s3_store(url=f"{url}?endpoint_url={endpoint}&addressing_style=path")
    for call in (store.stat, store.open, store.delete):
        with pytest.raises(StoreError):
            call(KEY)
    with pytest.raises(StoreError):
        list(store.list(""))


def test_presigned_url__leads_to_the_public_address(tmp_path: Path) -> None:
    """Clients were sent to an address that only the service could reach."""
    public = "https://files.example.com"
    url = f"{url_of('s3')}&public_endpoint_url={public}"
    store = make_store("s3", tmp_path, url=url)
    signed = store.presigned_url(KEY, seconds=60, headers={})
    assert signed.startswith(f"{public}/")
    assert "X-Amz-Signature=" in signed
    plain = make_store("s3", tmp_path).presigned_url(KEY, seconds=60, headers={})
    assert not plain.startswith(public)


def test_presigned_url__of_the_public_address_is_accepted(tmp_path: Path) -> None:
    """The signature is of the host that the client names."""
    parts = parse_qs(urlsplit(url_of("s3")).query)
    (internal,) = parts["endpoint_url"]
    public = internal.replace("127.0.0.1", "localhost")
    url = f"{url_of('s3')}&public_endpoint_url={public}"
    store = make_store("s3", tmp_path, url=url)
    store.place(KEY, io.BytesIO(b"abc"))
    signed = store.presigned_url(KEY, seconds=60, headers={})
    assert requests.get(signed, timeout=10).content == b"abc"
    empty(store)


def test_sweep_unfinished__uploads_that_nobody_completed(store: S3Store) -> None:
    """A killed process left their parts, which no listing shows, for ever."""
    names = {"Bucket": store.storage.bucket_name, "Key": store._name(KEY)}
    made = store._client.create_multipart_upload(**names)
    now = datetime.now(UTC)
    early, late = now - timedelta(hours=1), now + timedelta(hours=1)
    assert list(store.sweep_unfinished(early, delete=True)) == []
    (found,) = store.sweep_unfinished(late, delete=False)
    assert found == f"{KEY} (upload {made['UploadId']})"
    assert list(store.sweep_unfinished(late, delete=True)) == [found]
    assert list(store.sweep_unfinished(late, delete=True)) == []
