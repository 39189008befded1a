"""Objects on S3 and what speaks its protocol, over django-storages."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    ResponseStreamingError,
)
from storages.backends.s3 import S3Storage

from artifacts.exceptions import NoAnswerError, StoreError, StoreFullError
from artifacts.stores.guard import guard_of
from artifacts.stores.object_store import (
    CHUNK,
    Document,
    ObjectStore,
    Reader,
    Stat,
)
from artifacts.stores.ranges import read_full

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        CompletedPartTypeDef,
        HeadObjectOutputTypeDef,
    )

ONE_REQUEST = 64 * CHUNK
"""Up to this size an object is put by one request."""
PART = 8 * CHUNK
"""Bytes of a part of a larger one; S3 takes 10,000 parts, each of 5 MiB or more."""
_CONFLICTS = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_MISSING = ("NoSuchKey", "404")
_BEYOND_END = ("InvalidRange", "416")
_FULL = ("QuotaExceeded", "XMinioStorageFull", "507")
_SILENCE = (HTTPClientError, IncompleteReadError, ResponseStreamingError)
_TYPE = "application/octet-stream"
"""Of every object: what a client is told comes from its row."""


class PublicS3Storage(S3Storage):
    """A storage that clients reach at another address than the service does.

    `public_endpoint_url` is where presigned addresses lead; the signature is of it.
    """

    def get_default_settings(self) -> dict[str, Any]:
        return {**super().get_default_settings(), "public_endpoint_url": None}


class S3Store(ObjectStore):
    """Conditional requests of S3 give what `S3Storage` lacks.

    A large object is published as its last request completes. Where a server ignores
    the condition of that one, the later of two writers wins; keys are random, so
    both have written the same bytes.
    """

    storage: S3Storage

    def place(self, key: str, content: BinaryIO) -> bool:
        if self._exists(key):
            return False
        size = content.seek(0, os.SEEK_END)
        content.seek(0)
        upload = secrets.token_hex(16)
        put = self._put if size <= ONE_REQUEST else self._put_parts
        with _answers(self.storage, key):
            try:
                put(key, content, upload)
            except ClientError as error:
                if _code(error) not in _CONFLICTS:
                    raise
                # Sent again after an answer that got lost, it meets its own object.
                return self._head(key)["Metadata"].get("upload") == upload
        return True

    def overwrite(self, key: str, content: BinaryIO) -> None:
        content.seek(0)
        with _answers(self.storage, key):
            self._client.put_object(**self._names(key), Body=content, ContentType=_TYPE)

    def swap(self, key: str, data: bytes, *, version: str | None) -> bool:
        if version is None:
            return self._put_if(key, data, IfNoneMatch="*")
        # Ceph compares the tag of a PUT as it is kept, without its quotes.
        return self._put_if(key, data, IfMatch=version) or (
            self._version(key) == version
            and self._put_if(key, data, IfMatch=version.strip('"'))
        )

    def document(self, key: str, *, head: int | None = None) -> Document:
        wish: Any = {} if head is None else {"Range": f"bytes=0-{head - 1}"}
        with _answers(self.storage, key):
            try:
                found = self._client.get_object(**self._names(key), **wish)
            except ClientError as error:
                if _code(error) not in _BEYOND_END:
                    raise
                found = self._client.get_object(**self._names(key))  # it is empty
            return Document(found["Body"].read(), found["ETag"])

    def open(self, key: str, start: int = 0, length: int | None = None) -> Reader:
        if length == 0:
            self.stat(key)
            return io.BytesIO()
        last = "" if length is None else start + length - 1
        wish: Any = {"Range": f"bytes={start}-{last}"} if start or length else {}
        with _answers(self.storage, key):
            try:
                found = self._client.get_object(**self._names(key), **wish)
            except ClientError as error:
                if (
                    _code(error) not in _BEYOND_END
                ):  # as any range of an empty object is
                    raise
                return io.BytesIO()
        return _Body(self.storage, key, found["Body"])

    def stat(self, key: str) -> Stat:
        head = self._head(key)
        return Stat(key, head["ContentLength"], head["LastModified"])

    def delete(self, key: str) -> None:
        with _answers(self.storage, key):
            self._client.delete_object(**self._names(key))

    def list(self, prefix: str) -> Iterator[Stat]:
        bucket, folder = self.storage.bucket_name, self._name(f"{prefix}/".lstrip("/"))
        start = len(self._name(""))
        paginator = self._client.get_paginator("list_objects_v2")
        pages = iter(paginator.paginate(Bucket=bucket, Prefix=folder))
        while True:
            # By itself: whoever goes through the list may take long over each object.
            with _answers(self.storage, prefix):
                page = next(pages, None)
            if page is None:
                return
            for it in page.get("Contents", ()):
                yield Stat(it["Key"][start:], it["Size"], it["LastModified"])

    def move(self, key: str, to: str) -> bool:
        if self._exists(to):
            return False
        source = {name: self._names(key)[name] for name in ("Bucket", "Key")}
        with _answers(self.storage, key):
            self._client.copy_object(**self._names(to), CopySource=cast("Any", source))
        self.delete(key)
        return True

    def sweep_unfinished(
        self, before: datetime, *, delete: bool, thorough: bool = False
    ) -> Iterator[str]:
        """Name, and abort, multipart uploads that nobody completed."""
        bucket, start = self.storage.bucket_name, len(self._name(""))
        paginator = self._client.get_paginator("list_multipart_uploads")
        pages = iter(paginator.paginate(Bucket=bucket, Prefix=self._name("")))
        while True:
            with _answers(self.storage, ""):
                page = next(pages, None)
            if page is None:
                return
            for it in page.get("Uploads", ()):
                if it["Initiated"] >= before:
                    continue
                if delete:
                    with _answers(self.storage, it["Key"]):
                        self._client.abort_multipart_upload(
                            Bucket=bucket, Key=it["Key"], UploadId=it["UploadId"]
                        )
                yield f"{it['Key'][start:]} (upload {it['UploadId']})"

    def presigned_url(self, key: str, *, seconds: int, headers: dict[str, str]) -> str:
        answer = {
            f"Response{name.replace('-', '')}": value for name, value in headers.items()
        }
        with _answers(self.storage, key):
            # Nothing is asked of the server: to sign is to compute.
            return _public_client(self.storage, os.getpid()).generate_presigned_url(
                "get_object", Params={**self._names(key), **answer}, ExpiresIn=seconds
            )

    @property
    def _client(self) -> S3Client:
        return _client(self.storage, os.getpid())

    def _name(self, key: str) -> str:
        location = self.storage.location.strip("/")
        return f"{location}/{key}" if location else key

    def _names(self, key: str) -> dict[str, Any]:
        return {"Bucket": self.storage.bucket_name, "Key": self._name(key)}

    def _head(self, key: str) -> HeadObjectOutputTypeDef:
        with _answers(self.storage, key):
            return self._client.head_object(**self._names(key))

    def _put_if(self, key: str, data: bytes, **condition: str) -> bool:
        extra: Any = condition
        with _answers(self.storage, key):
            try:
                self._client.put_object(
                    **self._names(key), Body=data, ContentType=_TYPE, **extra
                )
            except ClientError as error:
                # Sent again after an answer that got lost, it meets its own document.
                if _code(error) in _CONFLICTS:
                    return self._holds(key, data)
                if _code(error) in _MISSING:
                    return False
                raise
        return True

    def _version(self, key: str) -> str | None:
        with contextlib.suppress(FileNotFoundError):
            return self._head(key)["ETag"]
        return None

    def _holds(self, key: str, data: bytes) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return self.document(key).data == data
        return False

    def _exists(self, key: str) -> bool:
        with contextlib.suppress(FileNotFoundError):
            return bool(self._head(key))
        return False

    def _put(self, key: str, content: BinaryIO, upload: str) -> None:
        self._client.put_object(
            **self._names(key),
            Body=content,
            ContentType=_TYPE,
            Metadata={"upload": upload},
            IfNoneMatch="*",
        )

    def _put_parts(self, key: str, content: BinaryIO, upload: str) -> None:
        names = self._names(key)
        made = self._client.create_multipart_upload(
            **names, ContentType=_TYPE, Metadata={"upload": upload}
        )
        names["UploadId"] = made["UploadId"]
        try:
            parts: list[CompletedPartTypeDef] = []
            while data := read_full(content, PART):
                number = len(parts) + 1
                done = self._client.upload_part(**names, PartNumber=number, Body=data)
                parts.append({"PartNumber": number, "ETag": done["ETag"]})
            self._client.complete_multipart_upload(
                **names, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
            )
        except _SILENCE:
            raise  # nor would it answer now
        except BaseException:
            # What stays is no object; buckets have a rule that drops old parts.
            with contextlib.suppress(ClientError, BotoCoreError):
                self._client.abort_multipart_upload(**names)
            raise


class _Body:
    """A response's body, whose errors are the store's."""

    def __init__(self, storage: S3Storage, key: str, body: StreamingBody) -> None:
        self._storage = storage
        self._key = key
        self._body = body

    def read(self, size: int = -1, /) -> bytes:
        with _answers(self._storage, self._key):
            return self._body.read(None if size < 0 else size)

    def close(self) -> None:
        self._body.close()


@functools.lru_cache(maxsize=8)
def _client(storage: S3Storage, process: int) -> S3Client:
    """Share one client among the threads of a process, but not with a forked one.

    `S3Storage` makes one for each thread: a fifth of a second and megabytes each.
    """
    return cast("S3Client", storage.connection.meta.client)


@functools.lru_cache(maxsize=8)
def _public_client(storage: S3Storage, process: int) -> S3Client:
    """Make the client that signs addresses which clients of the service can reach."""
    public = getattr(storage, "public_endpoint_url", None)
    if public is None:
        return _client(storage, process)
    session = storage._create_session()  # noqa: SLF001 - with the storage's credentials
    client = session.client(
        "s3",
        region_name=storage.region_name,
        endpoint_url=public,
        use_ssl=storage.use_ssl,
        verify=storage.verify,
        config=storage.client_config,
    )
    return cast("S3Client", client)


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


@contextlib.contextmanager
def _answers(storage: S3Storage, key: str) -> Iterator[None]:
    with guard_of(storage).call():
        try:
            yield
        except ClientError as error:
            if _code(error) in _MISSING:
                raise FileNotFoundError(key) from error
            if _code(error) in _FULL:
                raise StoreFullError("S3 has no room left.") from error
            raise StoreError("S3 refused what it was asked; try again.") from error
        except _SILENCE as error:
            raise NoAnswerError("S3 did not answer; try again.") from error
        except BotoCoreError as error:
            raise StoreError("S3 could not be asked; try again.") from error
