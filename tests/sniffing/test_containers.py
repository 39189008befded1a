from __future__ import annotations

import io
import struct
import zipfile

import pytest

from artifacts.media_types import find, sniff
from artifacts.refs import ArtifactKind
from tests import media
from tests.document_media import archive

PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"


def extension_of(content: bytes) -> str:
    return sniff(io.BytesIO(content)).extension


def brands(major: str, *compatible: str) -> bytes:
    body = major.encode() + bytes(4) + "".join(compatible).encode()
    return struct.pack(">I4s", 8 + len(body), b"ftyp") + body + b"\0\0\0\x08free"


@pytest.mark.parametrize(
    ("extension", "content"),
    [
        ("mp4", brands("isom", "isom", "iso2", "avc1", "mp41")),
        ("mp4", brands("mp42")),
        ("mp4", brands("XXXX", "YYYY", "isom")),
        ("mov", brands("qt  ", "qt  ")),
        ("m4a", brands("M4A ", "mp42", "isom")),
        ("heic", brands("heic", "mif1", "heic")),
        ("heic", brands("mif1", "miaf", "heic")),
        ("avif", brands("avif", "mif1", "miaf")),
        ("avif", brands("mif1", "avif", "miaf")),
        ("avif", brands("avis", "msf1", "iso8", "mp41")),
        ("heif", brands("mif1", "mif1", "mp41")),
        ("3gp", brands("3gp4", "isom")),
        ("mov", b"\0\0\0\x08wide\0\0\x10\0mdat"),
        ("mov", b"\0\0\x02\x10moov\0\0\0\x6cmvhd"),
        ("bin", brands("crx ", "crx ")),
        ("bin", b"\xff\xff\xff\xf0ftypisom" + bytes(8)),
        ("bin", b"\0\0\0\x08ftyp" + bytes(8)),
    ],
)
def test_iso_format__brands(extension: str, content: bytes) -> None:
    assert extension_of(content) == extension


def test_iso_format__sound_alone_goes_by_its_brand() -> None:
    assert extension_of(media.clip("mp4", "", "aac")) == "mp4"
    assert extension_of(media.clip("ipod", "", "aac")) == "m4a"


def test_ebml_format__document_type() -> None:
    assert extension_of(media.clip("webm", "", "libopus")) == "webm"
    assert extension_of(media.clip("matroska", "", "libopus")) == "mkv"
    assert extension_of(b"\x1a\x45\xdf\xa3\x87\x42\x82\x84note") == "bin"


def test_zip_format__empty() -> None:
    assert extension_of(archive({})) == "zip"


@pytest.mark.parametrize(
    ("extension", "members", "stored"),
    [
        ("npz", {"a.npy": b"", "deep/b.npy": b""}, 0),
        ("zip", {"a.npy": b"", "b.txt": b""}, 0),
        ("zip", {"word/document.xml": b""}, 0),
        ("zip", {"[Content_Types].xml": b"", "words/a.xml": b""}, 0),
        ("docx", {"word/document.xml": b"", "[Content_Types].xml": b""}, 0),
        ("epub", {"mimetype": b"application/epub+zip", "a.xml": b""}, 1),
        ("epub", {"mimetype": b"application/epub+zip"}, 1),
        ("zip", {"mimetype": b"application/vnd.oasis.opendocument.graphics"}, 1),
        ("zip", {"mimetype": b"application/vnd.oasis.opendocument.text-web"}, 1),
        ("zip", {"a": b"", "mimetype": b"application/epub+zip"}, 2),
    ],
)
def test_zip_format__entries(
    extension: str, members: dict[str, bytes | str], stored: int
) -> None:
    assert extension_of(archive(members, stored=stored)) == extension


def test_zip_format__office_document_within_a_plain_zip() -> None:
    within: dict[str, bytes | str] = {"report.docx": media.FILES["docx"]()}
    assert extension_of(archive(within, stored=1)) == "zip"


def test_zip_format__directory_longer_than_what_is_read() -> None:
    parts: dict[str, bytes | str] = {"[Content_Types].xml": b"<Types/>"}
    parts |= {f"ppt/slides/slide{number:060}.xml": b"" for number in range(1500)}
    assert extension_of(archive(parts)) == "pptx"


def test_zip_format__comment_and_bytes_after_it() -> None:
    buffer = io.BytesIO(media.FILES["xlsx"]())
    with zipfile.ZipFile(buffer, "a") as target:
        target.comment = b"PK" * 500
    assert extension_of(buffer.getvalue() + bytes(1000)) == "xlsx"


@pytest.mark.parametrize("field", range(4, 20, 2))
@pytest.mark.parametrize("value", [0, 0x7FFF, 0xFFFF])
def test_zip_format__false_directory_end(field: int, value: int) -> None:
    content = bytearray(media.FILES["docx"]())
    struct.pack_into("<H", content, len(content) - 22 + field, value)
    assert extension_of(bytes(content)) in {"docx", "zip"}


def test_zip_format__without_a_directory() -> None:
    assert extension_of(media.FILES["docx"]()[:-60]) == "zip"
    assert extension_of(b"PK\x03\x04") == "zip"
    assert extension_of(b"PK\x07\x08" + bytes(20)) == "bin"


def compound(*streams: str, sector: int = 0, shift: int = 9) -> bytes:
    """Make the header and the directory of a compound file."""
    header = bytearray(1 << shift)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHH", header, 24, 62, 3, 0xFFFE, shift)
    struct.pack_into("<I", header, 48, sector)
    names = ("Root Entry", "\x06DataSpaces", *streams)
    entries = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in names)
    return bytes(header) + bytes(sector << shift) + entries


@pytest.mark.parametrize(("sector", "shift"), [(0, 9), (40, 9), (1, 12)])
def test_compound_format__office_document_with_a_password(
    sector: int, shift: int
) -> None:
    content = compound("EncryptionInfo", "EncryptedPackage", sector=sector, shift=shift)

    assert extension_of(content) == "docx"


@pytest.mark.parametrize(
    ("declared", "filename", "extension"),
    [
        ("", "Budget.XLSX", "xlsx"),
        (find(ArtifactKind.DOCUMENT, PPTX).name, "", "pptx"),
        ("application/pdf", "report.pdf", "docx"),
    ],
)
def test_compound_format__the_client_says_which(
    declared: str, filename: str, extension: str
) -> None:
    content = io.BytesIO(compound("EncryptedPackage"))

    assert sniff(content, declared=declared, filename=filename).extension == extension


@pytest.mark.parametrize(
    "content",
    [
        compound("WordDocument", "1Table"),
        compound("EncryptedPackages"),
        compound("EncryptedPackage")[:512],
        compound("EncryptedPackage")[:40],
        compound("EncryptedPackage", shift=10),
        compound("EncryptedPackage")[:48] + b"\xfe" + b"\xff" * 3 + bytes(600),
    ],
)
def test_compound_format__any_other(content: bytes) -> None:
    assert extension_of(content) == "bin"
