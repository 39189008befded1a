"""What the tests of both APIs send and read."""

from __future__ import annotations

from io import BytesIO
from typing import Any


def body(response: Any) -> bytes:
    """Read the bytes of a response to its end."""
    return b"".join(response.streaming_content)


def upload(content: bytes = b"hello", name: str = "hello.txt") -> BytesIO:
    """Make a file as a form sends it."""
    file = BytesIO(content)
    file.name = name
    return file
