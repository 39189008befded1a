from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from artifacts.thumbnails import encode
from tests.thumbnails.pictures import assert_quadrants, corners, draw, quadrants, save


def swapped_profile() -> bytes:
    """Make an sRGB profile in which red and green have changed places."""
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = data.replace(b"rXYZ", b"temp").replace(b"gXYZ", b"rXYZ")
    return swapped.replace(b"temp", b"gXYZ")


def test_draw__profile_applied() -> None:
    file = save(quadrants(), "PNG", icc_profile=swapped_profile())
    red, green, _, white = corners(draw(file, "png"))

    assert green[0] > 150 > green[1]
    assert red[1] > 150 > red[0]
    assert min(white) > 240


@pytest.mark.parametrize("profile", [b"nonsense", bytes(200)])
def test_draw__broken_profile(profile: bytes) -> None:
    assert_quadrants(draw(save(quadrants(), "PNG", icc_profile=profile), "png"))


def test_draw__profile_of_another_number_of_bands() -> None:
    grey = quadrants().convert("L")
    file = save(grey, "PNG", icc_profile=swapped_profile())
    assert corners(draw(file, "png")) == corners(draw(save(grey, "PNG"), "png"))


def test_draw__profile_of_another_space() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert_quadrants(draw(save(quadrants(), "PNG", icc_profile=lab), "png"))


def test_draw__cmyk_of_adobe() -> None:
    file = save(quadrants().convert("CMYK"), "JPEG", quality=95)
    assert_quadrants(draw(file, "jpg"))


def test_draw__cmyk_without_adobe_marker() -> None:
    """Nothing says that it is inverted, so it is not."""
    inverted = Image.eval(quadrants().convert("CMYK"), lambda value: 255 - value)
    data = save(inverted, "JPEG", quality=95).getvalue()
    start = data.index(b"\xff\xee")
    (length,) = struct.unpack_from(">H", data, start + 2)

    file = io.BytesIO(data[:start] + data[start + 2 + length :])

    assert_quadrants(draw(file, "jpg"))


def test_draw__lab() -> None:
    source = ImageCms.createProfile("sRGB")
    target = ImageCms.createProfile("LAB")
    lab = ImageCms.profileToProfile(quadrants(), source, target, outputMode="LAB")
    assert lab is not None
    assert_quadrants(draw(save(lab, "TIFF"), "tiff"))


def ramp(low: float, high: float, dtype: type) -> Image.Image:
    row = np.linspace(low, high, 1024)
    return Image.fromarray(np.tile(row, (600, 1)).astype(dtype))


@pytest.mark.parametrize("high", [200, 4095, 65535])
@pytest.mark.parametrize("format", ["png", "tiff"])
def test_draw__deep_grey_by_range(format: str, high: int) -> None:
    """Pillow's own thumbnail() raises, its convert("L") is white from 256."""
    pixels = np.asarray(draw(save(ramp(0, high, np.uint16), format), format))[..., 0]

    assert pixels.shape == (150, 256)
    assert pixels[75, 0] < 4
    assert pixels[75, -1] > 251
    assert abs(int(pixels[75, 128]) - 128) < 6


def test_draw__deep_grey_flat() -> None:
    pixels = np.asarray(draw(save(ramp(900, 900, np.uint16), "PNG"), "png"))
    assert len(np.unique(pixels)) == 1


@pytest.mark.parametrize(
    ("level", "dtype", "expected"),
    [
        (0, np.uint16, 0),
        (0x8000, np.uint16, 128),
        (0xFFFF, np.uint16, 255),
        (0xFFFF, np.int32, 255),
        (0x40000, np.int32, 0),
        (0, np.float32, 0),
        (1, np.float32, 255),
        (9, np.float32, 255),
    ],
)
def test_draw__deep_grey_of_one_level(level: int, dtype: type, expected: int) -> None:
    """White and black pages both were mid-grey."""
    image = draw(save(ramp(level, level, dtype), "TIFF"), "tiff")
    assert image.getextrema() == ((expected, expected),) * 3


