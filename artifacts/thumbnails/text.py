"""Text files, marked up, tabular or plain. Only the beginning is read."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterator
from typing import BinaryIO

from PIL import Image

from artifacts.thumbnails import grid, hypertext, json_text, markdown
from artifacts.thumbnails.charsets import decode as decode  # also for links.py
from artifacts.thumbnails.page import MAX_BLOCKS, Block, Role, draw_page

HEAD_BYTES = 48 * 1024
"""Of the file; far more than a thumbnail shows, also where most of it is markup."""
_DELIMITERS = ",;\t|"
_FEW_LINES = 4
"""Of code: they leave room on the sheet for one that is long to go on."""


def draw(file: BinaryIO, *, side: int, format: str) -> Image.Image:
    """Draw the first lines, typeset on an opaque sheet (a table for CSV)."""
    text = decode(file.read(HEAD_BYTES))
    return _DRAWERS.get(format, _draw_plain)(text, side)


def _draw_plain(text: str, side: int) -> Image.Image:
    return draw_page(plain_blocks(text), side=side, label="TXT")


def plain_blocks(text: str) -> Iterator[Block]:
    """Turn lines into paragraphs; leading empty lines go."""
    for line in text.lstrip("\r\n").splitlines()[:MAX_BLOCKS]:
        yield Block(line.rstrip(), Role.BODY if line.strip() else Role.BLANK)


def _draw_markdown(text: str, side: int) -> Image.Image:
    return draw_page(markdown.blocks(text), side=side, label="MD")


def _draw_html(text: str, side: int) -> Image.Image:
    return draw_page(hypertext.blocks(text), side=side, label="HTML")


def _draw_json(text: str, side: int) -> Image.Image:
    return json_text.draw_json(text, side=side)


def _draw_csv(text: str, side: int) -> Image.Image:
    return grid.draw_grid(csv_rows(text), side=side, label="CSV")


def _draw_tsv(text: str, side: int) -> Image.Image:
    return grid.draw_grid(csv_rows(text, "\t"), side=side, label="TSV")


def _draw_xml(text: str, side: int) -> Image.Image:
    return draw_page(code_blocks(text), side=side, label="XML")


def _draw_json_lines(text: str, side: int) -> Image.Image:
    blocks = code_blocks(json_text.unescaped(text))
    return draw_page(blocks, side=side, label="JSONL")


def code_blocks(text: str) -> Iterator[Block]:
    """Turn lines into lines of code; empty ones go."""
    lines = [line for line in text.splitlines() if line.strip()][:MAX_BLOCKS]
    for line in lines:
        yield Block(line.rstrip(), Role.CODE, wraps=len(lines) <= _FEW_LINES)


def csv_rows(text: str, delimiters: str = _DELIMITERS) -> list[list[str]]:
    """Split the first rows at the delimiter that most evenly divides them."""
    lines = [line for line in text.splitlines() if line.strip()][: grid.MAX_ROWS * 4]
    delimiter = max(delimiters, key=lambda mark: _evenness(lines, mark))
    # Lenient by default; a quote that is never closed only swallows the sample, and
    # no field of it can reach the reader's limit of 128 KiB.
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    return list(itertools.islice(reader, grid.MAX_ROWS))


def _evenness(lines: list[str], delimiter: str) -> tuple[int, int]:
    counts = [line.count(delimiter) for line in lines[: grid.MAX_ROWS]]
    return (min(counts, default=0), sum(counts))


_DRAWERS: dict[str, Callable[[str, int], Image.Image]] = {
    "md": _draw_markdown,
    "csv": _draw_csv,
    "tsv": _draw_tsv,
    "xml": _draw_xml,
    "jsonl": _draw_json_lines,
    "json": _draw_json,
    "html": _draw_html,
}
