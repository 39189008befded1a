"""What drawing a thumbnail comes to: a picture, or the reason why there is none."""

from __future__ import annotations

import enum
from dataclasses import dataclass

VERSION = 2
"""Of the renderer as a whole: raised whenever any picture comes out different."""
SIDE = 256
"""Pixels of a thumbnail's longer side; a smaller picture is not enlarged."""
MIME_TYPE = "image/webp"
MAX_BYTES = 40_000
"""Ceiling of one encoded thumbnail, before base64."""


class Reason(enum.StrEnum):
    """Why there is no picture."""

    UNSUPPORTED = "unsupported"
    DAMAGED = "damaged"
    ENCRYPTED = "encrypted"
    TOO_LARGE = "too large"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out of memory"


class UndrawableError(Exception):
    """Raised by a decoder for content of which it can make no picture."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """Either `data` (an encoded picture of `MIME_TYPE`) or a `reason`, never both."""

    data: bytes = b""
    reason: Reason | None = None
