from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from artifacts.thumbnails import canvas


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0:00"), (7.4, "0:07"), (754, "12:34"), (3723, "1:02:03"), (-3, "0:00")],
)
def test_clock__as_players_write_it(seconds: float, expected: str) -> None:
    assert canvas.clock(seconds) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [((200, 100), (64, 32)), ((10, 20), (32, 64)), ((1, 100_000), (1, 64))],
)
def test_fit__longer_side(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert canvas.fit(size, 64) == expected


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_mark__in_the_lower_right_corner(mode: str) -> None:
    image = canvas.mark(Image.new(mode, (256, 144), "white"), "0:07", 256)

    assert image.crop((0, 0, 256, 120)).convert("L").getextrema() == (255, 255)
    assert np.asarray(image.convert("L"))[120:, 200:].min() < 90


@pytest.mark.parametrize("size", [(256, 20), (30, 256)])
def test_mark__left_out_where_there_is_no_room(size: tuple[int, int]) -> None:
    image = canvas.mark(Image.new("RGB", size, "white"), "0:07", 256)

    assert image.convert("L").getextrema() == (255, 255)
