from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies
from rest_framework.test import APIClient

from artifacts import services, stores
from artifacts.api.ranges import UnsatisfiableError, parse_range
from artifacts.exceptions import CorruptError
from artifacts.models import FileArtifact
from paradigm.storages import storage
from tests.api.support import body

Put = Callable[..., FileArtifact]
CONTENT = b"0123456789"


@pytest.fixture
def url(put: Put) -> str:
    return f"/api/v3/artifacts/{put(CONTENT, filename='digits.bin').pk}/content"


def test_headers__of_the_whole(api: APIClient, url: str) -> None:
    response = api.get(url)
    digest = hashlib.sha256(CONTENT).digest()
    expected = {
        "Content-Type": "text/plain",
        "Content-Length": "10",
        "ETag": f'"{digest.hex()}"',
        "Accept-Ranges": "bytes",
        "Repr-Digest": f"sha-256=:{base64.b64encode(digest).decode()}:",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Content-Disposition": 'inline; filename="digits.bin"',
        "Cache-Control": "private, max-age=31536000, immutable",
    }
    assert expected.items() <= dict(response.headers).items()
    assert body(response) == CONTENT


@pytest.mark.parametrize(
    ("extension", "disposition"),
    [
        ("png", "inline"), ("mp4", "inline"), ("mp3", "inline"), ("txt", "inline"),
        ("svg", "attachment"), ("html", "attachment"), ("pdf", "attachment"),
        ("bin", "attachment"), ("glb", "attachment"),
    ],
)  # fmt: skip
def test_disposition__inline_only_what_is_passive(
    extension: str, disposition: str, api: APIClient, put: Put
) -> None:
    response = api.get(f"/api/v3/artifacts/{put(extension).pk}/content")
    assert response.headers["Content-Disposition"].startswith(f"{disposition};")
    assert body(response)


def test_disposition__any_file_name(api: APIClient, put: Put) -> None:
    artifact = put(CONTENT, filename='é"; x=..\\y.txt')
    response = api.get(f"/api/v3/artifacts/{artifact.pk}/content")
    assert "filename*=utf-8''%C3%A9%22" in response.headers["Content-Disposition"]
    assert body(response)


@pytest.mark.parametrize(
    ("range_", "content", "content_range"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-5", b"2345", "bytes 2-5/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=7-99", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", CONTENT, "bytes 0-9/10"),
    ],
)
def test_range__part(
    range_: str, content: bytes, content_range: str, api: APIClient, url: str
) -> None:
    response = api.get(url, headers={"Range": range_})
    assert response.status_code == 206
    assert response.headers["Content-Range"] == content_range
    assert response.headers["Content-Length"] == str(len(content))
    assert body(response) == content


@pytest.mark.parametrize(
    "range_", ["bytes=0-1,4-5", "lines=1-2", "bytes=5-2", "bytes=a-b", "bytes=-", ""]
)
def test_range__ignored(range_: str, api: APIClient, url: str) -> None:
    response = api.get(url, headers={"Range": range_})
    assert (response.status_code, body(response)) == (200, CONTENT)


@pytest.mark.parametrize("range_", ["bytes=10-", "bytes=99-100", "bytes=-0"])
def test_range__unsatisfiable(range_: str, api: APIClient, url: str) -> None:
    response = api.get(url, headers={"Range": range_})
    assert response.status_code == 416
    assert response.headers["Content-Range"] == "bytes */10"
    assert response.content == b""


def test_range__of_nothing(api: APIClient, put: Put) -> None:
    url = f"/api/v3/artifacts/{put(b'').pk}/content"
    whole = api.get(url)
    assert (whole.status_code, body(whole)) == (200, b"")
    assert api.get(url, headers={"Range": "bytes=0-"}).status_code == 416


def test_if_range__only_for_the_same_bytes(api: APIClient, url: str) -> None:
    whole = api.get(url)
    assert body(whole) == CONTENT
    etag, date = whole.headers["ETag"], whole.headers["Last-Modified"]
    for validator, status in (
        (etag, 206), (date, 206), ('"other"', 200), (f"W/{etag}", 200),
    ):  # fmt: skip
        headers = {"Range": "bytes=0-1", "If-Range": validator}
        response = api.get(url, headers=headers)
        assert response.status_code == status
        assert body(response)


