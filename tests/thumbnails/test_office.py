from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from artifacts.thumbnails import images, office, office_sheets, office_text
from artifacts.thumbnails.page import MAX_BLOCKS, Block, Role
from artifacts.thumbnails.result import Reason, UndrawableError
from tests import media
from tests.thumbnails import bombs
from tests.thumbnails.pictures import quadrants, save

LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><x>&i;</x>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'


def zipped(
    members: dict[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def draw(data: bytes, format: str = "docx", side: int = 128) -> Image.Image:
    return office.draw(io.BytesIO(data), side=side, format=format)


def reason(data: bytes, format: str = "docx") -> Reason:
    with pytest.raises(UndrawableError) as caught:
        draw(data, format)
    return caught.value.reason


def blocks(format: str, members: dict[str, str | bytes]) -> list[Block]:
    with zipfile.ZipFile(io.BytesIO(zipped(members))) as archive:
        return office_text.blocks(archive, format)


def word(*paragraphs: tuple[str, str]) -> dict[str, str | bytes]:
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'
        for style, text in paragraphs
    )
    return {"word/document.xml": f'<w:document xmlns:w="w">{body}</w:document>'}


def preview(size: tuple[int, int] = (200, 150), color: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("format", ["docx", "xlsx", "pptx", "odt", "ods", "odp"])
def test_draw__each_format(format: str) -> None:
    image = draw(media.FILES[format](), format)

    assert (image.mode, max(image.size)) == ("RGB", 128)
    assert np.asarray(image.convert("L")).min() < 150


def test_blocks__of_a_document() -> None:
    found = blocks(
        "docx",
        word(
            ("Title", "Plan"),
            ("Heading1", "One"),
            ("Heading2", "Two"),
            ("", "Body"),
            ("", ""),
            ("ListParagraph", "Item"),
            ("Quote", "Said"),
        ),
    )

    assert found == [
        Block("Plan", Role.TITLE),
        Block("One", Role.TITLE),
        Block("Two", Role.HEADING),
        Block("Body"),
        Block("Item", Role.ITEM),
        Block("Said", Role.QUOTE),
    ]


def test_blocks__no_more_than_fit_a_sheet() -> None:
    assert len(blocks("docx", word(*[("", "x")] * 500))) == MAX_BLOCKS


def test_blocks__cut_short() -> None:
    xml = "<d><p><t>a</t></p><p><t>b"

    assert blocks("docx", {"word/document.xml": xml}) == [Block("a")]


def test_blocks__tabs_and_breaks() -> None:
    xml = "<d><p><r><t>a</t><tab/><t>b</t><br/><t>c</t></r></p></d>"

    assert blocks("docx", {"word/document.xml": xml}) == [Block("a b c")]


def test_blocks__of_an_open_document() -> None:
    xml = (
        '<d xmlns:t="t"><t:h t:outline-level="1">One</t:h><t:h t:outline-level="2">Two</t:h>'
        '<t:p t:style-name="Title">Name</t:p><t:p>a <t:span>b</t:span></t:p><t:p/></d>'
    )

    assert blocks("odt", {"content.xml": xml}) == [
        Block("One", Role.TITLE),
        Block("Two", Role.HEADING),
        Block("Name", Role.TITLE),
        Block("a b"),
    ]


def test_blocks__of_the_first_slide() -> None:
    title = '<sp><ph type="ctrTitle"/><p><t>Name</t></p></sp>'
    slide = f"<sld>{title}<sp><p><t>one</t></p><p/><p><t>two</t></p></sp></sld>"
    members: dict[str, str | bytes] = {
        "ppt/slides/slide10.xml": "<x/>",
        "ppt/slides/slide2.xml": slide,
        "ppt/slides/_rels/slide1.xml.rels": "<x/>",
    }

    assert blocks("pptx", members) == [
        Block("Name", Role.TITLE),
        Block("one"),
        Block("two"),
    ]


def test_sheet_rows__every_kind_of_cell() -> None:
    cells = (
        '<c r="A1" t="s"><v>1</v></c><c r="C1"><v>0.30000000000000004</v></c>'
        '<c r="D1" t="b"><v>1</v></c><c r="E1" t="inlineStr"><is><t>in</t></is></c>'
        '<c r="F1" t="s"><v>99</v></c><c t="str"><v>text</v></c><c r="AA1"><v>9</v></c>'
        '<c r="H1"/>'
    )
    members: dict[str, str | bytes] = {
        "xl/sharedStrings.xml": "<sst><si><t>a</t></si><si><r><t>b</t></r></si></sst>",
        "xl/worksheets/sheet1.xml": f"<ws><row>{cells}</row></ws>" + " " * 9,
    }
    with zipfile.ZipFile(io.BytesIO(zipped(members))) as archive:
        rows = office_sheets.READERS["xlsx"](archive)

    assert rows == [["b", "", "0.3", "TRUE", "in", "text", "", ""]]


def test_sheet_rows__more_strings_than_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(office_sheets, "_MAX_STRINGS", 2)
    members: dict[str, str | bytes] = {
        "xl/sharedStrings.xml": f"<sst>{'<si><t>a</t></si>' * 9}</sst>",
        "xl/worksheets/sheet1.xml": '<w><row><c t="s"><v>5</v></c></row></w>',
    }
    with zipfile.ZipFile(io.BytesIO(zipped(members))) as archive:
        assert office_sheets.READERS["xlsx"](archive)[0][0] == ""


def test_sheet_rows__only_the_first() -> None:
    rows = "<row><c><v>1</v></c></row>" * 100

    image = draw(zipped({"xl/worksheets/sheet1.xml": f"<ws>{rows}</ws>"}), "xlsx")

    assert image.size == (128, 94)


@pytest.mark.parametrize(
    "name",
    ["docProps/thumbnail.jpeg", "docProps/thumbnail.png", "Thumbnails/thumbnail.png"],
)
def test_draw__embedded_preview(name: str) -> None:
    image = draw(zipped({name: preview()}))

    assert image.size == (128, 96)
    assert image.getpixel((5, 5)) == (255, 0, 0)


@pytest.mark.parametrize(
    "unusable", [b"no image", preview((30, 20)), preview((3000, 40))[:60], b""]
)
def test_draw__unusable_preview(unusable: bytes) -> None:
    members = word(("", "text")) | {"docProps/thumbnail.png": unusable}

    assert draw(zipped(members)).size == (104, 128)


def test_draw__preview_beyond_the_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "_MAX_PREVIEW_PIXELS", 100)
    members = word(("", "text")) | {"docProps/thumbnail.png": preview()}

    assert draw(zipped(members)).size == (104, 128)


def test_draw__preview_is_left_out_whatever_was_drawn_before() -> None:
    """Once it was too large for Pillow's limit, but only after a WebP."""
    huge = bombs.patched("PNG", bombs.header(300, 200), bombs.header(8000, 5000))
    data = zipped(word(("", "text")) | {"docProps/thumbnail.png": huge})
    first = draw(data)
    images.draw(save(quadrants(), "WEBP"), side=128, format="webp")
    assert draw(data) == first


def test_draw__part_of_two_gigabytes_is_read_a_little() -> None:
    paragraph = b"<w:p><w:t>ha</w:t></w:p>"
    xml = b'<w:d xmlns:w="w">' + paragraph * 2_000_000 + b"</w:d>"

    image = draw(zipped({"word/document.xml": xml}))

    assert image.size == (104, 128)


@pytest.mark.parametrize("xml", [LAUGHS, OUTSIDE, "", "<", "no xml"])
@pytest.mark.parametrize("format", ["docx", "odt", "pptx", "xlsx"])
def test_draw__hostile_xml(xml: str, format: str) -> None:
    names = ("word/document", "content", "ppt/slides/slide1", "xl/worksheets/sheet1")

    assert (
        reason(zipped({f"{name}.xml": xml for name in names}), format) is Reason.DAMAGED
    )


@pytest.mark.parametrize("format", ["docx", "odt", "pptx", "xlsx"])
def test_draw__part_is_missing(format: str) -> None:
    assert reason(zipped({"a": "b"}), format) is Reason.DAMAGED


def test_draw__manifest_without_keys() -> None:
    members: dict[str, str | bytes] = {
        "META-INF/manifest.xml": "<m/>",
        "content.xml": "<d><p>text</p></d>",
    }

    assert draw(zipped(members), "odt").size == (104, 128)
