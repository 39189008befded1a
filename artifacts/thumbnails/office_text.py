"""The first paragraphs or the first slide of an Office file.

Element names are compared without their namespace, which differs between the
transitional and the strict form of OOXML.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from artifacts.thumbnails import archives
from artifacts.thumbnails.page import MAX_BLOCKS, Block, Role
from artifacts.thumbnails.result import Reason, UndrawableError

_HEAD_BYTES = 2 * 2**20
"""Read of one part; documents of any size begin within it."""
MAX_TEXT = 2000
_NUMBERED = re.compile(r"(\d{1,5})\.xml$")


def blocks(archive: zipfile.ZipFile, format: str) -> list[Block]:
    """Return the first blocks of a `docx`, `odt`, `pptx` or `odp` file."""
    found: list[Block] = []
    for block in _READERS[format](archive):
        found.append(block)
        if len(found) >= MAX_BLOCKS:
            break
    return found


def is_encrypted(archive: zipfile.ZipFile) -> bool:
    """Tell whether an OpenDocument manifest names keys for its parts."""
    if "META-INF/manifest.xml" not in archive.namelist():
        return False
    manifest = archives.read(archive, "META-INF/manifest.xml", 1 << 18)
    return b"encryption-data" in manifest


def ends(archive: zipfile.ZipFile, name: str) -> Iterator[Element]:
    """Yield the elements of a part as they end; cut short, it ends where it is cut."""
    try:
        data = archives.read(archive, name, _HEAD_BYTES)
    except KeyError as error:
        raise UndrawableError(Reason.DAMAGED) from error
    met = False
    try:
        for _, element in iterparse(io.BytesIO(data), forbid_dtd=True):
            met = True
            yield element
    except ParseError as error:
        if not met:
            raise UndrawableError(Reason.DAMAGED) from error
    except DefusedXmlException as error:
        raise UndrawableError(Reason.DAMAGED) from error


def local_name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def attribute(element: Element, name: str) -> str:
    for key, value in element.items():
        if key.rpartition("}")[2] == name:
            return value
    return ""


def descendant(element: Element, name: str) -> Element | None:
    return next((found for found in element.iter() if local_name(found) == name), None)


def text_of(element: Element) -> str:
    """Join a paragraph's runs; tabs and breaks become spaces."""
    parts: list[str] = []
    for found in element.iter():
        name = local_name(found)
        if name == "t":
            parts.append(found.text or "")
        elif name in {"tab", "br", "cr"}:
            parts.append(" ")
    return "".join(parts)[:MAX_TEXT].strip()


def _word(archive: zipfile.ZipFile) -> Iterator[Block]:
    for element in ends(archive, "word/document.xml"):
        if local_name(element) == "p":
            text = text_of(element)
            if text:
                yield _word_block(element, text)
            element.clear()


def _word_block(paragraph: Element, text: str) -> Block:
    style = descendant(paragraph, "pStyle")
    name = attribute(style, "val").lower() if style is not None else ""
    if name in {"title", "heading1"}:
        return Block(text, Role.TITLE)
    if name.startswith(("heading", "subtitle")):
        return Block(text, Role.HEADING)
    if descendant(paragraph, "numPr") is not None or name.startswith("list"):
        return Block(text, Role.ITEM)
    return Block(text, Role.QUOTE if "quote" in name else Role.BODY)


def _opendocument(archive: zipfile.ZipFile) -> Iterator[Block]:
    for element in ends(archive, "content.xml"):
        name = local_name(element)
        if name not in {"p", "h"}:
            continue
        text = " ".join("".join(element.itertext()).split())[:MAX_TEXT]
        if not text:
            continue
        if name == "h":
            is_title = attribute(element, "outline-level") == "1"
            yield Block(text, Role.TITLE if is_title else Role.HEADING)
        else:
            is_title = attribute(element, "style-name") == "Title"
            yield Block(text, Role.TITLE if is_title else Role.BODY)


def _slides(archive: zipfile.ZipFile) -> Iterator[Block]:
    for element in ends(archive, first_part(archive, "ppt/slides/slide")):
        if local_name(element) != "sp":
            continue
        place = descendant(element, "ph")
        kind = attribute(place, "type") if place is not None else ""
        role = Role.TITLE if kind in {"title", "ctrTitle"} else Role.BODY
        for paragraph in element.iter():
            text = text_of(paragraph) if local_name(paragraph) == "p" else ""
            if text:
                yield Block(text, role)


_READERS: dict[str, Callable[[zipfile.ZipFile], Iterator[Block]]] = {
    "docx": _word,
    "odt": _opendocument,
    "odp": _opendocument,
    "pptx": _slides,
}


def first_part(archive: zipfile.ZipFile, prefix: str) -> str:
    """Name the part with the lowest number; parts are numbered as they were made."""
    found: list[tuple[int, str]] = []
    for name in archive.namelist():
        number = _NUMBERED.match(name.removeprefix(prefix))
        if name.startswith(prefix) and number:
            found.append((int(number[1]), name))
    if not found:
        raise UndrawableError(Reason.DAMAGED)
    return min(found)[1]