def test_conditions__as_the_rfc_has_them(api: APIClient, url: str) -> None:
    whole = api.get(url)
    assert body(whole) == CONTENT
    etag, date = whole.headers["ETag"], whole.headers["Last-Modified"]
    for headers, status in (
        ({"If-None-Match": etag}, 304),
        ({"If-None-Match": f"W/{etag}"}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-Modified-Since": date}, 304),
        ({"If-Match": '"other"'}, 412),
        ({"If-Unmodified-Since": "Mon, 01 Jan 1990 00:00:00 GMT"}, 412),
    ):
        response = api.get(url, headers=headers)
        assert response.status_code == status, headers
        assert response.content == b""
    not_modified = api.get(url, headers={"If-None-Match": etag})
    assert not_modified.headers["ETag"] == etag
    assert "Content-Type" not in not_modified.headers or not not_modified.content
    changed = api.get(url, headers={"If-None-Match": '"other"'})
    assert (changed.status_code, body(changed)) == (200, CONTENT)


def test_conditions__after_permission(other_api: APIClient, url: str) -> None:
    etag = f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    response = other_api.get(url, headers={"If-None-Match": etag})
    assert response.status_code == 404
    assert "ETag" not in response.headers


def test_delivery__by_nginx(api: APIClient, url: str, settings: Any) -> None:
    settings.ARTIFACTS_DELIVERY = "x-accel"
    artifact = FileArtifact.objects.get()
    if settings.STORAGES["live"]["BACKEND"].endswith("FileSystemStorage"):
        response = api.get(url)
        place = f"/protected/live/{artifact.storage_path}"
        assert response.headers["X-Accel-Redirect"] == place
        assert response.content == b""
    else:  # nginx has no such file: it is streamed
        assert body(api.get(url)) == CONTENT


def test_delivery__streams_where_no_link_can_be_made(
    api: APIClient, url: str, settings: Any
) -> None:
    settings.ARTIFACTS_DELIVERY = "redirect"
    assert body(api.get(url)) == CONTENT


def test_delivery__head_is_never_delegated(
    api: APIClient, url: str, settings: Any
) -> None:
    settings.ARTIFACTS_DELIVERY = "x-accel"
    response = api.head(url)
    assert "X-Accel-Redirect" not in response.headers
    assert response.headers["Content-Length"] == "10"


def test_content__survives_a_save_in_between(
    api: APIClient, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row was read as live; the session is saved before its bytes are opened."""
    from artifacts import selectors

    open_content = selectors.open_content

    def after_save(artifact: FileArtifact, *args: int) -> object:
        services.save_namespace(artifact.namespace)
        return open_content(artifact, *args)

    monkeypatch.setattr(selectors, "open_content", after_save)
    assert body(api.get(url)) == CONTENT


@given(
    first=strategies.integers(0, 10**20),
    last=strategies.none() | strategies.integers(0, 10**20),
    total=strategies.integers(0, 10**13),
)
def test_parse_range__never_leaves_the_content(
    first: int, last: int | None, total: int
) -> None:
    header = f"bytes={first}-{'' if last is None else last}"
    try:
        part = parse_range(header, total)
    except UnsatisfiableError:
        assert first >= total
        return
    if part is not None:
        assert part.start == first
        assert part.length > 0
        assert part.start + part.length <= total


@pytest.fixture
def through_this_process(settings: Any) -> None:
    """Use stores whose bytes the kernel cannot send, as those of far ones."""
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "live": memory, "default": memory}


@pytest.mark.parametrize("damaged", [b"012345678X", b"01234", b""])
def test_content__other_bytes_than_were_put_are_no_answer(
    damaged: bytes, through_this_process: None, api: APIClient, put: Put
) -> None:
    """They left as a 200, with the ETag and the digest of those that were put."""
    artifact = put(CONTENT)
    stores.live().replace(artifact.storage_path, damaged)
    for url in (
        f"/api/v3/artifacts/{artifact.pk}/content",
        f"/v1/artifacts?session_id=s-1&object_id={artifact.object_id}",
    ):
        assert api.get(url).status_code == 503


def test_content__breaks_off_before_the_end_of_other_bytes(
    through_this_process: None, api: APIClient, put: Put
) -> None:
    content = bytes(range(256)) * 4096
    artifact = put(content)
    stores.live().replace(artifact.storage_path, content[:-1] + b"!")
    response: Any = api.get(f"/api/v3/artifacts/{artifact.pk}/content")
    assert response.status_code == 200
    sent = []
    with pytest.raises(CorruptError, match=artifact.object_id):
        sent.extend(iter(response.streaming_content))
    assert sum(map(len, sent)) < len(content)


def test_content__local_file_that_was_cut_short_breaks_off(
    api: APIClient, put: Put, settings: Any, tmp_path: Path
) -> None:
    disk: Any = storage(f"file://{tmp_path}/live", data_dir=tmp_path, folder="")
    settings.STORAGES = {**settings.STORAGES, "live": disk}
    artifact = put(CONTENT)
    stores.live().replace(artifact.storage_path, CONTENT[:4])
    response: Any = api.get(f"/api/v3/artifacts/{artifact.pk}/content")
    with pytest.raises(CorruptError):
        b"".join(response.streaming_content)
    response.close()
