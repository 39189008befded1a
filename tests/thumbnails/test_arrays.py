from __future__ import annotations

import io
import pickle
import struct
import zipfile
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike
from PIL import Image

from artifacts.thumbnails import arrays, colormaps, npy
from artifacts.thumbnails.result import Reason, UndrawableError
from tests import media


def saved(array: ArrayLike, **options: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(array), **options)
    return buffer.getvalue()


def claimed(shape: str, descr: str = "'<f8'", version: int = 1) -> bytes:
    """Make the header of a file that may hold something else."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}\n".encode()
    size = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes((version, 0)) + size + text


def draw(data: bytes, format: str = "npy", side: int = 128) -> Image.Image:
    return arrays.draw(io.BytesIO(data), side=side, format=format)


def reason(data: bytes, format: str = "npy") -> Reason:
    with pytest.raises(UndrawableError) as caught:
        draw(data, format)
    return caught.value.reason


def test_draw__heat_map_from_dark_to_light() -> None:
    image = draw(saved(np.linspace(0, 1, 256)[None].repeat(96, axis=0)))

    luma = np.asarray(image.convert("L"))[10, ::16].tolist()
    assert image.size == (128, 48)
    assert luma == sorted(luma)


def test_draw__heat_map_of_signed_numbers() -> None:
    image = draw(saved(np.linspace(-2, 1, 256)[None].repeat(128, axis=0)))

    red, _, blue = np.asarray(image)[5].T.astype(int)
    assert blue[0] - red[0] > 80
    assert red[-1] > blue[-1]
    assert np.asarray(image)[5, 85].min() > 225


@pytest.mark.parametrize(
    "array",
    [
        np.eye(9, dtype=bool),
        np.arange(64, dtype=np.int8).reshape(8, 8),
        np.arange(64, dtype=np.uint64).reshape(8, 8) * 2**57,
        np.arange(64, dtype=">i4").reshape(8, 8),
        np.eye(9, dtype=np.float16),
        np.eye(9, dtype=np.float64) * 1e300,
        np.eye(9, dtype=np.complex64) * 1j,
        np.full((9, 9), np.nan),
        np.full((9, 9), 7),
        np.array([[np.nan, np.inf], [-np.inf, 1]]),
        np.asfortranarray(np.eye(9)),
        np.zeros((1, 9, 9)),
        np.eye(9).reshape(9, 9, 1),
        np.sin(np.arange(500)),
        np.array([np.nan, 1, np.inf, 2]),
        np.full(5, np.nan),
        np.full(5, 3, dtype=np.uint8),
        np.zeros((2000, 3)),
        np.zeros((3, 2000)),
    ],
)
def test_draw__any_numbers(array: ArrayLike) -> None:
    image = draw(saved(array))

    assert image.mode == "RGB"
    assert max(image.size) == 128


def test_draw__what_is_not_a_number_is_grey() -> None:
    array = np.zeros((4, 4))
    array[0, 0] = np.nan

    image = draw(saved(array))

    assert image.getpixel((10, 10)) == colormaps.NOT_A_NUMBER


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("channels", [3, 4])
def test_draw__image_of_sixteen_pixels(channels: int, *, first: bool) -> None:
    picture = np.full((4, 4, channels), 255, dtype=np.uint8)
    picture[0, 1, :3] = 200, 20, 20
    if first and channels == 4:
        picture = np.concatenate([picture, picture[:, :1]], axis=1)

    image = draw(saved(picture.transpose(2, 0, 1) if first else picture), side=256)

    cell = 256 // picture.shape[1]
    assert image.getpixel((cell + 1, 1))[:3] == (200, 20, 20)  # type: ignore[index]
    assert image.getpixel((2 * cell - 2, cell - 2))[:3] == (200, 20, 20)  # type: ignore[index]
    assert image.getpixel((2 * cell + 1, 1))[:3] == (255, 255, 255)  # type: ignore[index]


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4", "i8"])
@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("channels", [3, 4])
def test_draw__image(dtype: str, channels: int, *, first: bool) -> None:
    scale = 1.0 if dtype == "f4" else 255
    picture = np.zeros((16, 24, channels))
    picture[:, :12, 0] = picture[:, 12:, 2] = scale
    if channels == 4:
        picture[..., 3] = scale

    array = picture.transpose(2, 0, 1) if first else picture
    image = draw(saved(array.astype(dtype)))

    assert image.size == (128, 85)
    assert image.convert("RGB").getpixel((20, 20)) == (255, 0, 0)
    assert image.convert("RGB").getpixel((100, 20)) == (0, 0, 255)


def test_draw__image_beyond_bytes_is_scaled_by_range() -> None:
    ramp = np.linspace(-5, 1000, 48).reshape(1, 48, 1).repeat(24, 0).repeat(3, 2)

    image = draw(saved(ramp))

    assert image.convert("L").crop((0, 0, 128, 20)).getextrema() == (0, 255)


@pytest.mark.parametrize("value", [3.25, 7, True, 1 + 2j])
def test_draw__single_value_in_words(value: Any) -> None:
    assert draw(saved(value)).size == (128, 72)


@pytest.mark.parametrize(
    "data",
    [
        saved(np.zeros((2, 3, 4, 5))),
        saved(np.zeros((0, 5))),
        saved(np.array(["a", "b"])),
        saved(np.zeros(3, dtype="M8[s]")),
        saved(np.zeros(3, dtype=[("a", "i4"), ("b", "f8", (2,))])),
        claimed("(0, 999999999999)"),
        claimed("(3,)", version=3, descr="[('ü', '<f8')]"),
    ],
)
def test_draw__shape_and_type_in_words(data: bytes) -> None:
    image = draw(data)

    assert image.size == (128, 72)
    assert np.asarray(image.convert("L")).min() < 120


class _Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return (pytest.fail, ("A pickle was loaded.",))


def test_draw__pickles_are_never_loaded() -> None:
    data = claimed("(1,)", descr="'|O'") + pickle.dumps(_Harmful())

    assert draw(data).size == (128, 72)


def archived(**members: ArrayLike) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in members.items():
            archive.writestr(f"{name}.npy", saved(array))
    return buffer.getvalue()


def test_draw__most_telling_array_of_an_archive() -> None:
    telling = np.random.default_rng(3).random((40, 60))

    image = draw(archived(a=np.arange(9999), telling=telling, c="words"), "npz")

    assert image.size == draw(saved(telling)).size
    assert draw(media.FILES["npz"](), "npz").mode == "RGB"


def test_draw__archive_of_nothing_that_can_be_drawn() -> None:
    assert draw(archived(a="words"), "npz").size == (128, 72)


def test_draw__archive_whose_arrays_are_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(npy, "WHOLE_BYTES", 100)

    assert draw(archived(a=np.eye(50)), "npz").size == (128, 72)


def test_draw__archive_without_arrays() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "x")

    assert reason(buffer.getvalue(), "npz") is Reason.UNSUPPORTED


def test_draw__archive_of_less_than_it_claims() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.npy", claimed("(99, 99)") + bytes(64))

    assert reason(buffer.getvalue(), "npz") is Reason.DAMAGED


def test_draw__the_same_bytes_the_same_picture() -> None:
    data = media.FILES["npy"]()

    assert draw(data).tobytes() == draw(data).tobytes()


@pytest.mark.parametrize("values", [[1, np.nan, 2, np.nan, 3], [np.nan, 5, np.nan]])
def test_draw__curve_of_lonely_values(values: list[float]) -> None:
    picture = np.asarray(draw(saved(np.array(values)))).astype(int)
    assert (picture[..., 2] - picture[..., 1] > 60).any()
