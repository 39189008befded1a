from __future__ import annotations

import base64
import io
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import numpy as np
import pytest
from PIL import Image

from artifacts.thumbnails import encode, svg
from artifacts.thumbnails.result import SIDE, Reason, UndrawableError
from tests.thumbnails import bombs
from tests.thumbnails.pictures import quadrants, save

SQUARE = '<rect width="50" height="50" fill="#00f"/>'


def document(body: str, attributes: str = 'viewBox="0 0 100 100"') -> io.BytesIO:
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {attributes} '
        f'xmlns:xlink="http://www.w3.org/1999/xlink">{body}</svg>'
    )
    return io.BytesIO(text.encode())


def draw(file: io.BytesIO) -> Image.Image:
    return encode.flatten(svg.draw(file, side=SIDE, format="svg"))


def blue(image: Image.Image) -> float:
    """Return the part of the picture that is pure blue."""
    return float((np.asarray(image) == (0, 0, 255)).all(axis=2).mean())


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """An all-blue image on the disk: blue in a picture means that it was read."""
    path = tmp_path / "secret.png"
    Image.new("RGB", (100, 100), (0, 0, 255)).save(path)
    return path


def test_draw__over_white() -> None:
    image = draw(document(SQUARE))

    assert image.size == (256, 256)
    assert blue(image) == pytest.approx(0.25, abs=0.01)
    assert image.getpixel((200, 200)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('viewBox="0 0 100 50"', (256, 128)),
        ('viewBox="0,0,100,400" width="10"', (64, 256)),
        ('width="2in" height="96px"', (256, 128)),
        ('width="100%" height="100%" viewBox="0 0 30 60"', (128, 256)),
        ('width="-5" height="1e99"', (256, 256)),
        ("", (256, 256)),
        ('width="100000" height="1"', (256, 1)),
        ('width="1" height="300"', (1, 256)),
        ('width="2" height="1000"', (1, 256)),
        ('viewBox="0 0 1 5000"', (1, 256)),
        ('width="100%" height="50%" viewBox="0 0 100 40"', (256, 102)),
        ('viewBox="0 0 9 9" style="width: 1px; height: 9px"', (256, 256)),
        ('viewBox="0 0 nonsense 50" width="40" height="20"', (256, 128)),
    ],
)
def test_draw__size(attributes: str, size: tuple[int, int]) -> None:
    assert draw(document(SQUARE, attributes)).size == size


def test_draw__size_without_a_view_box_scales_what_is_drawn() -> None:
    image = draw(document(SQUARE, 'width="100" height="100"'))
    assert blue(image) == pytest.approx(0.25, abs=0.01)


def test_draw__without_namespace() -> None:
    file = io.BytesIO(f'<svg viewBox="0 0 100 100">{SQUARE}</svg>'.encode())
    assert blue(draw(file)) == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_draw__encoding(encoding: str) -> None:
    data = document(SQUARE).getvalue().decode().encode(encoding)
    assert blue(draw(io.BytesIO(data))) > 0.2


@pytest.mark.parametrize("family", ["serif", "Corporate Sans", "Fira Code, monospace"])
@pytest.mark.parametrize("where", ['font-family="{}"', 'style="font-family: {}"'])
def test_draw__text(family: str, where: str) -> None:
    """No font of the machine's is used, and none that is missing leaves a gap."""
    attributes = where.format(family)
    file = document(f'<text y="60" font-size="40" {attributes}>Añ日</text>')
    assert 0.02 < (np.asarray(draw(file)) < 128).mean() < 0.4


def test_draw__embedded_image() -> None:
    data = base64.b64encode(save(quadrants(), "PNG").getvalue()).decode()
    body = f'<image width="100" height="60" href="data:image/png;base64,{data}"/>'
    red, green, _ = np.asarray(draw(document(body)))[30, 30].tolist()
    assert red > 200 > green


def test_draw__embedded_image_too_large() -> None:
    """resvg would decode it whatever it takes, and the child would be aborted."""
    content = bombs.patched("PNG", bombs.header(300, 200), bombs.header(13400, 13000))
    data = base64.b64encode(content).decode()
    body = f'<image width="9" height="9" href="data:image/png;base64,{data}"/>'
    with pytest.raises(UndrawableError) as caught:
        draw(document(body))
    assert caught.value.reason is Reason.TOO_LARGE


def test_draw__use_and_gradient_of_its_own() -> None:
    body = (
        '<defs><linearGradient id="g"><stop stop-color="#00f"/></linearGradient>'
        '<rect id="r" width="50" height="50"/></defs>'
        '<use xlink:href="#r" fill="url(#g)"/><use href="#r" x="50" fill="url(\'#g\')"/>'
    )
    assert blue(draw(document(body))) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    "body",
    [
        '<image width="100" height="100" href="{path}"/>',
        '<image width="100" height="100" xlink:href="file://{path}"/>',
        '<image width="100" height="100" xml:base="file://{path}" href="#"/>',
        '<filter id="f"><feImage href="{path}"/></filter>'
        '<rect width="100" height="100" filter="url(#f)"/>',
        '<rect width="100" height="100" style="fill: url(file://{path}#a)"/>',
        "<style>@import url({path}); rect {{ fill: none }}</style>",
        '<style>rect {{ fill: u\\72l("{path}") }}</style>',
        '<use href="{path}#x"/>',
        '<foreignObject width="100" height="100"><image href="{path}"/></foreignObject>',
    ],
)
def test_draw__nothing_from_the_disk(secret: Path, body: str) -> None:
    assert blue(draw(document(body.format(path=secret)))) == 0


