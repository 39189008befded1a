"""Bytes as an HTTP response: one policy, computed from the row, whoever sends them."""

from __future__ import annotations

import base64
import contextlib
import io
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import (
    content_disposition_header,
    http_date,
    parse_http_date_safe,
)
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from artifacts import selectors
from artifacts.api.ranges import ByteRange, UnsatisfiableError, parse_range
from artifacts.conf import conf
from artifacts.exceptions import CorruptError
from artifacts.models import FileArtifact
from artifacts.models.connections import release_connection
from artifacts.stores import ObjectStore
from artifacts.stores.object_store import Reader

BLOCK = 256 * 1024
"""Bytes handed to the server at a time, where the kernel does not send the file."""
X_ACCEL_ROOT = "/protected"
"""The internal location of `deploy/nginx.conf`; below it, the `STORAGES` aliases."""


class AnyAccept(DefaultContentNegotiation):
    """Never 406: clients say `Accept: application/json` while asking for bytes."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class FileResponse(StreamingHttpResponse):
    """The rest of an open file; a server with `wsgi.file_wrapper` sends it itself.

    Such a server sends `Content-Length` bytes from where the file stands, so that
    ranges are no different from whole files.
    """

    block_size = BLOCK

    def __init__(self, reader: Reader, length: int) -> None:
        super().__init__(_blocks(reader, length))
        self._close_reader = reader.close
        if isinstance(reader, io.FileIO):
            self.file_to_stream = reader  # WSGIHandler gives it to the server

    def close(self) -> None:
        self._close_reader()
        super().close()


def content_response(request: HttpRequest, artifact: FileArtifact) -> HttpResponseBase:
    """Answer GET or HEAD for an artifact's bytes, of a user who may have them.

    Conditional requests and `Range` as RFC 9110 has them.
    """
    headers = content_headers(artifact)
    etag, last_modified = headers["ETag"], headers["Last-Modified"]
    conditional = get_conditional_response(
        request, etag=etag, last_modified=parse_http_date_safe(last_modified)
    )
    if conditional is not None:
        return _with(
            conditional, headers, "ETag", "Last-Modified", "Cache-Control", "Vary"
        )
    try:
        part = _requested_range(request, artifact, etag, last_modified)
    except UnsatisfiableError:
        headers["Content-Range"] = f"bytes */{artifact.bytes}"
        refusal = HttpResponse(status=416)
        return _with(refusal, headers, "Content-Range", "Accept-Ranges")
    return _deliver(request, artifact, part, headers)


def content_headers(artifact: FileArtifact) -> dict[str, str]:
    """All headers of the whole representation."""
    media_type = artifact.media_type
    digest = base64.b64encode(bytes.fromhex(artifact.sha256)).decode("ascii")
    headers = {
        "Content-Type": artifact.mime_type,
        "Content-Length": str(artifact.bytes),
        "ETag": f'"{artifact.sha256}"',
        "Last-Modified": http_date(artifact.created_at.timestamp()),
        "Accept-Ranges": "bytes",
        "Repr-Digest": f"sha-256=:{digest}:",  # RFC 9530
        "Cache-Control": "private, max-age=31536000, immutable",
        "Vary": "Authorization, Cookie",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    disposition = content_disposition_header(not media_type.inline, artifact.filename)
    headers["Content-Disposition"] = disposition or "inline"
    return headers


def _requested_range(
    request: HttpRequest, artifact: FileArtifact, etag: str, last_modified: str
) -> ByteRange | None:
    header = request.headers.get("Range")
    if header is None or request.method != "GET":
        return None
    # A strong comparison or the exact date (RFC 9110, section 13.1.5).
    if request.headers.get("If-Range", etag) not in (etag, last_modified):
        return None
    return parse_range(header, artifact.bytes)


def _deliver(
    request: HttpRequest,
    artifact: FileArtifact,
    part: ByteRange | None,
    headers: dict[str, str],
) -> HttpResponseBase:
    delivery = conf.ARTIFACTS_DELIVERY
    if request.method == "HEAD":
        selectors.locate(artifact)
        return _with(HttpResponse(), headers)
    if delivery != "stream":
        store = selectors.locate(artifact)
        if delivery == "x-accel" and _nginx_agrees(request, part):
            path = store.path(artifact.storage_path)
            if path is not None:
                return _x_accel(f"{X_ACCEL_ROOT}/{store.alias}/{path}", headers)
        if delivery == "redirect" and (url := _presigned(store, artifact, headers)):
            return HttpResponse(
                status=302, headers={"Location": url, "Cache-Control": "no-store"}
            )
    return _stream(artifact, part, headers)


def _nginx_agrees(request: HttpRequest, part: ByteRange | None) -> bool:
    """Say whether nginx, which judges the request once more, will come to the same.

    It does so before it knows our ETag and time, and reads odd ranges its own way.
    """
    headers = request.headers
    if "If-Match" in headers or "If-Unmodified-Since" in headers:
        return False
    return part is not None or "Range" not in headers


def _x_accel(path: str, headers: dict[str, str]) -> HttpResponseBase:
    """Have nginx send a file; it computes some headers of it and of `Range` itself."""
    for name in ("Content-Length", "Accept-Ranges"):
        del headers[name]
    headers["X-Accel-Redirect"] = quote(path)
    return _with(HttpResponse(), headers)


def _stream(
    artifact: FileArtifact, part: ByteRange | None, headers: dict[str, str]
) -> FileResponse:
    sent = part or ByteRange(0, artifact.bytes, artifact.bytes)
    reader = selectors.open_content(artifact, sent.start, sent.length)
    # A slow reader would keep a connection of the pool for as long as it reads.
    release_connection()
    if sent.length <= BLOCK and not isinstance(reader, io.FileIO):
        # Read before the answer begins, which an error can still become.
        with contextlib.closing(reader):
            reader = io.BytesIO(b"".join(_blocks(reader, sent.length)))
    response = FileResponse(reader, sent.length)
    if part is not None:
        response.status_code = 206
        headers |= {
            "Content-Range": part.content_range,
            "Content-Length": str(part.length),
        }
    _with(response, headers)
    return response


def _presigned(
    store: ObjectStore, artifact: FileArtifact, headers: dict[str, str]
) -> str:
    return store.presigned_url(
        artifact.storage_path,
        seconds=conf.ARTIFACTS_REDIRECT_SECONDS,
        headers={
            name: headers[name]
            for name in ("Content-Type", "Content-Disposition", "Cache-Control")
        },
    )


def _with(
    response: HttpResponseBase, headers: dict[str, str], *names: str
) -> HttpResponseBase:
    """Set the named headers, or all of them."""
    for name in names or headers:
        response.headers[name] = headers[name]
    return response


def _blocks(reader: Reader, length: int) -> Iterator[bytes]:
    """Give `length` bytes in blocks; raise `CorruptError` where the store has fewer."""
    while length > 0:
        block = reader.read(min(BLOCK, length))
        if not block:
            raise CorruptError("The store has fewer bytes than were put.")
        length -= len(block)
        yield block
