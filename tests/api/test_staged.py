"""What an upload staged is gone when the upload is over, however it came to an end."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from tests.conftest import bearer

BOUNDARY = "edge"


@pytest.fixture
def environ(transactional_db: None, user: Any) -> dict[str, Any]:
    client: Any = bearer(user)
    request = RequestFactory().post(
        "/v1/artifacts", content_type=f"multipart/form-data; boundary={BOUNDARY}"
    )
    credentials: dict[str, str] = client._credentials
    return {**request.environ, **credentials}


def form(*parts: bytes, end: bool = True) -> bytes:
    body = b"".join(b"--edge\r\nContent-Disposition: form-data; " + p for p in parts)
    return body + (b"--edge--\r\n" if end else b"")


FILE = b'name="file"; filename="a"\r\n\r\n' + b"x" * 3_000_000 + b"\r\n"
SESSION = b'name="session_id"\r\n\r\ns-1\r\n'


class BrokenStream(io.BytesIO):
    """A client that hangs up after all that it has sent."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data:
            raise ConnectionResetError
        return data


def staged_files(folder: Path) -> list[str]:
    """List what this process holds open there; such files have no name."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the one that lists them
            links.append(str(descriptor.readlink()))
    return [link for link in links if link.startswith(str(folder))]


def send(environ: dict[str, Any], body: io.BytesIO, length: int) -> str:
    environ |= {"wsgi.input": body, "CONTENT_LENGTH": str(length)}
    said: list[str] = []

    def start_response(status: str, headers: object, *_: object) -> Any:
        said.append(status)

    answer = WSGIHandler()(environ, start_response)
    list(answer)
    # As a server that keeps the error: nothing is collected.
    return said[0][:3]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (form(SESSION, FILE), "201"),
        (form(FILE), "422"),
        (form(SESSION, FILE, FILE, FILE), "201"),
        (form(SESSION, FILE, b'name="file"; filename="b"\r\n\r\nhalf', end=False), ""),
        (form(SESSION, FILE) + b"x" * 100, "201"),
        (form(FILE, b'name="session_id"\r\n\r\n' + b"s" * 300 + b"\r\n"), "422"),
    ],
)
def test_put__leaves_nothing_staged(
    body: bytes, status: str, environ: dict[str, Any], settings: Any
) -> None:
    got = send(environ, io.BytesIO(body), len(body))
    assert got == status or not status
    assert staged_files(settings.ARTIFACTS_STAGING_DIR) == []


@pytest.mark.parametrize("cut", [200, 1_000_000, 2_999_000])
def test_put__client_hangs_up(cut: int, environ: dict[str, Any], settings: Any) -> None:
    """The file stayed open until the cyclic collector came, and the disk stayed full."""
    body = form(SESSION, FILE)
    assert send(environ, BrokenStream(body[:cut]), len(body)) == "400"
    assert staged_files(settings.ARTIFACTS_STAGING_DIR) == []


@pytest.mark.parametrize("after", [0, 5])
def test_put__disk_is_full(
    after: int, environ: dict[str, Any], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = []

    def write(self: Any, chunk: bytes) -> None:
        writes.append(chunk)
        if len(writes) > after:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("artifacts.stores.staging.StagedFile.write", write)
    body = form(SESSION, FILE)
    assert send(environ, io.BytesIO(body), len(body))[0] == "5"
    assert staged_files(settings.ARTIFACTS_STAGING_DIR) == []
