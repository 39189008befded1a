"""Receiving files: each goes to one temporary file, hashed on the way, never to memory.

No view takes files unless it says so by `accept_uploads`, after it has seen who asks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from artifacts.stores.staging import StagedFile


class StagedUpload(UploadedFile):  # type: ignore[type-arg]  # generic in its stubs only
    """An uploaded file whose bytes are staged."""

    def __init__(self, staged: StagedFile, name: str, content_type: str) -> None:
        super().__init__(staged.file, name, content_type, staged.size)
        self.staged = staged
        self.name_as_sent = name  # Django cuts a long one

    def close(self) -> None:
        self.staged.close()


class StagingUploadHandler(FileUploadHandler):
    """Stage each file of a multipart body as it arrives."""

    chunk_size = 256 * 1024

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._staged: list[StagedFile] = []

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._staged.append(StagedFile())

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._staged[-1].write(raw_data)

    def file_complete(self, file_size: int) -> StagedUpload:
        name, content_type = self.file_name or "", self.content_type or ""
        return StagedUpload(self._staged[-1], name, content_type)

    def upload_interrupted(self) -> None:
        self.close()

    def close(self) -> None:
        """Let go of everything that was staged, whole or not."""
        for staged in self._staged:
            staged.close()


@contextlib.contextmanager
def accept_uploads(request: HttpRequest) -> Iterator[None]:
    """Let this request's body have files; enter it before anything reads the body.

    At its end nothing is staged any more, however it came to an end.
    """
    handler = StagingUploadHandler(request)
    request.upload_handlers = [handler]
    try:
        yield
    finally:
        handler.close()
