"""Objects on Google Cloud Storage, over django-storages."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, BinaryIO, cast

from google.api_core.exceptions import (
    GoogleAPIError,
    NotFound,
    PreconditionFailed,
    RetryError,
)
from google.auth.exceptions import GoogleAuthError, TransportError
from google.cloud.storage import Blob
from google.cloud.storage.exceptions import DataCorruption, InvalidResponse
from google.cloud.storage.retry import DEFAULT_RETRY
from requests import RequestException
from storages.backends.gcloud import GoogleCloudStorage

from artifacts.exceptions import NoAnswerError, StoreError
from artifacts.stores.guard import guard_of
from artifacts.stores.object_store import (
    CHUNK,
    Document,
    ObjectStore,
    Reader,
    Stat,
)
from artifacts.stores.ranges import open_ranges, read_full

PART = 8 * CHUNK
"""Bytes sent by one request; a larger object takes several, and is whole at the end."""
RANGE = 4 * CHUNK
"""Bytes fetched by one request, where the reader does not ask for more."""
_TYPE = "application/octet-stream"
"""Of every object: what a client is told comes from its row."""
_PATIENCE: dict[str, Any] = {
    "timeout": (5, 15),
    "retry": DEFAULT_RETRY.with_timeout(20),
}
"""Seconds to connect and to wait for an answer, and for all tries together."""


class GCSStore(ObjectStore):
    """Generations give what `GoogleCloudStorage` lacks: 0 is that of no object."""

    storage: GoogleCloudStorage

    def place(self, key: str, content: BinaryIO) -> bool:
        size = content.seek(0, os.SEEK_END)
        content.seek(0)
        blob = self._blob(key)
        upload = secrets.token_hex(16)
        with _answers(self.storage):
            if blob.exists(**_PATIENCE):
                return False
            blob.metadata = {"upload": upload}
            try:
                blob.upload_from_file(
                    _Source(content),
                    size=size,
                    content_type=_TYPE,
                    if_generation_match=0,
                    **_PATIENCE,
                )
            except PreconditionFailed:
                # Sent again after an answer that got lost, it meets its own object.
                return (self._found(key).metadata or {}).get("upload") == upload
        return True

    def overwrite(self, key: str, content: BinaryIO) -> None:
        size = content.seek(0, os.SEEK_END)
        content.seek(0)
        with _answers(self.storage):
            self._blob(key).upload_from_file(
                _Source(content), size=size, content_type=_TYPE, **_PATIENCE
            )

    def swap(self, key: str, data: bytes, *, version: str | None) -> bool:
        generation = 0 if version is None else int(version)
        with _answers(self.storage, key):
            try:
                self._blob(key).upload_from_string(
                    data,
                    content_type=_TYPE,
                    if_generation_match=generation,
                    **_PATIENCE,
                )
            except PreconditionFailed:
                # Sent again after an answer that got lost, it meets its own document.
                with contextlib.suppress(FileNotFoundError):
                    return self.document(key).data == data
                return False
            except NotFound:
                return False
        return True

    def document(self, key: str, *, head: int | None = None) -> Document:
        with _answers(self.storage, key):
            while True:
                found = self._found(key)
                version = str(found.generation)
                wanted = found.size if head is None else min(head, found.size)
                if not wanted:
                    return Document(b"", version)
                # Replaced meanwhile, it is looked for once more.
                with contextlib.suppress(PreconditionFailed):
                    data = self._range(key, 0, wanted, found.generation)
                    return Document(data, version)

    def move(self, key: str, to: str) -> bool:
        with _answers(self.storage, key):
            blob = self._found(key)
            if self._blob(to).exists(**_PATIENCE):
                return False
            self.storage.bucket.copy_blob(
                blob, self.storage.bucket, self._name(to), **_PATIENCE
            )
        self.delete(key)
        return True

    def open(self, key: str, start: int = 0, length: int | None = None) -> Reader:
        found = self._found(key)
        end = found.size if length is None else min(found.size, start + length)
        if start >= end:
            return io.BytesIO()
        if end - start < RANGE:
            # One answer is of one generation, be it newer than the one just found.
            with _answers(self.storage, key):
                data = self._range(key, start, RANGE if length is None else length)
            if len(data) < RANGE:
                return io.BytesIO(data)

        def fetch(position: int, wish: int) -> bytes:
            with _answers(self.storage, key):
                return self._range(key, position, wish, found.generation)

        return open_ranges(fetch, start=start, end=end, buffer_size=RANGE)

    def stat(self, key: str) -> Stat:
        found = self._found(key)
        return Stat(key, found.size, found.updated)

    def delete(self, key: str) -> None:
        with contextlib.suppress(FileNotFoundError), _answers(self.storage, key):
            self._blob(key).delete(**_PATIENCE)

    def list(self, prefix: str) -> Iterator[Stat]:
        folder, start = self._name(f"{prefix}/".lstrip("/")), len(self._name(""))
        with _answers(self.storage):
            found = self.storage.client.list_blobs(
                self.storage.bucket, prefix=folder, **_PATIENCE
            )
            pages = iter(found.pages)
        while True:
            # By itself: whoever goes through the list may take long over each object.
            with _answers(self.storage):
                page = next(pages, None)
            if page is None:
                return
            for it in page:
                yield Stat(it.name[start:], it.size, it.updated)

    def presigned_url(self, key: str, *, seconds: int, headers: dict[str, str]) -> str:
        """Sign where the credentials can; those of a virtual machine alone cannot."""
        if not self.storage.querystring_auth:
            return ""
        answer = {f"response-{name.lower()}": it for name, it in headers.items()}
        parameters = {
            "expiration": timedelta(seconds=seconds),
            "query_parameters": answer,
        }
        try:
            with _answers(self.storage, key):
                return cast("str", self.storage.url(key, parameters=parameters))
        except AttributeError:  # what google-auth raises for want of a private key
            return ""

    def _name(self, key: str) -> str:
        location = self.storage.location.strip("/")
        return f"{location}/{key}" if location else key

    def _blob(self, key: str) -> Blob:
        with _answers(self.storage):
            return self.storage.bucket.blob(self._name(key), chunk_size=PART)

    def _found(self, key: str) -> Blob:
        with _answers(self.storage, key):
            blob = self.storage.bucket.get_blob(self._name(key), **_PATIENCE)
        if blob is None:
            raise FileNotFoundError(key)
        return blob

    def _range(
        self, key: str, start: int, length: int, generation: int | None = None
    ) -> bytes:
        """Read a part; of this very generation, where one is given."""
        data = self._blob(key).download_as_bytes(
            start=start,
            end=start + length - 1,
            if_generation_match=generation,
            **_PATIENCE,
        )
        return cast("bytes", data)


class _Source:
    """What Google's library needs of a file: it takes a short read for the end."""

    def __init__(self, content: BinaryIO) -> None:
        self._content = content
        self.seek = content.seek
        self.tell = content.tell

    def read(self, size: int) -> bytes:
        return read_full(self._content, size)


@contextlib.contextmanager
def _answers(storage: GoogleCloudStorage, key: str = "") -> Iterator[None]:
    """Map errors; what is not found is this object, or without one the bucket."""
    with guard_of(storage).call():
        try:
            yield
        except (RequestException, RetryError, TransportError) as error:
            message = "Google Cloud Storage did not answer; try again."
            raise NoAnswerError(message) from error
        except (
            GoogleAPIError,
            GoogleAuthError,
            DataCorruption,
            InvalidResponse,
        ) as error:
            if key and isinstance(error, NotFound):
                raise FileNotFoundError(key) from error
            message = "Google Cloud Storage did not answer as it should; try again."
            raise StoreError(message) from error
