"""SVG: reduced to what can only draw, then rendered by resvg.

resvg has no scripts and no network, but opens the local files that a reference
names; so references are cut to fragments of the document and embedded rasters.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import BinaryIO
from xml.etree import ElementTree as ET

import defusedxml
import resvg_py
from defusedxml.ElementTree import fromstring
from PIL import Image

from artifacts.thumbnails.result import Reason, UndrawableError

MAX_BYTES = 8 * 2**20
MAX_ELEMENTS = 50_000
SVG = "http://www.w3.org/2000/svg"
_FONTS = Path(__file__).parent / "fonts"
_REMOVED = {"script", "foreignObject", "iframe", "audio", "video", "handler"}
_EMBEDDED = re.compile(r"data:image/(png|jpe?g|gif|webp)[;,]", re.IGNORECASE)
_OWN_URL = re.compile(r"url\(\s*[\"']?#[^)]*\)", re.IGNORECASE)
# Escapes can spell any of the others; what is left of `url(` and `@` is foreign.
_FOREIGN_STYLE = re.compile(r"url\s*\(|@|\\", re.IGNORECASE)
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
    width, height = size(root)
    root.set("width", str(width))
    root.set("height", str(height))
    landscape = width >= height
    data = resvg_py.svg_to_bytes(
        svg_string=ET.tostring(root, encoding="unicode"),
        width=side if landscape else max(1, round(side * width / height)),
        height=max(1, round(side * height / width)) if landscape else side,
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


def clean(text: bytes) -> ET.Element:
    """Parse, and remove whatever could name something outside of the document."""
    try:
        root = fromstring(text, forbid_dtd=False)
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
        text = element.text or ""
        element.text = "" if _is_foreign(text) else _with_fallback(text)
    for name, value in list(element.attrib.items()):
        if not _may_stay(_local(name), value):
            del element.attrib[name]
        elif name == "font-family":
            element.attrib[name] = f"{value}, sans-serif"
        elif name == "style":
            element.attrib[name] = _with_fallback(value)


def _with_fallback(style: str) -> str:
    """Let what is set in a font that is not here be set in one that is."""
    return _FAMILY.sub(r"\1, sans-serif", style)


def _may_stay(attribute: str, value: str) -> bool:
    if attribute == "href":
        return value.startswith("#") or _EMBEDDED.match(value) is not None
    # Of the base, a reference to a fragment would be one to another document.
    return (
        attribute != "base"
        and not attribute.startswith("on")
        and not _is_foreign(value)
    )


def _is_foreign(style: str) -> bool:
    return bool(_FOREIGN_STYLE.search(_OWN_URL.sub("", style)))


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


def size(root: ET.Element) -> tuple[float, float]:
    """Return the width and height that the document wants, in CSS pixels.

    SVG 2, section 8: missing ones follow from the viewBox, else 100 by 100.
    """
    box = re.split(r"[\s,]+", root.get("viewBox", "").strip())
    numbers = [_length(part) for part in box]
    width, height = _length(root.get("width")), _length(root.get("height"))
    if len(numbers) == 4 and numbers[2] and numbers[3]:
        ratio = numbers[2] / numbers[3]
        width = width or (height * ratio if height else numbers[2])
        height = height or width / ratio
    width, height = width or height or 100.0, height or width or 100.0
    return width, height


def _length(text: str | None) -> float:
    """Read a length in pixels; 0 where it is missing, relative or senseless."""
    match = _LENGTH.fullmatch(text or "")
    if match is None:
        return 0.0
    value = float(match[1]) * _PIXELS.get(match[2].lower(), 0.0)
    return value if value < 1e9 else 0.0
