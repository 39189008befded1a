from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.cloud.storage.retry import DEFAULT_RETRY
from google.oauth2.service_account import Credentials

from artifacts.exceptions import StoreError
from artifacts.stores import gcs
from artifacts.stores.gcs import PART, RANGE, GCSStore
from artifacts.stores.object_store import CHUNK
from tests.servers.faults import FaultProxy
from tests.servers.ports import free_port
from tests.stores.places import empty, make_store
from tests.stores.sources import GrowingSource, read_all

KEY = "artifacts/ab/0123456789ab"


def gcs_store(**options: Any) -> GCSStore:
    store = make_store("gcs", Path(), **options)
    assert isinstance(store, GCSStore)
    return store


@pytest.fixture
def store() -> Iterator[GCSStore]:
    store = gcs_store()
    yield store
    empty(store)


def test_place__larger_than_one_request(store: GCSStore) -> None:
    size = 2 * PART + CHUNK
    assert store.place(KEY, cast("BinaryIO", GrowingSource(size)))
    assert store.stat(KEY).size == size
    assert read_all(store, KEY, size - 3) == b"xxx"


@pytest.mark.parametrize("name", ["page.html", "photo.svg.gz"])
def test_place__type_is_never_guessed(store: GCSStore, name: str) -> None:
    store.place(name, io.BytesIO(b"abc"))
    blob = store.storage.bucket.get_blob(f"{store.storage.location}/{name}")
    assert blob.content_type == "application/octet-stream"
    assert not blob.content_encoding


def test_place__answer_gets_lost(
    store: GCSStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has stored it; asked again, it refuses what is there by now."""
    assert list(store.list("")) == []  # reads the variable that is about to change
    port = urlsplit(os.environ["STORAGE_EMULATOR_HOST"]).port or 80
    with FaultProxy(port) as proxy:
        proxy.lose(b"the marked content")
        host = f"http://127.0.0.1:{proxy.port}"
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", host)
        behind = gcs_store(place=store.storage.location)
        assert behind.place(KEY, io.BytesIO(b"the marked content"))
        assert proxy.lost == 1
    assert read_all(store, KEY) == b"the marked content"


def test_open__replaced_while_it_is_read(store: GCSStore) -> None:
    store.place(KEY, io.BytesIO(bytes(3 * RANGE)))
    with contextlib.closing(store.open(KEY)) as content:
        content.read(10)
        store.replace(KEY, b"new")
        with pytest.raises(StoreError):
            content.read(2 * RANGE)


def test_open__grown_since_it_was_found(store: GCSStore) -> None:
    store.replace(KEY, b"old")
    old = store._found(KEY)
    store.replace(KEY, bytes(RANGE + 1))
    store._found = lambda key: old  # type: ignore[method-assign]
    with contextlib.closing(store.open(KEY)) as content, pytest.raises(StoreError):
        content.read(RANGE)


def test_location__may_be_none() -> None:
    store = gcs_store(location="")
    key = f"no-location/{KEY}"
    assert store.place(key, io.BytesIO(b"abc"))
    assert [found.key for found in store.list("no-location")] == [key]
    store.delete(key)


def test_presigned_url__with_a_key_that_signs() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    info = {
        "client_email": "tests@example.org",
        "token_uri": "https://example.org/token",
        "private_key": key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
    }
    make: Any = Credentials.from_service_account_info
    store = gcs_store(credentials=make(info), project_id="tests")
    headers = {"Content-Type": "image/png", "Cache-Control": "private"}
    url = store.presigned_url(KEY, seconds=60, headers=headers)
    query = parse_qs(urlsplit(url).query)
    assert query["X-Goog-Expires"] == ["60"]
    assert query["response-content-type"] == ["image/png"]
    assert query["response-cache-control"] == ["private"]
    assert KEY in url


def test_presigned_url__with_credentials_that_cannot_sign(store: GCSStore) -> None:
    assert store.presigned_url(KEY, seconds=60, headers={}) == ""


def test_presigned_url__of_a_storage_that_does_not_sign() -> None:
    store = gcs_store(querystring_auth=False)
    assert store.presigned_url(KEY, seconds=60, headers={}) == ""


def test_bucket__missing() -> None:
    store = gcs_store(bucket_name="no-such-bucket")
    with pytest.raises(StoreError):
        store.place(KEY, io.BytesIO(b"abc"))
    with pytest.raises(StoreError):
        store.replace(KEY, b"abc")
    with pytest.raises(StoreError):
        list(store.list(""))


def test_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    host = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", host)
    monkeypatch.setitem(gcs._PATIENCE, "retry", DEFAULT_RETRY.with_timeout(0.1))
    store = gcs_store()
    for call in (store.stat, store.open, store.delete):
        with pytest.raises(StoreError):
            call(KEY)
    with pytest.raises(StoreError):
        store.place(KEY, io.BytesIO(b"abc"))
    with pytest.raises(StoreError):
        list(store.list(""))
