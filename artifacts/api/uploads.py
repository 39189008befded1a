"""How large a body may be, seen before any of it is read."""

from __future__ import annotations

from rest_framework.request import Request

from artifacts.api.problems import LengthRequired, TooLarge
from artifacts.conf import conf

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
