"""The shipped fonts, and which of them draws a character. No drawing here.

`fonts/coverage.json` lists what each file draws, so that a font is opened only
when it is needed. Shaping (Arabic, Indic) is libraqm's, which Pillow's wheels
carry but which needs the system's FriBiDi; without it letters stand unjoined. What
needs no shaping goes without on every machine, so that it looks the same on all.
"""

from __future__ import annotations

import bisect
import functools
import io
import json
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from PIL import ImageFont, features

SANS, BOLD, MONO = "sans", "bold", "mono"
RIGHT_TO_LEFT = frozenset({"arabic", "hebrew"})
_UNSHAPED = frozenset(
    {SANS, BOLD, MONO, "armenian", "cjk", "ethiopic", "georgian"}
    | {"pictographs", "symbols"}
)
_FOLDER = Path(__file__).parent / "fonts"
_STYLES = (SANS, BOLD, MONO)


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive characters that one font draws."""

    face: str
    text: str


@functools.cache
def has_shaping() -> bool:
    return bool(features.check_feature("raqm"))


def is_shaped(face: str) -> bool:
    """Tell whether the letters of a font change with their neighbours, here."""
    return face not in _UNSHAPED and has_shaping()


@functools.lru_cache(maxsize=96)
def font(face: str, size: int) -> ImageFont.FreeTypeFont:
    """Return the font of that name at `size` pixels to the em."""
    # From memory: FreeType would otherwise keep a descriptor open for each font.
    engine = ImageFont.Layout.RAQM if is_shaped(face) else ImageFont.Layout.BASIC
    return ImageFont.truetype(io.BytesIO(_font_bytes(face)), size, layout_engine=engine)


@functools.cache
def _font_bytes(face: str) -> bytes:
    return (_FOLDER / f"{face}.ttf").read_bytes()


@functools.cache
def _coverage() -> dict[str, tuple[list[int], list[int]]]:
    table = json.loads((_FOLDER / "coverage.json").read_bytes())
    return {
        face: ([first for first, _ in spans], [last for _, last in spans])
        for face, spans in table.items()
    }


def covers(face: str, character: str) -> bool:
    firsts, lasts = _coverage()[face]
    index = bisect.bisect_right(firsts, ord(character)) - 1
    return index >= 0 and ord(character) <= lasts[index]


@functools.lru_cache(maxsize=4096)
def face_for(character: str, preferred: str) -> str:
    """Name the font for a character: the preferred one, else the first that has it."""
    others = [face for face in _coverage() if face not in _STYLES]
    for face in (preferred, SANS, *others):
        if covers(face, character):
            return face
    return preferred


def runs(text: str, preferred: str) -> list[Run]:
    """Split text by font; spaces and marks stay with the letters before them."""
    found: list[Run] = []
    for character in text:
        last = found[-1] if found else None
        if last and _joins(character, last.face):
            found[-1] = Run(last.face, last.text + character)
            continue
        face = face_for(character, preferred)
        if last and last.face == face:
            found[-1] = Run(face, last.text + character)
        else:
            found.append(Run(face, character))
    return found


def drawable(run: Run) -> str:
    """Leave out joiners and marks of direction, unless the font shapes by them.

    A font that lacks them would draw a box for what is not to be seen at all.
    """
    return "".join(
        character
        for character in run.text
        if unicodedata.category(character) != "Cf"
        or (run.face not in _UNSHAPED and covers(run.face, character))
    )


def _joins(character: str, face: str) -> bool:
    category = unicodedata.category(character)
    if category in {"Mn", "Me", "Mc", "Cf"}:
        return True
    return category[0] not in "LN" and covers(face, character)
