"""Byte ranges as RFC 9110, section 14, has them; one range a request."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Several ranges, other units and what cannot be parsed are ignored, as the RFC lets a
# server do: the answer is then the whole. 19 digits are more than any file has.
_RANGE = re.compile(r"bytes=(?:(\d{1,19})-(\d{0,19})|-(\d{1,19}))", re.ASCII)


class UnsatisfiableError(ValueError):
    """No byte of the representation lies in the range: 416."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """`length` bytes from `start` of `total`."""

    start: int
    length: int
    total: int

    @property
    def content_range(self) -> str:
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.total}"


def parse_range(header: str, total: int) -> ByteRange | None:
    """Read a `Range` header for `total` bytes; None where all of them are to be sent."""
    match = _RANGE.fullmatch(header.strip())
    if match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        start, end = max(0, total - int(suffix)), total
    else:
        start, end = int(first), min(int(last) + 1 if last else total, total)
        if last and int(last) < start:
            return None  # not a valid range, hence ignored
    if start >= end:
        raise UnsatisfiableError
    return ByteRange(start, end - start, total)
