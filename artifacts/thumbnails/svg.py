"""SVG: reduced to what can only draw, then rendered by resvg.

resvg has no scripts and no network, but opens the local files that a reference
names; so references are cut to fragments of the document and embedded rasters.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree import ElementTree as ET

import defusedxml
import resvg_py
from defusedxml.ElementTree import DefusedXMLParser
from PIL import Image

from artifacts.thumbnails import images
from artifacts.thumbnails.result import Reason, UndrawableError

MAX_BYTES = 8 * 2**20
MAX_ELEMENTS = 50_000
SVG = "http://www.w3.org/2000/svg"
_FONTS = Path(__file__).parent / "fonts"
_REMOVED = {"script", "foreignObject", "iframe", "audio", "video", "handler"}
_MAX_IMAGE = images.BUDGET_BYTES // 10
"""resvg keeps an image as it was decoded and premultiplied: 4 bytes a pixel each."""
_MAX_ENTITIES = 2**25
"""Bytes of all that references to entities may stand for."""
_OWN_URL = re.compile(r"url\(\s*[\"']?#[^)]*\)", re.IGNORECASE)
# Escapes can spell any of the others; what is left of `url(` and `@` is foreign.
_FOREIGN_STYLE = re.compile(r"url\s*\(|@|\\", re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
# What may contain marks that mean nothing there: strings, and parentheses with them.
# The end may be missing, so that none of them is ever searched for twice.
_STRING = r"\"(?:[^\"\\\n]+|\\.)*+\"?|'(?:[^'\\\n]+|\\.)*+'?"
_QUOTED = rf"{_STRING}|\((?:{_STRING}|[^()\"']+)*+\)?"
_TOKEN = re.compile(rf"{_QUOTED}|[{{}};]|[^\"'({{}};]+", re.DOTALL)
_DECLARATION = re.compile(rf"(?:{_QUOTED}|[^\"'(;]+)++", re.DOTALL)
_PROPERTY = re.compile(r"\s*[-\w]+\s*:[^{}]*")
_FAMILY = re.compile(r"(font-family\s*:\s*[^;}!]+)", re.IGNORECASE)
_LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+(?:e[+-]?[0-9]+)?)\s*([a-z]*)\s*", re.I)
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0}
_PIXELS |= {"mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}


def draw(file: BinaryIO, *, side: int, format: str) -> Image.Image:
    """Return an RGBA picture whose longer side is `side`: vectors have no size."""
    text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise UndrawableError(Reason.TOO_LARGE)
    root = clean(text)
    _fit(root, side)
    data = resvg_py.svg_to_bytes(
        svg_string=ET.tostring(root, encoding="unicode"),
        dpi=96,
        skip_system_fonts=True,
        font_dirs=[str(_FONTS)] if _has_text(root) else None,
        font_family="Noto Sans",
        sans_serif_family="Noto Sans",
        serif_family="Noto Sans",
        monospace_family="DejaVu Sans Mono",
    )
    with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
        image.load()
        return image.convert("RGBA")


class _Parser(DefusedXMLParser):
    """Knows entities that are mere text: Illustrator's stand for namespaces."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._references = size // len("&a;")

    def defused_entity_decl(self, *declared: Any, **named: Any) -> None:
        """Refuse what is outside, is not text only, or would take too much."""
        _, is_parameter, value, *_ = declared
        plain = value is not None and not is_parameter and not {*value} & {*"&<"}
        if not plain or len(value) * self._references > _MAX_ENTITIES:
            super().defused_entity_decl(*declared, **named)


def clean(text: bytes) -> ET.Element:
    """Parse, and remove whatever could name something outside of the document."""
    try:
        parser = _Parser(len(text))
        parser.feed(text)
        root = parser.close()
    except defusedxml.DefusedXmlException as error:
        raise UndrawableError(Reason.UNSUPPORTED) from error
    if root.tag not in {"svg", f"{{{SVG}}}svg"}:
        raise UndrawableError(Reason.DAMAGED)
    if root.tag == "svg":
        _adopt(root)
    elements = list(root.iter())
    if len(elements) > MAX_ELEMENTS:
        raise UndrawableError(Reason.TOO_LARGE)
    for element in elements:
        for child in list(element):
            if _local(child.tag) in _REMOVED:
                element.remove(child)
        _clean(element)
    return root