def test_draw__deep_grey_with_white_as_zero() -> None:
    file = save(ramp(0, 65535, np.uint16), "TIFF", tiffinfo={262: 0})
    pixels = np.asarray(draw(file, "tiff"))[..., 0]
    assert pixels[75, 0] > 251
    assert pixels[75, -1] < 4


def grey_profile(gamma: float) -> bytes:
    """Make a profile of one band with a mere power for its curve."""
    white = struct.pack(">4s4x3i", b"XYZ ", 0xF6D6, 0x10000, 0xD32D)
    curve = struct.pack(">4s4xIHxx", b"curv", 1, round(gamma * 256))
    start = 128 + 4 + 2 * 12
    tags = struct.pack(">I4s2I", 2, b"wtpt", start, 20)
    tags += struct.pack(">4s2I", b"kTRC", start + 20, 14)
    head = struct.pack(">I4xI12s", start + 36, 0x02400000, b"mntrGRAYXYZ ")
    head = head.ljust(36, b"\0") + b"acsp"
    head = head.ljust(68, b"\0") + struct.pack(">3i", 0xF6D6, 0x10000, 0xD32D)
    return head.ljust(128, b"\0") + tags + white + curve


@pytest.mark.parametrize("mode", ["L", "LA", "P", "I;16"])
def test_draw__grey_profile(mode: str) -> None:
    """Light that is stored as such: half of it is 188 in sRGB."""
    grey = ramp(0, 255, np.uint8)
    image = ramp(0, 65535, np.uint16) if mode == "I;16" else grey.convert(mode)
    options = {"icc_profile": grey_profile(1.0)}
    pixels = np.asarray(draw(save(image, "PNG", **options), "png"))
    assert abs(int(pixels[75, 128, 0]) - 188) < 4


def test_draw__grey_profile_of_what_has_colours() -> None:
    assert_quadrants(draw(save(quadrants(), "PNG", icc_profile=grey_profile(1)), "png"))


def test_draw__float_with_nan() -> None:
    image = np.array(ramp(-1, 1, np.float32))
    image[:300, :200] = np.nan
    image[300:, :200] = np.inf

    pixels = np.asarray(draw(save(Image.fromarray(image), "TIFF"), "tiff"))

    assert pixels[10, 10, 0] == 0
    assert pixels[-1, -1, 0] > 250


def test_draw__float_of_nan_only() -> None:
    image = Image.fromarray(np.full((40, 40), np.nan, np.float32))
    assert np.asarray(draw(save(image, "TIFF"), "tiff")).max() == 0


def test_draw__one_bit() -> None:
    image = Image.new("1", (2000, 1000))
    image.paste(1, (1000, 0, 2000, 1000))

    pixels = np.asarray(draw(save(image, "PNG"), "png"))

    assert pixels[64, 20, 0] == 0
    assert pixels[64, 236, 0] == 255


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB"])
def test_draw__transparent_over_white(mode: str) -> None:
    """What is hidden (black, here) is not seen, not even at the edges."""
    image = Image.new("RGBA", (1000, 1000), (0, 0, 0, 0))
    image.paste((200, 200, 200, 255), (0, 0, 500, 1000))
    options: dict[str, Any] = {}
    if mode == "P":
        image = image.quantize(8)
    elif mode == "RGB":
        image, options = image.convert("RGB"), {"transparency": (0, 0, 0)}
    else:
        image = image.convert(mode)

    pixels = np.asarray(draw(save(image, "PNG", **options), "png"))

    assert pixels[128, 60].tolist() == [200, 200, 200]
    assert pixels[128, 200].tolist() == [255, 255, 255]
    assert pixels.min() >= 195


def test_draw__light_lines_over_dark() -> None:
    image = Image.new("RGBA", (300, 300), (255, 255, 255, 0))
    image.paste((255, 255, 255, 255), (100, 100, 200, 200))

    pixels = np.asarray(draw(save(image, "PNG"), "png"))

    assert pixels[0, 0].tolist() == list(encode.DARK)
    assert pixels[128, 128].tolist() == [255, 255, 255]


def test_draw__nothing_visible() -> None:
    image = Image.new("RGBA", (30, 30), (9, 9, 9, 0))
    assert np.asarray(draw(save(image, "PNG"), "png")).min() == 255