@pytest.mark.parametrize(
    "sheet",
    [
        "@font-face { src: url(data:font/woff2;base64,AA}AA) } .a { fill: #00f }",
        "@keyframes k { from { fill: red } to { fill: red } } .a { fill: #00f }",
        '@media print { .a { fill: red } } .b[id="}@"] { } .a { fill: #00f }',
        "@import 'a.css'; /* @ } */ .a { fill: #00f }",
        r'.b::before { content: "\201C"; } .a { fill: #00f }',
        ".a { background: url(data:image/svg+xml;utf8,<i x=';'/>); fill: #00f }",
        ".a { cursor: url(a.cur); fill: #00f; &:hover { x: y; fill: red; z: y } }",
        ".a { fill: #00f; cursor: url(a.cur) } .b { fill: red",
    ],
)
def test_draw__style_loses_only_what_is_foreign(sheet: str) -> None:
    """Mermaid and every editor that names a font write such sheets."""
    body = f'<style>{escape(sheet)}</style><rect class="a" width="50" height="50"/>'
    assert blue(draw(document(body))) == pytest.approx(0.25, abs=0.01)


def test_draw__style_attribute_loses_only_what_is_foreign() -> None:
    style = "fill: #00f /* of ours */; cursor: url('a;b.cur'); stroke: none"
    body = f'<rect width="50" height="50" style="{style}"/>'
    assert blue(draw(document(body))) == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    "sheet",
    [
        ".a{{x:y;fill:u/**/rl({0});fill:url/*;*/({0})}}",
        '.a{{@b;fill:"url(#a;fill:url({0})}}',
        "@b{{'}}';}}.a{{fill:url(#a) url({0})}}",
        "@b;.a{{fill:uurl(#a)rl({0})}}<g/>@import '{0}';",
        "@media all{{@import '{0}';}}",
    ],
)
def test_clean__style_never_names_anything_else(sheet: str) -> None:
    body = f"<style>{sheet.format('/secret')}</style>"
    assert b"secret" not in ET.tostring(svg.clean(document(body).getvalue()))


def test_draw__nested_document_reads_nothing(secret: Path) -> None:
    inner = document(f'<image width="100" height="100" href="{secret}"/>').getvalue()
    data = base64.b64encode(inner).decode()
    body = f'<image width="9" height="9" href="data:image/svg+xml;base64,{data}"/>'
    assert blue(draw(document(body))) == 0


def test_clean__scripts_and_handlers() -> None:
    body = (
        '<script>alert(1)</script><rect onload="alert(1)" width="1"/>'
        '<a href="javascript:alert(1)"><g><script/></g></a>'
    )
    cleaned = ET.tostring(svg.clean(document(body).getvalue()), encoding="unicode")

    assert "alert" not in cleaned
    assert "script" not in cleaned
    assert 'width="1"' in cleaned


ENTITIES = {
    "billion laughs": '<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>',
    "escaped laughs": '<!DOCTYPE svg [<!ENTITY a "h"><!ENTITY b "&#38;a;&#38;a;">]>',
    "parameter": '<!DOCTYPE svg [<!ENTITY % a "h"><!ENTITY b "h">]>',
    "markup": '<!DOCTYPE svg [<!ENTITY b "<g/>">]>',
    "much text": f'<!DOCTYPE svg [<!ENTITY b "{"ha" * 50_000}">]>',
    "external entity": '<!DOCTYPE svg [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
}


@pytest.mark.parametrize("name", ENTITIES)
def test_draw__entities(name: str) -> None:
    body = document("<text y='50'>&b;</text>").getvalue()
    with pytest.raises(UndrawableError) as caught:
        draw(io.BytesIO(ENTITIES[name].encode() + body))
    assert caught.value.reason is Reason.UNSUPPORTED


def test_draw__entities_of_illustrator() -> None:
    doctype = f'<!DOCTYPE svg [<!ENTITY ns_svg "{svg.SVG}"><!ENTITY c "#00f">]>'
    body = '<svg xmlns="&ns_svg;"><rect width="50" height="50" fill="&c;"/></svg>'
    assert blue(draw(io.BytesIO((doctype + body).encode()))) > 0.2


def test_draw__doctype_of_the_standard() -> None:
    doctype = (
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" '
        b'"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    )
    assert blue(draw(io.BytesIO(doctype + document(SQUARE).getvalue()))) > 0.2


@pytest.mark.parametrize("data", [b"", b"<svg", b"<html/>", b"\x89PNG", b"<svg>&x;"])
def test_draw__damaged(data: bytes) -> None:
    with pytest.raises((UndrawableError, SyntaxError)):
        draw(io.BytesIO(data))


@pytest.mark.parametrize(
    "body", ["<g/>" * (svg.MAX_ELEMENTS + 1), " " * (svg.MAX_BYTES + 1)]
)
def test_draw__too_large(body: str) -> None:
    with pytest.raises(UndrawableError) as caught:
        draw(document(body))
    assert caught.value.reason is Reason.TOO_LARGE
