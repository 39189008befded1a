"""The first cells of a spreadsheet: OOXML's in its own part, OpenDocument's in one."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from xml.etree.ElementTree import Element

from artifacts.thumbnails.grid import MAX_COLUMNS, MAX_ROWS
from artifacts.thumbnails.office_text import (
    MAX_TEXT,
    attribute,
    descendant,
    ends,
    first_part,
    local_name,
    text_of,
)

_MAX_STRINGS = 4000
_CELL = re.compile(r"([A-Z]{1,3})\d{1,7}")


def _open_xml(archive: zipfile.ZipFile) -> list[list[str]]:
    """Return the first rows of the first sheet, as wide as a thumbnail shows."""
    strings = _strings(archive)
    rows: list[list[str]] = []
    for element in ends(archive, first_part(archive, "xl/worksheets/sheet")):
        if local_name(element) == "row":
            rows.append(_row(element, strings))
            element.clear()
        if len(rows) >= MAX_ROWS:
            break
    return rows


def _strings(archive: zipfile.ZipFile) -> list[str]:
    name = "xl/sharedStrings.xml"
    found: list[str] = []
    if name in archive.namelist():
        for element in ends(archive, name):
            if local_name(element) == "si":
                found.append(text_of(element))
            if len(found) >= _MAX_STRINGS:
                break
    return found


def _row(row: Element, strings: list[str]) -> list[str]:
    cells = [""] * MAX_COLUMNS
    for position, cell in enumerate(found for found in row if local_name(found) == "c"):
        column = _column(attribute(cell, "r"), position)
        if column < MAX_COLUMNS:
            cells[column] = _value(cell, strings)
    return cells


def _column(reference: str, position: int) -> int:
    """Read the column of a reference such as `AB12`; cells without one follow on."""
    match = _CELL.fullmatch(reference)
    if match is None:
        return position
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return column - 1


def _value(cell: Element, strings: list[str]) -> str:
    kind = attribute(cell, "t")
    if kind == "inlineStr":
        return text_of(cell)
    value = descendant(cell, "v")
    text = (value.text or "") if value is not None else ""
    if kind == "s":
        index = int(text) if text.isdecimal() and len(text) < 8 else len(strings)
        return strings[index] if index < len(strings) else ""
    if kind == "b":
        return "TRUE" if text == "1" else "FALSE"
    return _number(text)


def _number(text: str) -> str:
    """Shorten what binary floating point made of a decimal, such as 0.30000000000000004."""
    try:
        value = float(text)
    except ValueError:
        return text[:MAX_TEXT]
    return f"{value:.10g}"


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
