"""JSON in a monospaced font, indented anew and coloured by what each token is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageDraw

from artifacts.thumbnails import canvas, typesetting
from artifacts.thumbnails.typefaces import MONO
from artifacts.thumbnails.typesetting import Style

WIDTH, HEIGHT, LEADING, MARGIN = 256, 208, 13, 12
_MAX_LINES = 16
_MAX_DEPTH = 12
_KEPT = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of what stays escaped: controls, lone surrogates and ends of lines."""
# One alternative for every character, so that text that is no JSON is shown as well.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
# A pair of surrogates is one character; other escapes are passed over as a whole, so
# that the backslash which ends one does not begin the next.
_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][\da-fA-F]{2})\\u([dD][c-fC-F][\da-fA-F]{2})"
    r"|u([\da-fA-F]{4})|.)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a line and the colour of its kind."""

    text: str
    color: canvas.Color


def draw_json(text: str, *, side: int) -> Image.Image:
    """Draw the first lines on an opaque sheet, long ones cut at its edge."""
    large = side * canvas.OVERSAMPLING
    image = canvas.sheet(WIDTH, HEIGHT, large)
    draw = ImageDraw.Draw(image)
    style = Style(canvas.scaled(9.5, large), MONO)
    leading, margin = canvas.scaled(LEADING, large), canvas.scaled(MARGIN, large)
    indent = typesetting.width("  ", style)
    for index, (depth, tokens) in enumerate(lines(text)):
        x = margin + depth * indent
        baseline = margin + index * leading + leading * 0.6
        for token in tokens:
            if x < image.width:
                shown = typesetting.clean(token.text)
                at = (x, baseline)
                x += typesetting.draw_line(draw, at, shown, style.in_color(token.color))
    canvas.outline(image, large)
    return canvas.mark(image.reduce(canvas.OVERSAMPLING), "JSON", side)


def lines(text: str) -> Iterator[tuple[int, list[Token]]]:
    """Lay tokens out, two spaces a level: yield each line's depth and its tokens."""
    layout = _Layout()
    pieces = [match[0] for match in _take(text)]
    for index, piece in enumerate(pieces):
        following = pieces[index + 1] if index + 1 < len(pieces) else ""
        layout.add(piece, following)
        if len(layout.done) >= _MAX_LINES:
            break
    layout.end_line()
    yield from layout.done[:_MAX_LINES]


def unescaped(text: str) -> str:
    """Show the characters that JSON escapes only to be ASCII."""
    return _ESCAPE.sub(_unescaped, text)


def _unescaped(escape: re.Match[str]) -> str:
    high, low, only = escape.groups()
    if high:
        pair = bytes.fromhex(high + low)
        return pair.decode("utf-16-be")
    if not only:
        return escape[0]
    character = chr(int(only, 16))
    # Quotes and backslashes would end the string, or escape what follows.
    if character in '"\\' or unicodedata.category(character) in _KEPT:
        return escape[0]
    return character


def _take(text: str) -> Iterator[re.Match[str]]:
    shown = unescaped(text[:16384])
    for index, match in enumerate(_TOKEN.finditer(shown)):
        if index > 400:
            return
        yield match


class _Layout:
    def __init__(self) -> None:
        self.done: list[tuple[int, list[Token]]] = []
        self._line: list[Token] = []
        self._depth = 0
        self._closes_empty = False

    def add(self, piece: str, following: str) -> None:
        if piece in "{[":
            self._open(piece, following)
        elif piece in "}]":
            self._close(piece)
        elif piece == ",":
            self._put(",", canvas.MUTED)
            self.end_line()
        elif piece == ":":
            self._put(": ", canvas.MUTED)
        else:
            self._put(piece, _color(piece, following))

    def _open(self, piece: str, following: str) -> None:
        self._put(piece, canvas.MUTED)
        self._closes_empty = following in {"}", "]"}
        if not self._closes_empty:
            self.end_line()
        self._depth += 1

    def _close(self, piece: str) -> None:
        if not self._closes_empty:
            self.end_line()
        self._depth = max(0, self._depth - 1)
        self._closes_empty = False
        self._put(piece, canvas.MUTED)

    def _put(self, text: str, color: canvas.Color) -> None:
        self._line.append(Token(text, color))

    def end_line(self) -> None:
        if self._line:
            self.done.append((min(self._depth, _MAX_DEPTH), self._line))
        self._line = []


def _color(piece: str, following: str) -> canvas.Color:
    if piece.startswith('"'):
        return canvas.ACCENT if following == ":" else canvas.TEAL
    return canvas.ROSE if piece in {"true", "false", "null"} else canvas.AMBER
