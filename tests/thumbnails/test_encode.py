from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from artifacts.thumbnails import encode
from artifacts.thumbnails.result import MAX_BYTES, SIDE
from tests.thumbnails.pictures import assert_quadrants, quadrants


def noise() -> Image.Image:
    pixels = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    return Image.fromarray(pixels)


def test_webp__is_read_back() -> None:
    data = encode.webp(quadrants(256, 160))

    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.mode, image.size) == ("WEBP", "RGB", (256, 160))
        assert_quadrants(image)


def test_webp__worst_case_under_the_ceiling() -> None:
    data = encode.webp(noise())
    assert MAX_BYTES / 2 < len(data) <= MAX_BYTES


def test_webp__drawings_keep_every_pixel() -> None:
    image = quadrants(256, 160)
    with Image.open(io.BytesIO(encode.webp(image))) as decoded:
        assert decoded.tobytes() == image.tobytes()


def test_webp__greys_are_not_taken_for_a_drawing() -> None:
    """Lossless, this would take 60 kB."""
    smooth = Image.radial_gradient("L").convert("RGB")
    grain = noise().convert("L").convert("RGB")
    data = encode.webp(Image.blend(smooth, grain, 0.2))
    assert data[12:16] == b"VP8 "


def test_webp__much_small_type_stays_lossless() -> None:
    dots = np.random.default_rng(1).integers(0, 2, (SIDE, SIDE), np.uint8)
    data = encode.webp(Image.fromarray(dots * 255))
    assert data[12:16] == b"VP8L"
    assert len(data) > encode._DRAWN_BYTES


def test_webp__same_pixels_same_bytes() -> None:
    assert encode.webp(noise()) == encode.webp(noise())


def test_webp__no_metadata() -> None:
    image = quadrants(64, 64)
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    image.info |= {"exif": exif.tobytes(), "icc_profile": b"p" * 99, "xmp": b"<x/>"}

    data = encode.webp(image)

    assert data == encode.webp(quadrants(64, 64))
    assert not {b"EXIF", b"ICCP", b"XMP "} & {data[i : i + 4] for i in range(len(data))}


@pytest.mark.parametrize("alpha", [40, 100, 255])
@pytest.mark.parametrize(("level", "ground"), [(255, encode.DARK), (90, encode.LIGHT)])
def test_flatten__light_but_translucent_over_dark(
    alpha: int, level: int, ground: tuple[int, int, int]
) -> None:
    """A white shape at two fifths was white on white."""
    image = Image.new("RGBA", (20, 20))
    image.paste((level, level, level, alpha), (5, 5, 15, 15))
    flat = encode.flatten(image)
    assert flat.getpixel((0, 0)) == ground
    assert flat.getpixel((10, 10)) != ground


def test_flatten__faint_shadow_does_not_decide() -> None:
    image = Image.new("RGBA", (20, 20), (0, 0, 0, 1))
    image.paste((255, 255, 255, 255), (5, 5, 15, 15))
    assert encode.flatten(image).getpixel((0, 0)) != encode.LIGHT


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "CMYK", "RGB"])
def test_flatten__any_mode(mode: str) -> None:
    assert encode.flatten(quadrants(8, 8).convert(mode)).mode == "RGB"