def _clean(element: ET.Element) -> None:
    if _local(element.tag) == "style":
        element.text = _clean_sheet(element.text or "")
        del element[:]  # CSS has no elements, and the text after one is CSS as well
    for name, value in list(element.attrib.items()):
        local = _local(name)
        if local == "style" and _is_foreign(value):
            value = _clean_declarations(value)
        if not _may_stay(local, value):
            del element.attrib[name]
        elif local == "font-family":
            element.attrib[name] = f"{value}, sans-serif"
        else:
            element.attrib[name] = _with_fallback(value) if local == "style" else value


def _clean_sheet(text: str) -> str:
    """Return a style sheet without at-rules and foreign declarations."""
    if _is_foreign(text):
        text = "".join(
            f"{selector}{{{_clean_declarations(body)}}}"
            for selector, body in _rules(_COMMENT.sub("", text))
            if not _is_foreign(selector)
        )
    # Asked again, since what others take for a rule need not be what is one here.
    return "" if _is_foreign(text) else _with_fallback(text)


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Yield the selector and the body of each rule, nested rules left out."""
    selector = body = ""
    depth = 0
    for piece in _TOKEN.findall(sheet):
        depth += {"{": 1, "}": -1}.get(piece, 0)
        if piece == "}" and depth <= 0:
            yield selector, body
            selector, body, depth = "", "", 0
        elif depth == 0:
            selector = "" if piece == ";" else selector + piece
        elif depth == 1:
            body += ";" if piece in {"{", "}"} else piece


def _clean_declarations(style: str) -> str:
    parts = _DECLARATION.findall(_COMMENT.sub("", style))
    return ";".join(
        part for part in parts if _PROPERTY.fullmatch(part) and not _is_foreign(part)
    )


def _with_fallback(style: str) -> str:
    """Let what is set in a font that is not here be set in one that is."""
    return _FAMILY.sub(r"\1, sans-serif", style)


def _may_stay(attribute: str, value: str) -> bool:
    if attribute == "href":
        return value.startswith("#") or images.is_embedded(value, max_pixels=_MAX_IMAGE)
    # Of the base, a reference to a fragment would be one to another document.
    return (
        attribute != "base"
        and not attribute.startswith("on")
        and not _is_foreign(value)
    )


def _is_foreign(style: str) -> bool:
    """Tell with and without comments: within a string their marks are none."""
    readings = style, _COMMENT.sub("", style)
    return any(_FOREIGN_STYLE.search(_OWN_URL.sub("", each)) for each in readings)


def _adopt(root: ET.Element) -> None:
    """Put a document that forgot its namespace into SVG's, as browsers do inline."""
    for element in root.iter():
        if "}" not in element.tag:
            element.tag = f"{{{SVG}}}{element.tag}"


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _has_text(root: ET.Element) -> bool:
    """Tell whether fonts are needed: reading them takes longer than most drawings."""
    return any(_local(element.tag) == "text" for element in root.iter())


def _fit(root: ET.Element, side: int) -> None:
    """Give it a canvas whose longer side is `side`.

    resvg itself would fit one side, and round the other up or beyond.
    """
    width, height = size(root)
    box = _box(root) or (0.0, 0.0, width, height)
    scale = side / max(width, height)
    root.set("viewBox", " ".join(map(str, box)))
    root.set("width", str(max(1, round(width * scale))))
    root.set("height", str(max(1, round(height * scale))))


def size(root: ET.Element) -> tuple[float, float]:
    """Return the width and height that the document wants, in CSS pixels.

    SVG 2, section 8: missing ones follow from the viewBox, else 100 by 100.
    """
    box = _box(root)
    width, height = _length(root.get("width")), _length(root.get("height"))
    if box is not None:
        ratio = box[2] / box[3]
        width = width or (height * ratio if height else box[2])
        height = height or width / ratio
    width, height = width or height or 100.0, height or width or 100.0
    return width, height


def _box(root: ET.Element) -> tuple[float, ...] | None:
    """Return the four numbers of a viewBox that can be drawn."""
    try:
        box = tuple(map(float, re.findall(r"[^\s,]+", root.get("viewBox", ""))))
    except ValueError:
        return None
    drawable = len(box) == 4 and min(box[2:]) > 0 and math.hypot(*box) < 1e9
    return box if drawable else None


def _length(text: str | None) -> float:
    """Read a length in pixels; 0 where it is missing, relative or senseless."""
    match = _LENGTH.fullmatch(text or "")
    if match is None:
        return 0.0
    value = float(match[1]) * _PIXELS.get(match[2].lower(), 0.0)
    return value if value < 1e9 else 0.0
