"""A table of cells, as a spreadsheet or a CSV file shows it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PIL import Image, ImageDraw

from artifacts.thumbnails import canvas, typesetting
from artifacts.thumbnails.typefaces import BOLD
from artifacts.thumbnails.typesetting import Style

WIDTH, HEIGHT, ROW = 256, 188, 16
MAX_ROWS, MAX_COLUMNS = 10, 8
"""Rows and columns that are looked at."""
_NUMBER = re.compile(r"[-+(]?[$€£¥]?\d[\d,.\u00a0 ]*(?:[eE][-+]?\d+)?[%)]?")
_PADDING = 5


def draw_grid(rows: Sequence[Sequence[str]], *, side: int, label: str) -> Image.Image:
    """Draw the first rows and columns; the first row is set as the heading."""
    large = side * canvas.OVERSAMPLING
    image = canvas.sheet(WIDTH, HEIGHT, large)
    cells = [
        [typesetting.clean(cell).strip() for cell in row[:MAX_COLUMNS]]
        for row in rows[:MAX_ROWS]
    ]
    styles = [_style(index, large) for index in range(len(cells))]
    widths = _column_widths(cells, styles, large)
    _draw_rules(image, len(cells), widths, large)
    draw = ImageDraw.Draw(image)
    height = canvas.scaled(ROW, large)
    for index, (row, style) in enumerate(zip(cells, styles, strict=True)):
        _draw_row(draw, row, widths, (index * height, height), style, large)
    canvas.outline(image, large)
    return canvas.mark(image.reduce(canvas.OVERSAMPLING), label, side)


def _draw_rules(image: Image.Image, rows: int, widths: list[int], side: int) -> None:
    draw = ImageDraw.Draw(image)
    height, hairline = canvas.scaled(ROW, side), canvas.scaled(1, side)
    draw.rectangle((0, 0, image.width, height), fill=canvas.WASH)
    for index in range(1, rows + 1):
        y = index * height
        draw.line((0, y, image.width, y), fill=canvas.RULE, width=hairline)
    x = 0
    for extent in widths[:-1]:
        x += extent
        draw.line((x, 0, x, rows * height), fill=canvas.RULE, width=hairline)


def _style(index: int, side: int) -> Style:
    size = canvas.scaled(10.5, side)
    return Style(size, BOLD) if index == 0 else Style(size)


def _column_widths(cells: list[list[str]], styles: list[Style], side: int) -> list[int]:
    """Give each column its widest cell, within bounds; the last ones may be cut."""
    least, most = canvas.scaled(28, side), canvas.scaled(110, side)
    columns = max(
        (index for row in cells for index, cell in enumerate(row, start=1) if cell),
        default=0,
    )
    widths = []
    for column in range(columns):
        extents = [
            typesetting.width(row[column][:60], style)
            for row, style in zip(cells, styles, strict=True)
            if column < len(row)
        ]
        natural = round(max(extents)) + 2 * canvas.scaled(_PADDING, side)
        widths.append(min(max(natural, least), most))
    spare = canvas.scaled(WIDTH, side) - sum(widths)
    if spare > 0 and columns:
        widths = [extent + spare // columns for extent in widths]
    return widths


def _draw_row(
    draw: ImageDraw.ImageDraw,
    row: list[str],
    widths: list[int],
    band: tuple[int, int],
    style: Style,
    side: int,
) -> None:
    padding = canvas.scaled(_PADDING, side)
    baseline = band[0] + band[1] * 0.73
    x = 0
    for cell, extent in zip(row, widths, strict=False):
        text = typesetting.clip(cell, style, extent - 2 * padding)
        start = x + padding
        if _NUMBER.fullmatch(cell) and text == cell:
            start = x + extent - padding - round(typesetting.width(text, style))
        typesetting.draw_line(draw, (start, baseline), text, style)
        x += extent
