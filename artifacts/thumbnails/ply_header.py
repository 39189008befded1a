"""The header of a PLY file: which elements follow, and what each is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from artifacts.thumbnails.result import Reason, UndrawableError

_MAX_HEADER = 65_536
_MAX_PROPERTIES = 512
_TYPES = {
    "char": "i1",
    "int8": "i1",
    "uchar": "u1",
    "uint8": "u1",
    "short": "i2",
    "int16": "i2",
    "ushort": "u2",
    "uint16": "u2",
    "int": "i4",
    "int32": "i4",
    "uint": "u4",
    "uint32": "u4",
    "float": "f4",
    "float32": "f4",
    "double": "f8",
    "float64": "f8",
}
_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": ""}


@dataclass(frozen=True, slots=True)
class Property:
    """A number of an element, or a list of numbers."""

    name: str
    kind: str
    """NumPy's name of the type, without the byte order."""
    length_kind: str = ""
    """Type of the length that precedes a list; empty for a single number."""


@dataclass(frozen=True, slots=True)
class Element:
    """A table: `count` rows of the same properties."""

    name: str
    count: int
    properties: tuple[Property, ...]

    @property
    def has_lists(self) -> bool:
        return any(each.length_kind for each in self.properties)


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the data."""

    order: str
    """`<`, `>` or, for text, nothing."""
    elements: tuple[Element, ...]

    def find(self, name: str) -> Element | None:
        return next((each for each in self.elements if each.name == name), None)


def read_header(file: BinaryIO) -> Header:
    """Read up to the data; raise `UndrawableError` if damaged."""
    lines = _header_lines(file)
    if lines[:1] != [["ply"]] or len(lines) < 3 or lines[1][:1] != ["format"]:
        raise UndrawableError(Reason.DAMAGED)
    try:
        return Header(_ORDERS[lines[1][1]], tuple(_elements(lines[2:])))
    except (KeyError, IndexError, ValueError) as error:
        raise UndrawableError(Reason.DAMAGED) from error


def _header_lines(file: BinaryIO) -> list[list[str]]:
    head = b""
    lines: list[list[str]] = []
    while len(head) < _MAX_HEADER:
        line = file.readline(4096)
        head += line
        words = line.decode("latin-1").split()
        if words == ["end_header"]:
            return lines
        if words and words[0] not in {"comment", "obj_info"}:
            lines.append(words)
        if not line:
            break
    raise UndrawableError(Reason.DAMAGED)


def _elements(lines: list[list[str]]) -> list[Element]:
    starts = [at for at, words in enumerate(lines) if words[0] == "element"]
    return [
        _element(lines[start], lines[start + 1 : end])
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    ]


def _element(words: list[str], lines: list[list[str]]) -> Element:
    properties = tuple(_property(line) for line in lines if line[0] == "property")
    names = {each.name for each in properties}
    if (
        len(names) < len(properties)
        or len(names) > _MAX_PROPERTIES
        or int(words[2]) < 0
    ):
        raise UndrawableError(Reason.DAMAGED)
    return Element(words[1], int(words[2]), properties)


def _property(words: list[str]) -> Property:
    if words[1] == "list":
        length_kind = _TYPES[words[2]]
        if length_kind.startswith("f"):
            raise UndrawableError(Reason.DAMAGED)
        return Property(words[4], _TYPES[words[3]], length_kind)
    return Property(words[2], _TYPES[words[1]])
