from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from artifacts.thumbnails import canvas
from artifacts.thumbnails.page import SLIDE, Block, Role, draw_page


def draw(*blocks: Block, side: int = 256) -> Image.Image:
    return draw_page(blocks, side=side, label="TXT")


def inked(image: Image.Image) -> tuple[int, int]:
    """Return the first and the last column with ink, within the frame, above the mark."""
    pixels = np.asarray(image.convert("L"))[3 : round(image.height * 0.85), 3:-3]
    columns = np.nonzero((pixels < 180).any(axis=0))[0]
    return int(columns[0]) + 3, int(columns[-1]) + 3


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.BLANK])
def test_draw_page__every_role(role: Role) -> None:
    image = draw(Block("Some words", role))

    assert image.size == (208, 256)
    assert inked(image)[0] < 40


@pytest.mark.parametrize("marker", ["", "12."])
@pytest.mark.parametrize("depth", [0, 2])
def test_draw_page__items_of_a_list(marker: str, depth: int) -> None:
    left = inked(draw(Block("one", Role.ITEM, depth, marker)))
    right = inked(draw(Block("אחת", Role.ITEM, depth, marker)))

    assert left[0] < 60
    assert left[1] < 90
    assert right[0] > 208 - 80
    assert right[1] > 208 - 60


def test_draw_page__right_to_left_begins_at_the_right() -> None:
    assert inked(draw(Block("שלום")))[1] > 208 - 22


def test_draw_page__blank_lines_take_room() -> None:
    spaced = draw(Block("", Role.BLANK), Block("word"))

    assert spaced.tobytes() != draw(Block("word")).tobytes()


def test_draw_page__more_than_a_sheet_holds() -> None:
    def endless() -> Iterator[Block]:
        while True:
            yield Block("word " * 30)

    image = draw_page(endless(), side=128, label="TXT")

    assert image.size == (104, 128)


def test_draw_page__code_is_cut_at_the_edge() -> None:
    image = draw(Block("x" * 300, Role.CODE))

    assert inked(image)[1] < 208 - 12
    assert np.asarray(image.convert("L"))[30:200, 20:-20].min() > 240


@pytest.mark.parametrize(
    "block",
    [
        Block("<a b/>" * 900, Role.CODE, wraps=True),
        Block("word " * 900),
        Block("unbroken" * 300),
    ],
)
def test_draw_page__one_long_line_goes_on_until_the_sheet_is_full(block: Block) -> None:
    """XML on one line showed no more than its declaration."""
    image = draw(block)

    assert inked(image)[1] < 208 - 12
    assert np.asarray(image.convert("L"))[220:240, 20:100].min() < 180


def test_draw_page__empty_lines_of_code_take_room() -> None:
    code = [Block(text, Role.CODE) for text in ("a", "", "b")]

    assert draw(*code) != draw(code[0], code[2])


def test_draw_page__indented_lines() -> None:
    """YAML was drawn flush left."""
    assert inked(draw(Block("    x")))[0] > inked(draw(Block("x")))[0] + 8


def test_draw_page__slide() -> None:
    image = draw_page([Block("Name", Role.TITLE)], side=256, label="PPTX", size=SLIDE)

    assert image.size == (256, 144)
    assert image.getpixel((0, 0)) != canvas.PAPER
