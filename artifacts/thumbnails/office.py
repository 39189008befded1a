"""Office files: the preview that they carry, else the beginning of their text.

OOXML (ECMA-376) and OpenDocument (ISO/IEC 26300) are zip files of XML. XML is read
piece by piece from a bounded beginning, without entities and external references.
"""

from __future__ import annotations

import io
import zipfile
from typing import BinaryIO

from PIL import Image

from artifacts.thumbnails import (
    archives,
    canvas,
    grid,
    images,
    office_sheets,
    office_text,
)
from artifacts.thumbnails.page import PORTRAIT, SLIDE, draw_page
from artifacts.thumbnails.result import Reason, UndrawableError

_PREVIEWS = (
    "docProps/thumbnail.jpeg",
    "docProps/thumbnail.jpg",
    "docProps/thumbnail.png",
    "Thumbnails/thumbnail.png",
)
_MAX_PREVIEW = 4 * 2**20
_MAX_PREVIEW_PIXELS = 4096 * 4096
_LEAST_PREVIEW = 128
"""Pixels of a preview's longer side below which the text tells more."""
_ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""A compound file (MS-CFB), which is how OOXML with a password is stored."""
_UNUSABLE = (
    OSError,
    ValueError,
    SyntaxError,
    zipfile.BadZipFile,
    Image.DecompressionBombError,
)
"""What a preview may be, without the text being any worse."""


def draw(file: BinaryIO, *, side: int, format: str) -> Image.Image:
    """Draw the preview or the text, opaque; raise `UndrawableError` if there is none."""
    if file.read(8) == _ENCRYPTED:
        raise UndrawableError(Reason.ENCRYPTED)
    with archives.opened(file) as archive:
        if office_text.is_encrypted(archive):
            raise UndrawableError(Reason.ENCRYPTED)
        image = _preview(archive, side)
        if image is not None:
            return image
        if format in office_sheets.READERS:
            rows = office_sheets.READERS[format](archive)
            return grid.draw_grid(rows, side=side, label=format.upper())
        blocks = office_text.blocks(archive, format)
    size = SLIDE if format in {"pptx", "odp"} else PORTRAIT
    return draw_page(blocks, side=side, label=format.upper(), size=size)


def _preview(archive: zipfile.ZipFile, side: int) -> Image.Image | None:
    names = set(archive.namelist())
    for name in _PREVIEWS:
        if name in names:
            try:
                return _decoded(archives.read(archive, name, _MAX_PREVIEW), side)
            except _UNUSABLE:
                return None
    return None


def _decoded(data: bytes, side: int) -> Image.Image | None:
    file, plugins = io.BytesIO(data), ("JPEG", "PNG")
    with images.opened(file, plugins, max_pixels=_MAX_PREVIEW_PIXELS) as image:
        if max(image.size) < _LEAST_PREVIEW:
            return None
        image.draft("RGB", (side, side))
        picture = image.convert("RGBA")
    ground = Image.new("RGBA", picture.size, (*canvas.PAPER, 255))
    flat = Image.alpha_composite(ground, picture).convert("RGB")
    flat.thumbnail((side, side), Image.Resampling.BOX)
    return flat
