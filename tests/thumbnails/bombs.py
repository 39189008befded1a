"""Small files that would cost their reader everything, as `name: (format, maker)`.

Each is made in memory within milliseconds: of most only the header lies.
"""

from __future__ import annotations

import io
import itertools
import os
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import partial

from artifacts.thumbnails.result import Reason
from tests.document_media import archive
from tests.thumbnails.films import Film
from tests.thumbnails.pictures import ENDLESS, quadrants, save


def patched(format: str, before: bytes, after: bytes) -> bytes:
    """Have an image of 300 by 200 claim another size."""
    data = save(quadrants(300, 200), format).getvalue()
    assert data.count(before) >= 1
    return data.replace(before, after, 1)


def header(width: int, height: int) -> bytes:
    """Return a PNG's first chunk, of eight-bit RGB."""
    chunk = b"IHDR" + struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return chunk + struct.pack(">I", zlib.crc32(chunk))


IMAGES: dict[str, tuple[str, bytes, bytes]] = {
    "png": ("PNG", header(300, 200), header(14000, 13000)),
    "gif": ("GIF", struct.pack("<2H", 300, 200), struct.pack("<2H", 60000, 60000)),
    "webp": ("WEBP", struct.pack("<2H", 300, 200), struct.pack("<2H", 16000, 16000)),
    "jpg": ("JPEG", struct.pack(">2H", 200, 300), struct.pack(">2H", 60000, 60000)),
    "bmp": ("BMP", struct.pack("<2I", 300, 200), struct.pack("<2I", 14000, 13000)),
    "avif": ("AVIF", struct.pack(">2I", 300, 200), struct.pack(">2I", 14000, 13000)),
    "tiff": (
        "TIFF",
        struct.pack("<2H2I", 256, 4, 1, 300),
        struct.pack("<2H2I", 256, 4, 1, 3_000_000),
    ),
    "ppm": ("PPM", b"300 200", b"14000 13000"),
}
"""Pillow's format, what is in the header, and what is put there: 170 megapixels on."""


def _true_png() -> bytes:
    """Write all of 196 megapixels, black, of one bit each: 25 kB."""
    packer = zlib.compressobj(9)
    row = bytes(1 + 14_000 // 8)
    data = b"".join([*(packer.compress(row) for _ in range(14_000)), packer.flush()])
    head = struct.pack(">2I5B", 14_000, 14_000, 1, 0, 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", data), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
        for name, content in chunks
    )


def _page(box: str) -> bytes:
    return (
        "%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        f"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[{box}]>>endobj\n"
        "trailer<</Root 1 0 R>>"
    ).encode()


def _svg(body: str, doctype: str = "") -> bytes:
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink"'
    return f'{doctype}<svg {names} viewBox="0 0 9 9">{body}</svg>'.encode()


def _laughs() -> bytes:
    names = "abcdefghij"
    entities = '<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">'
        for before, name in itertools.pairwise(names)
    )
    return _svg("<text>&j;</text>", f"<!DOCTYPE svg [{entities}]>")


def _used_a_billion_times() -> bytes:
    groups = "".join(
        f'<g id="g{n}">{f"""<use x:href="#g{n - 1}"/>""" * 10}</g>'
        for n in range(1, 10)
    )
    square = '<rect id="g0" width="1" height="1"/>'
    return _svg(f'<defs>{square}{groups}</defs><use x:href="#g9"/>')


def _outside(url: str) -> bytes:
    return _svg(
        f'<image href="{url}" width="9" height="9"/><use x:href="{url}#a"/>'
        f'<style>@import "{url}";</style><rect width="9" height="9" fill="url({url})"/>'
        f'<filter id="f"><feImage href="{url}"/></filter>'
    )


def _entity() -> bytes:
    doctype = '<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    return _svg("<text>&a;</text>", doctype)


def _inflated(name: str) -> bytes:
    """Pack 58 MB of one paragraph into 300 kB."""
    paragraphs = b"<w:p><w:t>ha</w:t></w:p>" * 40_000
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
        target.open(name, "w") as member,
    ):
        member.write(b'<w:d xmlns:w="w">')
        for _ in range(60):
            member.write(paragraphs)
    return buffer.getvalue()


def _array(shape: str, descr: str, data: bytes = b"") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text.encode() + data


class _Command:
    """What a pickle would run when it is read."""

    def __reduce__(self) -> tuple[Callable[[int], None], tuple[int]]:
        return os._exit, (3,)


def _endless_film(box: bytes, offset: int) -> bytes:
    """Have a table of an MP4 claim a thousand million entries."""
    data = bytearray(Film(seconds=0.5).make())
    place = data.index(box) + offset
    data[place : place + 4] = struct.pack(">I", 10**9)
    return bytes(data)


BOMBS: dict[str, tuple[Callable[[], bytes], Reason | None]] = {
    **{name: (partial(patched, *of), Reason.TOO_LARGE) for name, of in IMAGES.items()},
    "png-true": (_true_png, Reason.TOO_LARGE),
    "pdf-huge": (partial(_page, "0 0 1000000000 1000000000"), None),
    "pdf-thin": (partial(_page, "0 0 1 100000000"), None),
    "svg-laughs": (_laughs, Reason.UNSUPPORTED),
    "svg-entity": (_entity, Reason.UNSUPPORTED),
    "svg-used": (_used_a_billion_times, Reason.DAMAGED),
    "svg-file": (partial(_outside, "file:///etc/passwd"), None),
    "svg-http": (partial(_outside, "http://192.0.2.1/x.svg"), None),
    "svg-slow": (lambda: ENDLESS, Reason.TIMEOUT),
    "docx-inflated": (partial(_inflated, "word/document.xml"), None),
    "docx-many": (
        lambda: archive({str(number): b"" for number in range(12_000)}),
        Reason.TOO_LARGE,
    ),
    "npy-terabyte": (partial(_array, "(1000000, 125000)", "'<f8'"), Reason.DAMAGED),
    "npy-pickle": (
        lambda: _array("(1,)", "'|O'", pickle.dumps([_Command()])),
        None,
    ),
    "mp4-samples": (partial(_endless_film, b"stsz", 12), Reason.DAMAGED),
    "mp4-moments": (partial(_endless_film, b"stts", 12), None),
}
"""By format and what is wrong, with the reason; None where it is drawn all the same."""
