from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sqlite3
import tarfile

import pytest
from PIL import Image

from artifacts.media_types import sniff
from tests import media


def extension_of(content: bytes) -> str:
    return sniff(io.BytesIO(content)).extension


def tape() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("notes.txt"))
    return buffer.getvalue()


def database() -> bytes:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE TABLE fox (legs)")
        return connection.serialize()
    finally:
        connection.close()


def bitmap_core() -> bytes:
    """Return a BMP with the header of OS/2: one red pixel."""
    return bytes.fromhex(
        "424d1e000000000000001a0000000c000000010001000100180000 00ff00"
    )


@pytest.mark.parametrize(
    ("extension", "content"),
    [
        ("jp2", media.image("JPEG2000")),
        ("tga", media.image("TGA")),
        ("sgi", media.image("SGI")),
        ("bmp", bitmap_core()),
        ("jxl", b"\xff\x0a\xfa\x7f\x01\x90\x08\x06\x01\x00"),
        ("jxl", b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl "),
        ("psd", b"8BPS\0\x01\0\0\0\0\0\0\0\x03\0\0\0\x40\0\0\0\x60\0\x08\0\x03"),
        ("tiff", b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0"),
        ("3gp", media.clip("3gp", "mpeg4")),
        ("mpg", media.clip("mpeg", "mpeg1video")),
        ("flv", media.clip("flv", "flv")),
        ("aiff", media.clip("aiff", "", "pcm_s16be")),
        ("ogv", b"OggS\0\x02" + bytes(20) + b"\x01\x2a\x80theora\x03\x02\x01"),
        ("mid", b"MThd\0\0\0\x06\0\x01\0\x02\0\x60MTrk"),
        ("spz", b"NGSP\x04\0\0\0\x10\0\0\0\0\x0c\0\0"),
        ("ply", b"ply\r\ncomment by hand\r\nformat ascii 1.0\r\n"),
        ("ply", b"ply\n" + b"comment long\n" * 999 + b"format ascii 1.0\n"),
        ("gz", gzip.compress(b"The quick brown fox.", mtime=0)),
        ("gz", b"\x1f\x8b\x08\0\0\0\0\0\0\xff\xff\xff"),
        ("bz2", bz2.compress(b"The quick brown fox.")),
        ("bz2", bz2.compress(b"")),
        ("xz", lzma.compress(b"The quick brown fox.")),
        ("zst", bytes.fromhex("28b52ffd2400010000 99e9d851")),
        ("7z", b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(24)),
        ("tar", tape()),
        ("sqlite", database()),
        ("parquet", b"PAR1\x15\x04\x15\0PAR1"),
    ],
)
def test_binary_format__signature(extension: str, content: bytes) -> None:
    assert extension_of(content) == extension


@pytest.mark.parametrize(
    "text",
    [
        "BMW builds cars.",
        "BM",
        "GIF89a is a format of pictures.",
        "ID3 is a format of tags in MP3 files.",
        "RIFF is a container.",
        "FORM and content",
        "OggS opens every page.",
        "PK\nis short for primary key",
        "P1 is the highest priority",
        "P3 8 of 10",
        "ply is one layer of wood",
        "ply\nwood\n",
        "glTF 2.0 in short",
        "NGSP opens a splat.",
        "fLaC is lossless",
        "8BPS is Photoshop",
        "PAR1 and PAR2",
        "MThd, then MTrk",
        "7zip and BZh9 and xz",
        "NUMPY",
        "A PDF begins with %PDF-1.7",
        "moovmoov",
        "dataftypisom",
        "MZ",
    ],
)
def test_binary_format__text_with_such_letters(text: str) -> None:
    assert extension_of(text.encode()) == "txt"


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\n\x1a\n" + bytes(30),
        b"BM" + bytes(60),
        b"BM" + bytes(12) + b"\x28\0\0\0" + bytes(40),
        b"\0\0\x01\0" + bytes(60),
        b"\0\0\x01\0\x01\0" + bytes(60),
        b"\x93NUMPY\x09\0" + bytes(60),
        b"RIFF\x10\0\0\0CDR5" + bytes(20),
        b"\x7fELF\x02\x01\x01" + bytes(60),
        b"MZ\x90\0\x03\0\0\0" + bytes(60),
        b"\0asm\x01\0\0\0",
        bytes(100),
    ],
)
def test_binary_format__unknown(content: bytes) -> None:
    assert extension_of(content) == "bin"


@pytest.mark.parametrize(
    "start", [b"", b"\xef\xbb\xbf", b"\r\n", b"\0\0", b" \t\r\n" * 4]
)
def test_binary_format__pdf_after_blanks(start: bytes) -> None:
    assert extension_of(start + media.FILES["pdf"]()) == "pdf"


@pytest.mark.parametrize(
    "header",
    [
        b"P1\n2 1\n0 1\n",
        b"P2 # a comment\n# and one\n2 1 255 9 9\n",
        b"P3 1 1 1 1 0 0",
        b"P4\n8 1\n\xaa",
        b"P5\n2 1\n255\n\xff\xff",
        b"P6\n#\n1 1 255 \x01\x02\xff",
    ],
)
def test_binary_format__netpbm(header: bytes) -> None:
    assert extension_of(header) == "ppm"


def test_binary_format__animations_are_pictures() -> None:
    first, second = (Image.fromarray(media.pixels(phase)) for phase in (0, 1))
    for name, extension in {"WEBP": "webp", "PNG": "png", "GIF": "gif"}.items():
        buffer = io.BytesIO()
        first.save(buffer, name, save_all=True, append_images=[second])
        assert extension_of(buffer.getvalue()) == extension


def test_binary_format__gzip_bomb_is_not_inflated() -> None:
    layers = gzip.compress(gzip.compress(bytes(50_000_000), 1), 1)
    assert extension_of(layers) == "gz"
    assert extension_of(gzip.compress(b"NGSP" + bytes(50_000_000), 1)) == "spz"
