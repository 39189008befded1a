"""Which way each character of a line runs: the Unicode Bidirectional Algorithm.

That is UAX #9 (https://www.unicode.org/reports/tr9/, whose rules are named below)
without explicit embeddings, overrides and isolates: `typesetting.clean` drops those.
Levels are resolved over a whole paragraph, before it is broken into lines, since what
a comma at the end of a line belongs to may stand on the next. No fonts here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

_FIRST = "\u0590"
"""Before it, no character runs from right to left."""
_PAIRS = "()[]{}⁅⁆⁽⁾₍₎⌈⌉⌊⌋⟦⟧⟨⟩⟪⟫〈〉《》「」『』【】"
"""Of BidiBrackets.txt, the common ones; `unicodedata` does not tell what pairs."""
_CLOSING = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
_MIRRORED = _PAIRS + "<>«»\u2039\u203a≤≥≪≫"
_MIRRORS = str.maketrans(
    _MIRRORED[::2] + _MIRRORED[1::2], _MIRRORED[1::2] + _MIRRORED[::2]
)
_MAX_DEPTH = 63
"""Brackets within brackets, by BD16."""
_TRANSPARENT = frozenset(
    {"NSM", "BN", "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
)
_NEUTRAL = frozenset({"B", "S", "WS", "ON"})
_SIDES = {"L": "L", "R": "R", "EN": "R", "AN": "R"}
"""What neutrals take numbers for (N1)."""
_LEVELS = {
    "L": {"L": 0, "R": 1, "EN": 2, "AN": 2},
    "R": {"L": 2, "R": 1, "EN": 2, "AN": 2},
}


def is_right_to_left(text: str) -> bool:
    """Tell the direction of a paragraph: that of its first strong character (P2)."""
    for character in text:
        direction = unicodedata.bidirectional(character)
        if direction in {"L", "R", "AL"}:
            return direction != "L"
    return False


def levels(text: str, *, rtl: bool) -> tuple[int, ...]:
    """Resolve a paragraph: 1 for what runs to the left, 0 or 2 to the right."""
    if not rtl and max(text, default="") < _FIRST:
        return (0,) * len(text)
    side = "R" if rtl else "L"
    kinds = [unicodedata.bidirectional(character) or "L" for character in text]
    _resolve_strong(kinds, side)
    _resolve_numbers(kinds, side)
    _resolve_brackets(text, kinds, side)
    _resolve_neutrals(kinds, side)
    return tuple(_LEVELS[side][kind] for kind in kinds)


def visual_order(of: Sequence[int]) -> list[int]:
    """Return the indices of runs of those levels as they stand from the left (L2)."""
    order = list(range(len(of)))
    for level in range(max(of, default=0), 0, -1):
        high = [of[index] >= level for index in order]
        for start, end in _stretches(high):
            order[start:end] = order[start:end][::-1]
    return order


def mirrored(text: str) -> str:
    """Turn brackets round, as they look where text runs to the left (L4)."""
    return text.translate(_MIRRORS)


def _stretches(flags: Iterable[bool]) -> Iterator[tuple[int, int]]:
    """Yield where flags that follow one another are set: the first, and past the last."""
    position = 0
    for is_set, group in groupby(flags):
        start, position = position, position + len(list(group))
        if is_set:
            yield start, position


def _resolve_strong(kinds: list[str], side: str) -> None:
    """Settle marks by what they stand on, numbers by the script (W1 to W3)."""
    previous = strong = side
    for index, kind in enumerate(kinds):
        if kind in _TRANSPARENT:
            kind = previous
        previous = kind
        if kind in {"L", "R", "AL"}:
            strong = kind
        if kind == "AL":
            kind = "R"
        elif kind == "EN" and strong == "AL":
            kind = "AN"
        kinds[index] = kind


def _resolve_numbers(kinds: list[str], side: str) -> None:
    """Settle what separates, precedes or ends numbers (W4 to W7)."""
    for index in range(1, len(kinds) - 1):
        before, kind, after = kinds[index - 1 : index + 2]
        if before == after and (
            (before == "EN" and kind in {"ES", "CS"})
            or (before == "AN" and kind == "CS")
        ):
            kinds[index] = before
    for start, end in _stretches(kind == "ET" for kind in list(kinds)):
        beside = (*kinds[max(start - 1, 0) : start], *kinds[end : end + 1])
        kinds[start:end] = ["EN" if "EN" in beside else "ON"] * (end - start)
    strong = side
    for index, kind in enumerate(kinds):
        if kind in {"L", "R"}:
            strong = kind
        elif kind in {"ES", "CS"}:
            kinds[index] = "ON"
        elif kind == "EN" and strong == "L":
            kinds[index] = "L"


def _resolve_brackets(text: str, kinds: list[str], side: str) -> None:
    """Let both brackets of a pair run as what they enclose does (N0)."""
    for start, end in sorted(_bracket_pairs(text, kinds)):
        enclosed = {_SIDES[kind] for kind in kinds[start:end] if kind in _SIDES}
        if enclosed == {"L", "R"} or enclosed == {side}:
            kinds[start] = kinds[end] = side
        elif enclosed:
            kinds[start] = kinds[end] = _side_before(kinds, start, side)


def _side_before(kinds: list[str], end: int, side: str) -> str:
    return next(
        (_SIDES[kind] for kind in reversed(kinds[:end]) if kind in _SIDES), side
    )


def _bracket_pairs(text: str, kinds: list[str]) -> Iterator[tuple[int, int]]:
    """Yield where matching brackets stand (BD16)."""
    opened: list[tuple[str, int]] = []
    for index, character in enumerate(text):
        if kinds[index] != "ON":
            continue
        if closing := _CLOSING.get(character):
            if len(opened) == _MAX_DEPTH:
                return
            opened.append((closing, index))
            continue
        for depth in reversed(range(len(opened))):
            if opened[depth][0] == character:
                yield opened[depth][1], index
                del opened[depth:]
                break


def _resolve_neutrals(kinds: list[str], side: str) -> None:
    """Let neutrals run as both their neighbours do, else as the paragraph (N1, N2)."""
    for start, end in _stretches(kind in _NEUTRAL for kind in list(kinds)):
        before = _SIDES[kinds[start - 1]] if start else side
        after = _SIDES[kinds[end]] if end < len(kinds) else side
        kinds[start:end] = [before if before == after else side] * (end - start)
