"""Lines of text on a picture: measured, wrapped and drawn in any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from PIL import ImageDraw

from artifacts.thumbnails.canvas import INK, Color
from artifacts.thumbnails.typefaces import (
    RIGHT_TO_LEFT,
    SANS,
    Run,
    font,
    is_right_to_left,
    is_shaped,
    runs,
)

MAX_LINE = 400
"""Characters of one line that are looked at; no thumbnail shows more."""
# Han, kana and Hangul break between any two characters, Thai and Lao (here) between
# any two that are written apart; other scripts break at spaces.
_WORDS = re.compile(
    "[\u0e40-\u0e44\u0ec0-\u0ec4]?[\u0e01-\u0e2e\u0e81-\u0eae]"
    "[\u0e2f-\u0e3a\u0e45-\u0e4e\u0eb0-\u0ebd\u0ec6-\u0ece]*|"
    "[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]"
    "|\\s+|[^\\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]+"
)
_ELLIPSIS = "\u2026"


@dataclass(frozen=True, slots=True)
class Style:
    """How a line looks; `size` in pixels to the em."""

    size: int
    face: str = SANS
    color: Color = INK

    def in_color(self, color: Color) -> Style:
        return replace(self, color=color)


def clean(text: str) -> str:
    """Drop what cannot be drawn: control characters become spaces, tabs four.

    Letters are composed with their marks, which only shaping would place on them.
    """
    composed = unicodedata.normalize("NFC", text[:MAX_LINE])
    shown = (
        " "
        if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        else character
        for character in composed.replace("\t", "    ")
    )
    return "".join(shown)


def width(text: str, style: Style) -> float:
    """Measure cleaned text in pixels."""
    return sum(_length(run, style.size) for run in runs(text, style.face))


def _length(run: Run, size: int) -> float:
    return font(run.face, size).getlength(run.text, direction=_direction(run))


def _direction(run: Run) -> Literal["rtl", "ltr"] | None:
    if not is_shaped(run.face):
        return None
    return "rtl" if run.face in RIGHT_TO_LEFT else "ltr"


def draw_line(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, style: Style
) -> float:
    """Draw cleaned text with its baseline starting at `at`; return its width."""
    x, baseline = at
    pieces = runs(text, style.face)
    if is_right_to_left(text):
        pieces.reverse()
    for run in pieces:
        shown = run.text
        if run.face in RIGHT_TO_LEFT and not is_shaped(run.face):
            shown = shown[::-1]
        draw.text(
            (x, baseline),
            shown,
            fill=style.color,
            font=font(run.face, style.size),
            anchor="ls",
            direction=_direction(run),
        )
        x += _length(run, style.size)
    return x - at[0]


def clip(text: str, style: Style, limit: float) -> str:
    """Shorten text to `limit` pixels, with an ellipsis where something is cut."""
    if width(text, style) <= limit:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle].rstrip() + _ELLIPSIS, style) <= limit:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + _ELLIPSIS


def wrap(text: str, style: Style, limit: float) -> Iterator[str]:
    """Break cleaned text into lines of at most `limit` pixels."""
    line, used = "", 0.0
    for word in _pieces(text, style, limit):
        extent = width(word, style)
        if line and used + extent > limit and not word.isspace():
            yield line.rstrip()
            line, used = "", 0.0
        if line or not word.isspace():
            line, used = line + word, used + extent
    if line:
        yield line.rstrip()


def _pieces(text: str, style: Style, limit: float) -> Iterator[str]:
    """Yield words; one wider than a line is cut, never before a combining mark."""
    for word in _WORDS.findall(text):
        rest = word
        while len(rest) > 1 and width(rest, style) > limit:
            cut = max(1, len(clip(rest, style, limit)) - 1)
            while cut < len(rest) and unicodedata.category(rest[cut])[0] == "M":
                cut += 1
            yield rest[:cut]
            rest = rest[cut:]
        if rest:
            yield rest
