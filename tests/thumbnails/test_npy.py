from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest

from artifacts.thumbnails import npy
from artifacts.thumbnails.result import Reason
from tests.thumbnails.test_arrays import claimed, draw, reason, saved


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", Reason.DAMAGED),
        (b"\x93NUMPY\x07\x00", Reason.DAMAGED),
        (b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31), Reason.TOO_LARGE),
        (claimed("(1000000, 1000000)") + bytes(64), Reason.DAMAGED),
        (claimed("(9, 9)") + bytes(64), Reason.DAMAGED),
        (claimed("()") + bytes(4), Reason.DAMAGED),
        (claimed("(-1, 4)"), Reason.DAMAGED),
        (claimed("[4]"), Reason.DAMAGED),
        (claimed("(True,)"), Reason.DAMAGED),
        (claimed("(4,)", descr="'no type'"), Reason.DAMAGED),
        (claimed("__import__('os')"), Reason.DAMAGED),
        (claimed("(" * 3000 + ")" * 3000), Reason.DAMAGED),
    ],
)
def test_read_header__claims_are_checked(data: bytes, expected: Reason) -> None:
    assert reason(data) is expected


@pytest.mark.parametrize("shape", [(600, 700), (5000, 20), (20, 5000), (70_000,)])
@pytest.mark.parametrize("order", ["C", "F"])
def test_read_plane__large_arrays_are_thinned_out(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...], order: Any
) -> None:
    monkeypatch.setattr(npy, "WHOLE_BYTES", 1000)
    monkeypatch.setattr(npy, "_MAX_LINE", 8000)
    array = np.arange(np.prod(shape), dtype=np.float64).reshape(shape)
    file = io.BytesIO(saved(array.copy(order=order)))

    plane = npy.read_plane(file, npy.read_header(file))

    assert plane.ndim == array.ndim
    assert max(plane.shape) <= (512 if array.ndim == 2 else 70_000)
    assert np.isin(plane, array).all()
    assert plane.flat[0] == 0
    assert plane.max() > array.max() * 0.95


def test_draw__large_image_keeps_its_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npy, "WHOLE_BYTES", 1000)
    picture = np.zeros((600, 800, 3), dtype=np.uint8)
    picture[..., 1] = 200

    image = draw(saved(picture))

    assert image.getpixel((20, 20)) == (0, 200, 0)


def test_draw__large_image_with_channels_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npy, "WHOLE_BYTES", 1000)

    picture = np.zeros((3, 600, 800), dtype=np.uint8)
    picture[2] = 90

    for array in (picture, np.asfortranarray(picture)):
        assert draw(saved(array)).getpixel((20, 20)) == (0, 0, 90)


def test_draw__large_map_with_an_axis_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npy, "WHOLE_BYTES", 1000)

    assert draw(saved(np.zeros((1, 600, 600)))).size == (128, 128)
