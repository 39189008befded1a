"""Lines of text on a picture: measured, wrapped and drawn in any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from PIL import ImageDraw

from artifacts.thumbnails import bidi
from artifacts.thumbnails.canvas import INK, Color
from artifacts.thumbnails.typefaces import (
    RIGHT_TO_LEFT,
    SANS,
    Run,
    drawable,
    font,
    is_shaped,
    runs,
)

MAX_LINE, MAX_PARAGRAPH = 400, 1600
"""Characters that are looked at; no thumbnail shows more on one line, or on many."""
# Han, kana and Hangul break between any two characters, Thai and Lao (here) between
# any two that are written apart; other scripts break at spaces.
_WORDS = re.compile(
    "[\u0e40-\u0e44\u0ec0-\u0ec4]?[\u0e01-\u0e2e\u0e81-\u0eae]"
    "[\u0e2f-\u0e3a\u0e45-\u0e4e\u0eb0-\u0ebd\u0ec6-\u0ece]*|"
    "[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]"
    "|\\s+|[^\\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]+"
)
_ELLIPSIS = "\u2026"
# What changes the character before it into a picture that no shipped font has (joined
# pictures, skin tones, keycaps, variants, subdivisions of flags), the controls that
# bidi.py does not know, soft hyphens and marks of byte order.
_UNSEEN = re.compile(
    "\u200d[\u2190-\u2bff\U0001f000-\U0001faff]|[\u00ad\u202a-\u202e\u2066-\u2069\u20e3\ufe00-\ufe0f\ufeff"
    "\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef]"
)
_FLAGS = {0x1F1E6 + index: ord("A") + index for index in range(26)}
"""Flags are spelt: no font has them, and their letters tell the country."""
_MAX_INDENT = 0.5
"""Of a line's width, so that what is indented deeper is still read."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a line looks; `size` in pixels to the em."""

    size: int
    face: str = SANS
    color: Color = INK

    def in_color(self, color: Color) -> Style:
        return replace(self, color=color)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a paragraph; `levels` as `bidi.levels` has resolved them."""

    text: str
    levels: tuple[int, ...]


def clean(text: str, *, most: int = MAX_LINE) -> str:
    """Drop what cannot be drawn: control characters become spaces, tabs four.

    Letters are composed with their marks, which only shaping would place on them.
    """
    composed = unicodedata.normalize("NFC", text[:most])
    seen = _UNSEEN.sub("", composed).translate(_FLAGS)
    shown = (
        " "
        if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}
        else character
        for character in seen.replace("\t", "    ")
    )
    return "".join(shown)


def width(text: str, style: Style) -> float:
    """Measure cleaned text in pixels."""
    return sum(
        _length(run, style.size, rtl=run.face in RIGHT_TO_LEFT)
        for run in runs(text, style.face)
    )


def _length(run: Run, size: int, *, rtl: bool) -> float:
    direction = _direction(run, rtl=rtl)
    return font(run.face, size).getlength(drawable(run), direction=direction)


def _direction(run: Run, *, rtl: bool) -> Literal["rtl", "ltr"] | None:
    if not is_shaped(run.face):
        return None
    return "rtl" if rtl else "ltr"


def draw_line(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    line: str | Line,
    style: Style,
) -> float:
    """Draw cleaned text with its baseline starting at `at`; return its width.

    A string is taken for a paragraph of its own.
    """
    if isinstance(line, str):
        line = _paragraph(line)
    x, baseline = at
    for run, rtl in _visual_runs(line, style.face):
        shown = drawable(run)
        if rtl and not is_shaped(run.face):
            shown = bidi.mirrored(shown[::-1])
        draw.text(
            (x, baseline),
            shown,
            fill=style.color,
            font=font(run.face, style.size),
            anchor="ls",
            direction=_direction(run, rtl=rtl),
        )
        x += _length(run, style.size, rtl=rtl)
    return x - at[0]


def _paragraph(text: str) -> Line:
    return Line(text, bidi.levels(text, rtl=bidi.is_right_to_left(text)))


def _visual_runs(line: Line, face: str) -> list[tuple[Run, bool]]:
    """Split a line by font and direction, from the left; True runs to the left."""
    found: list[tuple[Run, int]] = []
    start = 0
    for run in runs(line.text, face):
        for level, group in groupby(line.levels[start : start + len(run.text)]):
            end = start + len(list(group))
            found.append((Run(run.face, line.text[start:end]), level))
            start = end
    order = bidi.visual_order([level for _, level in found])
    return [(found[index][0], found[index][1] == 1) for index in order]


def clip(text: str, style: Style, limit: float) -> str:
    """Shorten text to `limit` pixels, with an ellipsis where something is cut."""
    if width(text, style) <= limit:
        return text
    return text[: _fitting(text, style, limit, _ELLIPSIS)].rstrip() + _ELLIPSIS


def _fitting(text: str, style: Style, limit: float, tail: str = "") -> int:
    """Count the characters that fit, with a tail after them, in `limit` pixels."""
    low, high = 0, 16
    # Doubled first: to measure all of a long paragraph for every line takes too long.
    while high < len(text) and width(text[:high] + tail, style) <= limit:
        low, high = high, high * 2
    high = min(high, len(text))
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle].rstrip() + tail, style) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def lines(
    text: str, style: Style, limit: float, *, anywhere: bool = False
) -> Iterator[Line]:
    """Break a cleaned paragraph into lines of at most `limit` pixels.

    They break between words or, as code may, anywhere. All are indented as the first.
    """
    paragraph = _paragraph(text)
    body = text.lstrip()
    at = len(text) - len(body)
    indent = text[:at]
    while width(indent, style) > limit * _MAX_INDENT:
        indent = indent[: len(indent) // 2]
    words = [body] if anywhere else _WORDS.findall(body)
    for start, end in _breaks(words, style, limit - width(indent, style)):
        shown = body[start:end].rstrip()
        levels = paragraph.levels[at + start : at + start + len(shown)]
        yield Line(indent + shown, paragraph.levels[: len(indent)] + levels)


def wrap(text: str, style: Style, limit: float) -> Iterator[str]:
    """Break cleaned text into lines of at most `limit` pixels."""
    return (line.text for line in lines(text, style, limit))


def _breaks(words: list[str], style: Style, limit: float) -> Iterator[tuple[int, int]]:
    """Yield where lines begin and end; none begins with a space."""
    start = end = 0
    used = 0.0
    for word in _pieces(words, style, limit):
        extent = width(word, style)
        if start < end and used + extent > limit and not word.isspace():
            yield start, end
            start, used = end, 0.0
        end += len(word)
        used += extent
    if start < end:
        yield start, end


def _pieces(words: list[str], style: Style, limit: float) -> Iterator[str]:
    """Yield words; one wider than a line is cut, never before a combining mark."""
    for word in words:
        rest = word
        while (cut := max(1, _fitting(rest, style, limit))) < len(rest):
            while cut < len(rest) and unicodedata.category(rest[cut])[0] == "M":
                cut += 1
            yield rest[:cut]
            rest = rest[cut:]
        if rest:
            yield rest
