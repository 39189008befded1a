"""Images for golden pictures, by the format and what is odd about each."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
import pillow_heif
from PIL import Image, ImageCms, ImageDraw

from artifacts.management import samples
from tests.thumbnails.pictures import quadrants, save

_SAVED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera that was held otherwise stores what is upright."""


@cache
def photograph() -> Image.Image:
    """Return a landscape of 600 by 400, in which each side looks different."""
    return Image.fromarray(samples._landscape(600, 400))


def sample(extension: str) -> bytes:
    """Return the sample artifact of that file extension."""
    return _samples()[extension]


@cache
def _samples() -> dict[str, bytes]:
    made = samples.samples()
    return {each.filename.rpartition(".")[2]: each.content for each in made}


def swapped_profile() -> bytes:
    """Return a colour profile of which the first number means green."""
    data: bytes = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = data.replace(b"rXYZ", b"temp").replace(b"gXYZ", b"rXYZ")
    return swapped.replace(b"temp", b"gXYZ")


def _saved(format: str, mode: str = "RGB", **options: Any) -> bytes:
    return save(photograph().convert(mode), format, **options).getvalue()


def _turned(orientation: int) -> bytes:
    """Store a small photograph as cameras do, to be turned by its EXIF."""
    image = photograph().resize((240, 160))
    method = _SAVED_AS[orientation]
    stored = image if method is None else image.transpose(method)
    exif = Image.Exif()
    exif[274] = orientation
    return save(stored, "JPEG", quality=90, exif=exif).getvalue()


def _with_profile() -> bytes:
    """Store red and green the wrong way round, with a profile that says so."""
    red, green, blue = photograph().split()
    swapped = Image.merge("RGB", (green, red, blue))
    return save(swapped, "PNG", icc_profile=swapped_profile()).getvalue()


def _faded() -> Image.Image:
    """Fade the photograph out to the right."""
    image = photograph().convert("RGBA")
    fade = Image.linear_gradient("L").rotate(90).resize(image.size)
    image.putalpha(fade)
    return image


def _logo(color: str) -> Image.Image:
    """Draw rings on nothing, in one colour."""
    image = Image.new("RGBA", (400, 300))
    draw = ImageDraw.Draw(image)
    for radius in (130, 90, 50):
        box = (200 - radius, 150 - radius, 200 + radius, 150 + radius)
        draw.ellipse(box, outline=color, width=20)
    return image


def _palette() -> bytes:
    """Write a palette in which one of the colours is transparent."""
    image = quadrants(320, 200).quantize(16)
    return save(image, "PNG", transparency=int(np.asarray(image)[0, 0])).getvalue()


def _deep_grey(format: str, **options: Any) -> bytes:
    """Write 16 bits a pixel of which only the range from 9,000 to 30,000 is used."""
    levels = np.asarray(photograph().convert("L"), dtype=np.float64)
    deep = (9000 + levels / 255 * 21000).astype(np.uint16)
    return save(Image.fromarray(deep), format, **options).getvalue()


def _deep_color() -> bytes:
    """Write 16 bits for each of three colours, which Pillow only reads."""
    pixels = np.asarray(photograph(), dtype=np.uint16) * 257
    rows = pixels.astype(">u2").reshape(len(pixels), -1).view(np.uint8)
    data = np.pad(rows, [(0, 0), (1, 0)]).tobytes()
    width, height = photograph().size
    header = struct.pack(">2I5B", width, height, 16, 2, 0, 0, 0)
    chunks = (b"IHDR", header), (b"IDAT", zlib.compress(data)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )


def _floats() -> bytes:
    levels = np.asarray(photograph().convert("L"), dtype=np.float32) / 255 - 0.5
    levels[150:250, 250:350] = np.nan
    return save(Image.fromarray(levels), "TIFF").getvalue()


def _animation(format: str) -> bytes:
    others = [Image.new("RGB", photograph().size, color) for color in ("red", "blue")]
    file = save(photograph(), format, save_all=True, append_images=others)
    return file.getvalue()


def _noise() -> bytes:
    pixels = np.random.default_rng(7).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    return save(Image.fromarray(pixels), "PNG").getvalue()


def _heic() -> bytes:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(photograph()).save(buffer, quality=80)
    return buffer.getvalue()


def _icon() -> bytes:
    sizes = [(16, 16), (128, 128)]
    square = _logo("#0d9488").crop((50, 0, 350, 300)).resize((128, 128))
    return save(square, "ICO", sizes=sizes).getvalue()


def _png(draw: Callable[[], Image.Image]) -> bytes:
    return save(draw(), "PNG").getvalue()


CASES: dict[str, Callable[[], bytes]] = {
    "jpg-photograph": partial(sample, "jpg"),
    **{f"jpg-orientation-{number}": partial(_turned, number) for number in _SAVED_AS},
    "jpg-baseline": partial(_saved, "JPEG", quality=85),
    "jpg-cmyk": partial(_saved, "JPEG", "CMYK", quality=85),
    "jpg-grey": partial(_saved, "JPEG", "L", quality=85),
    "png-rgb": partial(_saved, "PNG"),
    "png-colour-profile": _with_profile,
    "png-alpha": partial(_png, _faded),
    "png-dark-lines": partial(_png, partial(_logo, "#1e293b")),
    "png-light-lines": partial(_png, partial(_logo, "white")),
    "png-palette-transparency": _palette,
    "png-1-bit": partial(_saved, "PNG", "1"),
    "png-16-bit-grey": partial(_deep_grey, "PNG"),
    "png-16-bit-rgb": _deep_color,
    "png-noise": _noise,
    "png-small": lambda: _png(lambda: photograph().resize((40, 27))),
    "png-wide": lambda: _png(lambda: photograph().crop((0, 190, 600, 214))),
    "webp-animation": partial(_animation, "WEBP"),
    "gif-animation": partial(_animation, "GIF"),
    "tiff-lzw": partial(_saved, "TIFF", compression="tiff_lzw"),
    "tiff-cmyk": partial(_saved, "TIFF", "CMYK"),
    "tiff-16-bit": partial(_deep_grey, "TIFF"),
    "tiff-floats": _floats,
    "bmp-rgb": partial(_saved, "BMP"),
    "ppm-rgb": partial(_saved, "PPM"),
    "ico-two-sizes": _icon,
    "avif-photograph": partial(_saved, "AVIF", quality=75),
    "heic-photograph": _heic,
    "heif-photograph": _heic,
}
"""By name; the part before the first hyphen is the format."""
