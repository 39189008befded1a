"""PDF: its first page, forms filled in, on white."""

from __future__ import annotations

import contextlib
from typing import BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from artifacts.thumbnails import canvas
from artifacts.thumbnails.result import Reason, UndrawableError

_OVERSAMPLING = 2
"""Small type stays lighter, yet legible, when it is drawn larger and reduced."""


def draw(file: BinaryIO, *, side: int, format: str) -> Image.Image:
    """Draw the first page as it is displayed: cropped, rotated, scaled to `side`.

    A page of any declared size costs the same, for it is scaled while drawn.
    """
    with contextlib.closing(_open(file)) as document:
        try:
            document.init_forms()
            page = document[0]
        except (pypdfium2.PdfiumError, IndexError) as error:
            raise UndrawableError(Reason.DAMAGED) from error
        return _render(page, side)


def _open(file: BinaryIO) -> pypdfium2.PdfDocument:
    # Some failures leave the error of the document before in place: not a PDF resets it.
    pdfium.FPDF_LoadMemDocument(b"", 0, None)
    try:
        return pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as error:
        secured = {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}
        encrypted = error.err_code in secured
        reason = Reason.ENCRYPTED if encrypted else Reason.DAMAGED
        raise UndrawableError(reason) from error


def _render(page: pypdfium2.PdfPage, side: int) -> Image.Image:
    # PDFium itself replaces an empty page by one of Letter size.
    size = canvas.fit(page.get_size(), side)
    large = (size[0] * _OVERSAMPLING, size[1] * _OVERSAMPLING)
    bitmap = pypdfium2.PdfBitmap.new_native(*large, pdfium.FPDFBitmap_BGRx)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, *large)
    flags = pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER
    arguments = (0, 0, *large, 0, flags)
    pdfium.FPDF_RenderPageBitmap(bitmap, page, *arguments)
    if page.formenv:
        pdfium.FPDF_FFLDraw(page.formenv, bitmap, page, *arguments)
    image = Image.frombytes(
        "RGB", large, bytes(bitmap.buffer), "raw", "RGBX", bitmap.stride, 1
    )
    return image.reduce(_OVERSAMPLING)
