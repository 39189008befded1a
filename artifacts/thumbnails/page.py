"""A typeset sheet of paper: headings, paragraphs, lists and lines of code."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image, ImageDraw

from artifacts.thumbnails import canvas, typesetting
from artifacts.thumbnails.bidi import is_right_to_left
from artifacts.thumbnails.typefaces import BOLD, MONO
from artifacts.thumbnails.typesetting import MAX_PARAGRAPH, Line, Style

PORTRAIT, SLIDE = (208, 256), (256, 144)
MARGIN = 16
MAX_BLOCKS = 60
"""Blocks that are looked at; no sheet has room for more."""


class Role(enum.Enum):
    """What a block of text is in its document."""

    TITLE = enum.auto()
    HEADING = enum.auto()
    BODY = enum.auto()
    ITEM = enum.auto()
    QUOTE = enum.auto()
    CODE = enum.auto()
    BLANK = enum.auto()


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph; `depth` and `marker` (its number, if any) are a list item's.

    A line of code that does not fit is cut, unless it `wraps`.
    """

    text: str
    role: Role = Role.BODY
    depth: int = 0
    marker: str = ""
    wraps: bool = False


@dataclass(frozen=True, slots=True)
class _Look:
    """Sizes for a sheet of 256 pixels: of the type, to the next line, before a block."""

    size: float
    leading: float
    before: float = 0
    face: str = "sans"
    color: canvas.Color = canvas.INK
    indent: float = 0


_LOOKS = {
    Role.TITLE: _Look(17, 21, 2, BOLD),
    Role.HEADING: _Look(13, 17, 5, BOLD, canvas.ACCENT),
    Role.BODY: _Look(11, 15, 1),
    Role.ITEM: _Look(11, 15, 0, indent=11),
    Role.QUOTE: _Look(11, 15, 2, color=canvas.MUTED, indent=10),
    Role.CODE: _Look(9.5, 13, 0, MONO, canvas.TEAL),
    Role.BLANK: _Look(11, 8),
}


def draw_page(
    blocks: Iterable[Block],
    *,
    side: int,
    label: str,
    size: tuple[int, int] = PORTRAIT,
) -> Image.Image:
    """Typeset blocks until the sheet is full; `label` marks its corner."""
    large = side * canvas.OVERSAMPLING
    image = canvas.sheet(*size, large)
    draw = ImageDraw.Draw(image)
    y = canvas.scaled(MARGIN - 4, large)
    first = True
    for block in blocks:
        if y >= image.height:
            break
        y += 0 if first else canvas.scaled(_LOOKS[block.role].before, large)
        y = _draw_block(draw, block, y, image.size, large)
        first = False
    canvas.outline(image, large)
    return canvas.mark(image.reduce(canvas.OVERSAMPLING), label, side)


def _draw_block(
    draw: ImageDraw.ImageDraw, block: Block, y: int, size: tuple[int, int], side: int
) -> int:
    look = _LOOKS[block.role]
    leading = canvas.scaled(look.leading, side)
    style = Style(canvas.scaled(look.size, side), look.face, look.color)
    left = canvas.scaled(MARGIN + look.indent * (1 + block.depth), side)
    if not look.indent:
        left = canvas.scaled(MARGIN, side)
    right = size[0] - canvas.scaled(MARGIN, side)
    text = typesetting.clean(block.text, most=MAX_PARAGRAPH)
    rtl = is_right_to_left(text)
    if rtl:
        left, right = size[0] - right, size[0] - left
    if block.role is Role.ITEM and block.marker:
        marker = style.in_color(canvas.ACCENT)
        back = typesetting.width(block.marker, marker) + canvas.scaled(3, side)
        at = (
            right + canvas.scaled(3, side) if rtl else left - back,
            y + leading * 0.78,
        )
        typesetting.draw_line(draw, at, block.marker, marker)
    elif block.role is Role.ITEM:
        _bullet(draw, right if rtl else left, y + leading / 2, side, rtl=rtl)
    top = y
    for line in _lines(block, text, style, right - left):
        start = right - typesetting.width(line.text, style) if rtl else left
        typesetting.draw_line(draw, (start, y + leading * 0.78), line, style)
        y += leading
        if y >= size[1]:
            break
    if block.role is Role.QUOTE:
        bar = canvas.scaled(MARGIN, side)
        draw.rectangle(
            (bar, top + 2, bar + canvas.scaled(2, side), y - 2), fill=canvas.RULE
        )
    return max(y, top + (leading if block.role is Role.BLANK else 0))


def _lines(block: Block, text: str, style: Style, limit: float) -> Iterable[Line]:
    if block.role is not Role.CODE:
        return typesetting.lines(text, style, limit)
    if block.wraps:
        return typesetting.lines(text, style, limit, anywhere=True)
    text = typesetting.clip(text, style, limit)
    # One line in any case: an empty line of code takes as much room as another.
    return [next(typesetting.lines(text, style, limit, anywhere=True), Line("", ()))]


def _bullet(
    draw: ImageDraw.ImageDraw, edge: float, y: float, side: int, *, rtl: bool
) -> None:
    radius = side / 256 * 1.8
    x = edge + (1 if rtl else -1) * side / 256 * 6
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=canvas.ACCENT)
