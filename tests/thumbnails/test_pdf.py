from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from artifacts.thumbnails import pdf
from artifacts.thumbnails.result import Reason, UndrawableError
from tests import media

RED, WHITE = (255, 0, 0), (255, 255, 255)


def one_page(attributes: str, content: str = "1 0 0 rg 0 0 50 100 re f") -> bytes:
    """Make a PDF of one page; the default content paints x from 0 to 50 red."""
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/Contents 4 0 R{attributes}>>",
        f"<</Length {len(content)}>>stream\n{content}\nendstream",
    ]
    data, offsets = b"%PDF-1.7\n", []
    for number, text in enumerate(objects, start=1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{text}\nendobj\n".encode()
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    start = len(data)
    return (
        data
        + (
            f"xref\n0 5\n0000000000 65535 f \n{table}"
            f"trailer<</Root 1 0 R/Size 5>>\nstartxref\n{start}\n%%EOF"
        ).encode()
    )


ENCRYPTED = one_page("/MediaBox[0 0 100 100]").replace(
    b"/Size 5",
    b"/Size 5/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%b>/U<%b>>>"
    % (b"00" * 32, b"00" * 32),
)


def draw(data: bytes, side: int = 64) -> Image.Image:
    return pdf.draw(io.BytesIO(data), side=side, format="pdf")


def test_draw__first_page() -> None:
    image = draw(media.FILES["pdf"](), side=256)

    assert (image.mode, max(image.size)) == ("RGB", 256)
    assert np.asarray(image.convert("L")).min() < 100


def test_draw__on_white() -> None:
    image = draw(one_page("/MediaBox[0 0 100 100]"))

    assert image.size == (64, 64)
    assert image.getpixel((10, 32)) == RED
    assert image.getpixel((50, 32)) == WHITE


def test_draw__turned() -> None:
    image = draw(one_page("/MediaBox[0 0 100 50]/Rotate 90"))

    assert image.size == (32, 64)
    assert image.getpixel((16, 10)) == RED
    assert image.getpixel((16, 50)) == WHITE


def test_draw__cropped() -> None:
    image = draw(one_page("/MediaBox[0 0 100 100]/CropBox[50 0 100 100]"))

    assert image.size == (32, 64)
    assert image.getextrema() == ((255, 255), (255, 255), (255, 255))


@pytest.mark.parametrize(
    "attributes",
    [
        "/MediaBox[0 0 1000000000 1000000000]",
        "/MediaBox[0 0 14400 14400]/UserUnit 100000",
        "/MediaBox[0 0 1 10000000]",
    ],
)
def test_draw__enormous_page_costs_no_more(attributes: str) -> None:
    assert max(draw(one_page(attributes)).size) == 64


def test_draw__encrypted() -> None:
    with pytest.raises(UndrawableError) as caught:
        draw(ENCRYPTED)

    assert caught.value.reason is Reason.ENCRYPTED


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n%%EOF", media.FILES["pdf"]()[:60]])
def test_draw__damaged(data: bytes) -> None:
    with pytest.raises(UndrawableError) as caught:
        draw(data)

    assert caught.value.reason is Reason.DAMAGED


def test_draw__page_that_is_not_there() -> None:
    data = one_page("/MediaBox[0 0 9 9]").replace(b"/Kids[3 0 R]", b"/Kids[8 0 R]")

    with pytest.raises(UndrawableError) as caught:
        draw(data)

    assert caught.value.reason is Reason.DAMAGED


def test_draw__form_is_drawn_as_filled_in() -> None:
    field = "<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(x)/Rect[0 0 100 100]/F 4>>"
    data = one_page(f"/MediaBox[0 0 100 100]/Annots[{field}]", "").replace(
        b"/Type/Catalog", b"/Type/Catalog/AcroForm<</Fields[]>>"
    )

    assert draw(data).size == (64, 64)


def test_draw__no_pages_after_an_encrypted_one() -> None:
    with pytest.raises(UndrawableError):
        draw(ENCRYPTED)
    data = one_page("/MediaBox[0 0 9 9]").replace(
        b"/Kids[3 0 R]/Count 1", b"/Kids[]/Count 0     "
    )

    with pytest.raises(UndrawableError) as caught:
        draw(data)

    assert caught.value.reason is Reason.DAMAGED


def test_draw__the_same_bytes_the_same_picture() -> None:
    data = media.FILES["pdf"]()

    assert draw(data).tobytes() == draw(data).tobytes()
