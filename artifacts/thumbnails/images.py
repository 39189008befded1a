"""Raster images: whatever Pillow decodes safely, upright and in sRGB.

Of an animation the first frame, of an icon the largest. A file that is cut short is
damaged: half a picture would pass for a whole one.
"""

from __future__ import annotations

import base64
import io
import math
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import unquote_to_bytes

from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    IcoImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from artifacts.thumbnails import colours
from artifacts.thumbnails.result import Reason, UndrawableError

BUDGET_BYTES = 512 * 2**20
"""Memory that decoding one image may take, known from its header beforehand."""
MAX_PIXELS = 150_000_000
"""Of any image: what a codec that needs little memory can do in a second or two."""
_STRIP_PIXELS = 2**20
_DATA_URL = re.compile(r"data:image/(png|jpe?g|gif|webp)[;,]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Codec:
    """Pillow's plugins for a format, and the memory that they take at their worst."""

    plugins: tuple[str, ...]
    bytes_per_pixel: float

    @property
    def max_pixels(self) -> int:
        return min(MAX_PIXELS, int(BUDGET_BYTES / self.bytes_per_pixel))


# Peak growth while drawing 8 to 12 million pixels (benchmarks/thumbnails.py), rounded
# up: JPEG 0.4, progressive 3.2, PNG 5.2 with alpha, WebP 16.5, TIFF 7.4, AVIF 9.9.
_CODECS = {
    "jpg": _Codec(("JPEG",), 3.5),
    "png": _Codec(("PNG",), 5.5),
    "webp": _Codec(("WEBP",), 17),
    "gif": _Codec(("GIF",), 5.5),
    "tiff": _Codec(("TIFF",), 9),
    "bmp": _Codec(("BMP", "DIB"), 5.5),
    "ico": _Codec(("ICO",), 9),
    "ppm": _Codec(("PPM",), 5.5),
    "avif": _Codec(("AVIF",), 11),
    "heic": _Codec(("HEIF",), 11),
    "heif": _Codec(("HEIF",), 11),
}


# Imported here, since Pillow imports all its plugins when one that it needs is not.
PLUGINS = (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    IcoImagePlugin,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)


def draw(file: BinaryIO, *, side: int, format: str) -> Image.Image:
    """Return an RGB or RGBA picture, not enlarged; raise what Pillow raises."""
    codec = _CODECS[format]
    if format in {"heic", "heif"}:
        import pillow_heif

        pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.register_heif_opener()
    try:
        with opened(file, codec.plugins, max_pixels=codec.max_pixels) as image:
            return _draw(image, side=side)
    except Image.DecompressionBombError as error:
        raise UndrawableError(Reason.TOO_LARGE) from error
    except RuntimeError as error:
        # libavif and libheif: whatever they find wrong, memory included.
        short = "memory" in str(error).lower()
        reason = Reason.OUT_OF_MEMORY if short else Reason.DAMAGED
        raise UndrawableError(reason) from error


@contextmanager
def opened(
    file: BinaryIO, plugins: tuple[str, ...], *, max_pixels: int
) -> Iterator[Image.Image]:
    """Open an image; raise `DecompressionBombError` for one of more pixels.

    The limit is Pillow's, and the whole process's: it is put back, since what was
    drawn before must not decide about what is drawn next.
    """
    before = Image.MAX_IMAGE_PIXELS
    # Pillow compares the header with twice this, and later the frames, which may be
    # larger, each before it allocates anything for them.
    Image.MAX_IMAGE_PIXELS = max_pixels // 2
    try:
        with Image.open(file, formats=plugins) as image:
            yield image
    finally:
        Image.MAX_IMAGE_PIXELS = before


def is_embedded(url: str, *, max_pixels: int) -> bool:
    """Tell whether a URL is an image in itself, which whoever may then decode.

    One of more pixels raises `UndrawableError`.
    """
    if _DATA_URL.match(url) is None:
        return False
    kind, _, text = url.partition(",")
    data = unquote_to_bytes(text)
    try:
        if kind.rstrip().lower().endswith("base64"):
            data = base64.b64decode(data + b"==")  # which are often left out
        plugins = ("JPEG", "PNG", "GIF", "WEBP")
        with opened(io.BytesIO(data), plugins, max_pixels=max_pixels):
            return True
    except Image.DecompressionBombError as error:
        raise UndrawableError(Reason.TOO_LARGE) from error
    except (OSError, ValueError, EOFError):
        return False


def _draw(image: Image.Image, *, side: int) -> Image.Image:
    size = _fit(image.size, side)
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        # Decodes at an eighth to a half; it changes `image.size`.
        image.draft(None, size)
    image.load()
    small = colours.srgb(_reduce(image, size), source=image)
    return _upright(small, source=image)


def _fit(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Scale to `side` on the longer side; never to nothing, never up."""
    scale = min(1.0, side / max(size))
    width, height = size
    return max(1, round(width * scale)), max(1, round(height * scale))


def _reduce(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Resize to `size`, into a mode that can be averaged.

    First by whole numbers in strips, so that converting (a palette, premultiplied
    alpha, 16 bits) never needs a second image of the full size.
    """
    width, height = image.size
    factor = max(1, math.ceil(min(width / size[0], height / size[1])) // 2)
    if factor > 1 or not colours.is_averageable(image):
        image = _reduce_by(image, factor)
    # Its last row and column may stand for less than `factor` pixels.
    box = (0, 0, width / factor, height / factor)
    return image.resize(size, Image.Resampling.BICUBIC, box=box)


def _reduce_by(image: Image.Image, factor: int) -> Image.Image:
    if colours.is_averageable(image):
        return image.reduce(factor)
    rows = max(1, _STRIP_PIXELS // (image.width * factor)) * factor
    strips = [
        colours.averageable(
            image.crop((0, top, image.width, min(top + rows, image.height)))
        ).reduce(factor)
        for top in range(0, image.height, rows)
    ]
    height = sum(strip.height for strip in strips)
    result = Image.new(strips[0].mode, (strips[0].width, height))
    for index, strip in enumerate(strips):
        result.paste(strip, (0, index * rows // factor))
    return result


_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _upright(image: Image.Image, *, source: Image.Image) -> Image.Image:
    """Turn as the EXIF of its source says, not at all where that cannot be read."""
    try:
        orientation = source.getexif().get(ExifTags.Base.Orientation, 1)
    except (OSError, SyntaxError, ValueError, LookupError, struct.error):
        return image
    method = _TRANSPOSE.get(orientation)
    return image if method is None else image.transpose(method)
