"""Small valid PDF and office documents, made in memory: the same bytes on every run."""

from __future__ import annotations

import io
import zipfile
from functools import cache

SENTENCE = "The quick brown fox jumps over the lazy dog."

_OPC = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ML = "http://schemas.openxmlformats.org/{}/2006/main"
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.{}+xml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def archive(members: dict[str, bytes | str], *, stored: int = 0) -> bytes:
    """Return a zip of the members, the first `stored` of them without compression."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for index, (name, content) in enumerate(members.items()):
            method = zipfile.ZIP_STORED if index < stored else zipfile.ZIP_DEFLATED
            entry = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
            target.writestr(entry, content, compress_type=method)
    return buffer.getvalue()


def _relationships(targets: dict[str, str]) -> str:
    """Return the part that numbers the targets rId1, rId2, …; each has its type."""
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (target, kind) in enumerate(targets.items(), 1)
    )
    return f'{_XML}<Relationships xmlns="{_OPC}/relationships">{links}</Relationships>'


def _open_xml(parts: dict[str, tuple[str, str]], links: dict[str, str]) -> bytes:
    """Return a package of parts (name → content type, XML); the first is the main one.

    `links` are the main part's relationships: target → type.
    """
    main = next(iter(parts))
    folder, _, name = main.rpartition("/")
    overrides = "".join(
        f'<Override PartName="/{part}" ContentType="{_CONTENT_TYPE.format(kind)}"/>'
        for part, (kind, _) in parts.items()
    )
    relationships = "application/vnd.openxmlformats-package.relationships+xml"
    members: dict[str, bytes | str] = {
        "[Content_Types].xml": (
            f'{_XML}<Types xmlns="{_OPC}/content-types">'
            f'<Default Extension="rels" ContentType="{relationships}"/>'
            f"{overrides}</Types>"
        ),
        "_rels/.rels": _relationships({main: "officeDocument"}),
    }
    if links:
        members[f"{folder}/_rels/{name}.rels"] = _relationships(links)
    return archive(members | {part: _XML + xml for part, (_, xml) in parts.items()})


@cache
def docx() -> bytes:
    paragraph = f"<w:p><w:r><w:t>{SENTENCE}</w:t></w:r></w:p>"
    namespace = _ML.format("wordprocessingml")
    document = (
        f'<w:document xmlns:w="{namespace}"><w:body>{paragraph * 3}</w:body>'
        "</w:document>"
    )
    kind = "wordprocessingml.document.main"
    return _open_xml({"word/document.xml": (kind, document)}, {})


@cache
def xlsx() -> bytes:
    namespace = _ML.format("spreadsheetml")
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>Item {row}</t></is></c>'
        f'<c r="B{row}"><v>{row * row}</v></c></row>'
        for row in range(1, 6)
    )
    workbook = (
        f'<workbook xmlns="{namespace}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="Squares" sheetId="1" r:id="rId1"/></sheets></workbook>'
    )
    sheet = f'<worksheet xmlns="{namespace}"><sheetData>{rows}</sheetData></worksheet>'
    return _open_xml(
        {
            "xl/workbook.xml": ("spreadsheetml.sheet.main", workbook),
            "xl/worksheets/sheet1.xml": ("spreadsheetml.worksheet", sheet),
        },
        {"worksheets/sheet1.xml": "worksheet"},
    )


@cache
def pptx() -> bytes:
    drawing, slides = _ML.format("drawingml"), _ML.format("presentationml")
    names = f'xmlns:a="{drawing}" xmlns:p="{slides}" xmlns:r="{_OFFICE}"'
    presentation = (
        f'<p:presentation {names}><p:sldIdLst><p:sldId id="256" r:id="rId1"/>'
        '</p:sldIdLst><p:sldSz cx="9144000" cy="6858000"/>'
        '<p:notesSz cx="6858000" cy="9144000"/></p:presentation>'
    )
    slide = (
        f"<p:sld {names}><p:cSld><p:spTree>"
        '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr>'
        '<p:grpSpPr/><p:sp><p:nvSpPr><p:cNvPr id="2" name="Title"/><p:cNvSpPr/>'
        '<p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr><p:spPr/><p:txBody>'
        f"<a:bodyPr/><a:p><a:r><a:t>{SENTENCE}</a:t></a:r></a:p></p:txBody></p:sp>"
        "</p:spTree></p:cSld></p:sld>"
    )
    return _open_xml(
        {
            "ppt/presentation.xml": ("presentationml.presentation.main", presentation),
            "ppt/slides/slide1.xml": ("presentationml.slide", slide),
        },
        {"slides/slide1.xml": "slide"},
    )


_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_ODF_BODIES = {
    "text": f"<text:p>{SENTENCE}</text:p>" * 3,
    "spreadsheet": (
        '<table:table table:name="Squares"><table:table-row><table:table-cell>'
        f"<text:p>{SENTENCE}</text:p></table:table-cell></table:table-row></table:table>"
    ),
    "presentation": f'<draw:page draw:name="One"><draw:frame><draw:text-box><text:p>'
    f"{SENTENCE}</text:p></draw:text-box></draw:frame></draw:page>",
}


@cache
def open_document(kind: str) -> bytes:
    """Return an OpenDocument package: `text`, `spreadsheet` or `presentation`."""
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    names = {"office": "office", "text": "text", "table": "table", "draw": "drawing"}
    spaces = " ".join(
        f'xmlns:{prefix}="{_ODF}:{name}:1.0"' for prefix, name in names.items()
    )
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{of}"/>'
        for path, of in {"/": mimetype, "content.xml": "text/xml"}.items()
    )
    members: dict[str, bytes | str] = {
        "mimetype": mimetype,
        "content.xml": (
            f'{_XML}<office:document-content {spaces} office:version="1.3"><office:body>'
            f"<office:{kind}>{_ODF_BODIES[kind]}</office:{kind}></office:body>"
            "</office:document-content>"
        ),
        "META-INF/manifest.xml": (
            f'{_XML}<manifest:manifest xmlns:manifest="{_ODF}:manifest:1.0" '
            f'manifest:version="1.3">{entries}</manifest:manifest>'
        ),
    }
    return archive(members, stored=1)


@cache
def pdf() -> bytes:
    """Return one A6 page with a line of Helvetica (ISO 32000-1)."""
    text = f"BT /F1 12 Tf 20 380 Td ({SENTENCE}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 298 420] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    rows = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (count, rows, count, len(body))
    )
