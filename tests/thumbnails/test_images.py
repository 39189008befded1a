from __future__ import annotations

import base64
import contextlib
import io
import struct
from typing import Any
from urllib.parse import quote

import pillow_heif
import pytest
from PIL import Image, UnidentifiedImageError

from artifacts.thumbnails import images
from artifacts.thumbnails.result import Reason, UndrawableError
from tests.thumbnails import bombs
from tests.thumbnails.pictures import BLUE, assert_quadrants, draw, quadrants, save


@pytest.mark.parametrize(
    ("format", "plugin", "options"),
    [
        ("jpg", "JPEG", {"quality": 95}),
        ("jpg", "JPEG", {"quality": 95, "progressive": True}),
        ("png", "PNG", {}),
        ("webp", "WEBP", {"lossless": True}),
        ("tiff", "TIFF", {"compression": "tiff_lzw"}),
        ("bmp", "BMP", {}),
        ("ppm", "PPM", {}),
        ("avif", "AVIF", {"quality": 95}),
    ],
)
def test_draw__format(format: str, plugin: str, options: dict[str, Any]) -> None:
    image = draw(save(quadrants(), plugin, **options), format)

    assert image.size == (256, 160)
    assert_quadrants(image)


def test_draw__heic() -> None:
    file = io.BytesIO()
    pillow_heif.from_pillow(quadrants()).save(file, quality=95)

    assert_quadrants(draw(file, "heic"))


@pytest.mark.filterwarnings("ignore::UserWarning")  # the worker ignores all
def test_draw__another_format_than_claimed() -> None:
    with pytest.raises(UnidentifiedImageError):
        draw(save(quadrants(), "PNG"), "jpg")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_draw__upright(orientation: int) -> None:
    undo = {**images._TRANSPOSE, 6: Image.Transpose.ROTATE_90}
    undo[8] = Image.Transpose.ROTATE_270
    stored = quadrants()
    if orientation > 1:
        stored = stored.transpose(undo[orientation])
    exif = Image.Exif()
    exif[274] = orientation

    image = draw(save(stored, "JPEG", quality=95, exif=exif), "jpg")

    assert image.size == (256, 160)
    assert_quadrants(image)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("exif", [b"II*\0\xff\xff\xff\xff", b"MM\0*\0", b"neither"])
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_draw__broken_exif(format: str, exif: bytes) -> None:
    name = {"JPEG": "jpg"}.get(format, "png")
    file = save(quadrants(), format, quality=95, exif=b"Exif\0\0" + exif)
    assert_quadrants(draw(file, name))


@pytest.mark.parametrize("format", ["gif", "webp", "png"])
def test_draw__first_frame(format: str) -> None:
    others = [Image.new("RGB", (640, 400), BLUE)]
    options = {"lossless": True} if format == "webp" else {}
    file = save(quadrants(), format, save_all=True, append_images=others, **options)
    assert_quadrants(draw(file, format))


def test_draw__first_of_a_multi_picture_jpeg() -> None:
    others = [Image.new("RGB", (640, 400), BLUE)]
    large = quadrants(4000, 2500)
    file = save(large, "MPO", save_all=True, append_images=others, quality=95)
    image = draw(file, "jpg")

    assert image.size == (256, 160)
    assert_quadrants(image)


def test_draw__largest_of_an_icon() -> None:
    file = save(quadrants(128, 128), "ICO", sizes=[(16, 16), (128, 128), (32, 32)])
    image = draw(file, "ico")

    assert image.size == (128, 128)
    assert_quadrants(image)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((3, 2), (3, 2)), ((1, 4000), (1, 256)), ((3001, 2), (256, 1))],
)
def test_draw__size(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert draw(save(quadrants(*size), "PNG"), "png").size == expected


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "tiff", "avif"])
def test_draw__cut_short(format: str) -> None:
    data = save(quadrants(), format).getvalue()
    file = io.BytesIO(data[: len(data) * 2 // 3])
    name = {"jpeg": "jpg"}.get(format, format)

    with pytest.raises((OSError, SyntaxError, ValueError, UndrawableError)):
        draw(file, name)


def test_draw__damaged_inside() -> None:
    data = bytearray(save(quadrants(), "AVIF").getvalue())
    start = data.index(b"mdat") + 8
    data[start:] = bytes(len(data) - start)

    with pytest.raises(UndrawableError) as caught:
        draw(io.BytesIO(data), "avif")

    assert caught.value.reason is Reason.DAMAGED


@pytest.mark.parametrize("format", bombs.IMAGES)
def test_draw__too_large_by_its_header(format: str) -> None:
    with pytest.raises(UndrawableError) as caught:
        draw(io.BytesIO(bombs.patched(*bombs.IMAGES[format])), format)

    assert caught.value.reason is Reason.TOO_LARGE


def test_draw__too_large_for_its_codec() -> None:
    """As many pixels as a camera's PNG may have are too many for a WebP."""
    before, size = struct.pack("<2H", 300, 200), struct.pack("<2H", 8000, 6000)
    with pytest.raises(UndrawableError) as caught:
        draw(io.BytesIO(bombs.patched("WEBP", before, size)), "webp")

    assert caught.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("size", [(300, 200), (8000, 6000)])
def test_draw__leaves_no_limit_behind(size: tuple[int, int]) -> None:
    """What was drawn before would decide about previews and textures after it."""
    before = Image.MAX_IMAGE_PIXELS
    data = bombs.patched(
        "WEBP", struct.pack("<2H", 300, 200), struct.pack("<2H", *size)
    )
    with contextlib.suppress(UndrawableError):
        draw(io.BytesIO(data), "webp")
    assert before == Image.MAX_IMAGE_PIXELS


DATA = base64.b64encode(save(quadrants(9, 9), "PNG").getvalue()).decode()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"data:image/png;base64,{DATA}", True),
        (f"data:image/PNG;a=b;BASE64,{quote(DATA.rstrip('='))}", True),
        (f"data:image/png,{quote(base64.b64decode(DATA))}", True),
        (f"data:image/png,{DATA}", False),
        (f"data:image/svg+xml;base64,{DATA}", False),
        ("data:image/png;base64,A", False),
        ("data:image/png,no image", False),
        ("data:image/png;", False),
        ("/etc/passwd", False),
    ],
)
def test_is_embedded(url: str, expected: bool) -> None:
    assert images.is_embedded(url, max_pixels=1000) is expected


def test_is_embedded__too_large() -> None:
    with pytest.raises(UndrawableError) as caught:
        images.is_embedded(f"data:image/png;base64,{DATA}", max_pixels=80)
    assert caught.value.reason is Reason.TOO_LARGE


def test_draw__frame_larger_than_the_header() -> None:
    gif = b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\xff\xff\xff\xff\0"
    with pytest.raises(UndrawableError) as caught:
        draw(io.BytesIO(gif), "gif")

    assert caught.value.reason is Reason.TOO_LARGE
