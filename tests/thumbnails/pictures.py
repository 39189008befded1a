"""Images whose thumbnails can be told right from wrong by a few pixels."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from artifacts.thumbnails import encode, images, pool
from artifacts.thumbnails.limits import Limits
from artifacts.thumbnails.result import SIDE, Thumbnail

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 200, 40), (30, 50, 210), (255, 255, 255)
CORNERS = [(0.2, 0.2), (0.8, 0.2), (0.2, 0.8), (0.8, 0.8)]

OnDisk = Callable[[bytes], BinaryIO]
"""What the fixture `on_disk` is: writes a file and opens it for reading."""
# Each pixel adds up so many octaves of noise: hours of work in 300 bytes.
ENDLESS = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><filter id="f">'
    b'<feTurbulence baseFrequency="0.1" numOctaves="2000000000"/></filter>'
    b'<rect width="9" height="9" filter="url(#f)"/></svg>'
)


def drawn(file: BinaryIO, *, format: str, limits: Limits) -> Thumbnail:
    """Draw in a child process; fail where that did not come to an end."""
    thumbnail = pool.draw(file, format=format, limits=limits)
    assert thumbnail is not None
    return thumbnail


def quadrants(width: int = 640, height: int = 400) -> Image.Image:
    """Red, green over blue, white: no two of its eight orientations look alike."""
    image = Image.new("RGB", (2, 2))
    image.putdata([RED, GREEN, BLUE, WHITE])
    return image.resize((width, height), Image.Resampling.NEAREST)


def save(image: Image.Image, format: str, **options: Any) -> io.BytesIO:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    buffer.seek(0)
    return buffer


def draw(file: io.BytesIO, format: str) -> Image.Image:
    return encode.flatten(images.draw(file, side=SIDE, format=format))


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    size = np.array(image.size)
    points = [tuple((size * corner).astype(int).tolist()) for corner in CORNERS]
    pixels = np.asarray(image)
    return [tuple(pixels[y, x].tolist()) for x, y in points]


def assert_quadrants(image: Image.Image, tolerance: int = 24) -> None:
    expected = [RED, GREEN, BLUE, WHITE]
    assert np.abs(np.array(corners(image)) - expected).max() <= tolerance


def png(image: Image.Image | None = None) -> bytes:
    buffer = io.BytesIO()
    (image or quadrants()).save(buffer, "PNG")
    return buffer.getvalue()
