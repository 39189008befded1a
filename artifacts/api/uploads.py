"""Bodies: how large one may be, seen before it is read, and what its files are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http.multipartparser import (
    MultiPartParser as DjangoParser,
    MultiPartParserError,
)
from rest_framework.exceptions import ParseError
from rest_framework.parsers import DataAndFiles, MultiPartParser as DRFParser
from rest_framework.request import Request

from artifacts.api.problems import LengthRequired, TooLarge
from artifacts.conf import conf
from artifacts.exceptions import InvalidError

ENVELOPE_BYTES = 1024 * 1024
"""What a multipart body may have besides its file, and a JSON body in all."""


def refuse_large_body(request: Request) -> None:
    """Raise 413, or 411 where the length is not said, before any of it is read."""
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        raise LengthRequired
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    multipart = (request.content_type or "").startswith("multipart/")
    limit = conf.ARTIFACTS_MAX_BYTES if multipart else 0
    if length > limit + ENVELOPE_BYTES:
        raise TooLarge(
            f"The body has {length} bytes; {limit + ENVELOPE_BYTES} are accepted."
        )


class MultiPartParser(DRFParser):
    """Leaves the names of files as they were sent, but for a browser's path."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> DataAndFiles[Any, Any]:
        request = (parser_context or {})["request"]
        meta = {**request.META, "CONTENT_TYPE": media_type}
        try:
            parser = _NamesAsSent(meta, stream, request.upload_handlers, "utf-8")
            return DataAndFiles(*parser.parse())
        except MultiPartParserError as error:
            raise ParseError(f"This is no multipart form: {error}") from error


class _NamesAsSent(DjangoParser):
    """Django's own would take `R&amp;D.txt` for HTML."""

    def sanitize_file_name(self, file_name: str) -> str:
        name = file_name.replace("\\", "/").rpartition("/")[2]
        if name in ("", ".", ".."):
            raise InvalidError("The file has no name.", field="file")
        return name
