"""The first cells of a spreadsheet: OOXML's in its own part, OpenDocument's in one."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from xml.etree.ElementTree import Element

from artifacts.thumbnails.grid import MAX_COLUMNS, MAX_ROWS
from artifacts.thumbnails.office_numbers import Formats
from artifacts.thumbnails.office_text import (
    MAX_TEXT,
    attribute,
    descendant,
    ends,
    first_part,
    local_name,
    text_of,
)

_MAX_STRINGS = 40_000
"""Hardly ever more than what is read of their part holds."""
_CELL = re.compile(r"([A-Z]{1,3})\d{1,7}")


def _open_xml(archive: zipfile.ZipFile) -> list[list[str]]:
    """Return the first rows of the first sheet, as wide as a thumbnail shows."""
    rows: list[dict[int, Element]] = []
    for element in ends(archive, first_part(archive, "xl/worksheets/sheet")):
        if local_name(element) == "row":
            rows.append(_cells(element))
        if len(rows) >= MAX_ROWS:
            break
    needed = max((_index(cell) for row in rows for cell in row.values()), default=-1)
    strings, formats = _strings(archive, needed + 1), Formats(archive)
    return [
        [
            _value(row[column], strings, formats) if column in row else ""
            for column in range(MAX_COLUMNS)
        ]
        for row in rows
    ]


def _strings(archive: zipfile.ZipFile, count: int) -> list[str]:
    """Read the strings as far as they are shown; their order is that of typing."""
    name = "xl/sharedStrings.xml"
    found: list[str] = []
    if not count or name not in archive.namelist():
        return found
    for element in ends(archive, name):
        if local_name(element) == "si":
            found.append(text_of(element))
            element.clear()
        if len(found) >= min(count, _MAX_STRINGS):
            break
    return found


def _cells(row: Element) -> dict[int, Element]:
    """Return the cells that are shown, by column."""
    cells = enumerate(found for found in row if local_name(found) == "c")
    placed = {_column(attribute(cell, "r"), at): cell for at, cell in cells}
    return {column: cell for column, cell in placed.items() if column < MAX_COLUMNS}


def _column(reference: str, position: int) -> int:
    """Read the column of a reference such as `AB12`; cells without one follow on."""
    match = _CELL.fullmatch(reference)
    if match is None:
        return position
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return column - 1


def _value(cell: Element, strings: list[str], formats: Formats) -> str:
    kind = attribute(cell, "t")
    if kind == "inlineStr":
        return text_of(cell)
    if kind == "s":
        index = _index(cell)
        return strings[index] if 0 <= index < len(strings) else ""
    text = _content(cell)
    if kind == "b":
        return "TRUE" if text == "1" else "FALSE"
    if kind in {"str", "e", "d"}:
        return text[:MAX_TEXT]
    return formats.shown(text, attribute(cell, "s"))


def _content(cell: Element) -> str:
    value = descendant(cell, "v")
    return (value.text or "") if value is not None else ""


def _index(cell: Element) -> int:
    """Return which shared string a cell shows, -1 if none."""
    text = _content(cell) if attribute(cell, "t") == "s" else ""
    return int(text) if text.isdecimal() and len(text) < 8 else -1


def _opendocument(archive: zipfile.ZipFile) -> list[list[str]]:
    """Return the first rows of the first table; repeated rows count once."""
    rows: list[list[str]] = []
    for element in ends(archive, "content.xml"):
        if local_name(element) == "table-row":
            rows.append(_repeated(element))
            element.clear()
        if local_name(element) == "table" or len(rows) >= MAX_ROWS:
            break
    return rows


def _repeated(row: Element) -> list[str]:
    """Write a cell as often as it says that it is repeated."""
    cells: list[str] = []
    for cell in row:
        times = attribute(cell, "number-columns-repeated")
        count = int(times) if times.isdecimal() and len(times) < 8 else 1
        text = " ".join("".join(cell.itertext()).split())[:MAX_TEXT]
        cells += [text] * min(count, MAX_COLUMNS - len(cells))
    return cells


READERS: dict[str, Callable[[zipfile.ZipFile], list[list[str]]]] = {
    "xlsx": _open_xml,
    "ods": _opendocument,
}
