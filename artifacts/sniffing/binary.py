"""Formats with a signature: which bytes open them, and what else must be true."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from io import SEEK_END
from typing import BinaryIO

from artifacts.sniffing.audio import adts_format, id3_format, mpeg_format
from artifacts.sniffing.containers import (
    COMPOUND,
    compound_format,
    ebml_format,
    iso_format,
    zip_format,
)

HEAD_BYTES = 4096

# The bytes that no text has: C0 without tab, LF, FF, CR and ESC, as in section 3 of
# the WHATWG's MIME Sniffing Standard.
CONTROLS = bytes({*range(0x20)} - {0x09, 0x0A, 0x0C, 0x0D, 0x1B})

_Test = Callable[[bytes, BinaryIO], str]


def has_controls(head: bytes) -> bool:
    """Tell whether some byte of it cannot occur in ASCII-based text."""
    return len(head.translate(None, CONTROLS)) != len(head)


def binary_format(head: bytes, content: BinaryIO) -> str:
    """Return the extension of the format that the head opens, `""` if none does.

    `head` is the file's first `HEAD_BYTES`, or all of it. The position may move.
    """
    for signature, answer in _SIGNATURES:
        if head.startswith(signature):
            found = answer if isinstance(answer, str) else answer(head, content)
            if found:
                return found
    for signature, extension in _PRINTABLE:
        # A text may begin with the same letters; no real file of these lacks a NUL.
        if head.startswith(signature) and has_controls(head):
            return extension
    return _elsewhere(head, content)


def _elsewhere(head: bytes, content: BinaryIO) -> str:
    """Look for what is recognised by bytes other than its first ones."""
    if _PDF.match(head):
        return "pdf"
    if found := iso_format(head):
        return found
    if head[257:262] == b"ustar":  # POSIX.1-2017, pax, "ustar Interchange Format"
        return "tar"
    if has_controls(head[:18]) and _tail(content, 18) == b"TRUEVISION-XFILE.\0":
        return "tga"  # Truevision TGA 2.0, "Developer and extension area footer"
    return ""


def _tail(content: BinaryIO, size: int) -> bytes:
    end = content.seek(0, SEEK_END)
    content.seek(max(0, end - size))
    return content.read(size)


def _riff(head: bytes, _content: BinaryIO) -> str:
    return {b"WEBP": "webp", b"WAVE": "wav", b"AVI ": "avi"}.get(head[8:12], "")


def _aiff(head: bytes, _content: BinaryIO) -> str:
    return "aiff" if head[8:12] in {b"AIFF", b"AIFC"} else ""


def _bmp(head: bytes, _content: BinaryIO) -> str:
    """Check the size of the DIB header and its count of planes, which is always 1."""
    size = int.from_bytes(head[14:18], "little")
    planes = head[22:24] if size == 12 else head[26:28]
    known = size in {12, 16, 40, 52, 56, 64, 108, 124}
    return "bmp" if known and planes == b"\x01\x00" else ""


def _ico(head: bytes, _content: BinaryIO) -> str:
    count = int.from_bytes(head[4:6], "little")
    offset = int.from_bytes(head[18:22], "little")
    return "ico" if count and offset >= 6 + 16 * count else ""


def _gzip(head: bytes, _content: BinaryIO) -> str:
    """Look inside for SPZ: its versions 1 to 3 are gzip around the plain header."""
    try:
        plain = zlib.decompressobj(wbits=31).decompress(head, 4)
    except zlib.error:
        return "gz"
    return "spz" if plain == b"NGSP" else "gz"


def _ogg(head: bytes, _content: BinaryIO) -> str:
    """Look for Theora's identification header, which is on a first page (RFC 3533)."""
    if head[4:5] != b"\0":  # the only version there is
        return ""
    return "ogv" if b"\x80theora" in head[:512] else "ogg"


def _npy(head: bytes, _content: BinaryIO) -> str:
    return "npy" if head[6:7] in {b"\x01", b"\x02", b"\x03"} else ""


def _bzip2(head: bytes, _content: BinaryIO) -> str:
    return "bz2" if head[4:10] in {b"1AY&SY", b"\x17rE8P\x90"} else ""


def _ply(head: bytes, _content: BinaryIO) -> str:
    return "ply" if _PLY.match(head) else ""


def _netpbm(head: bytes, _content: BinaryIO) -> str:
    return "ppm" if _NETPBM.match(head) else ""


# Readers accept a byte order mark and blanks before it (ISO 32000-1, annex H.3.4.1).
_PDF = re.compile(rb"(?:\xef\xbb\xbf)?[\s\0]*%PDF-\d")
_PLY = re.compile(rb"ply\r?\n(?:format (?:ascii|binary)|comment |obj_info )")
_BLANK = rb"(?:\s|#[^\n]*\n)+"
_SIZE = _BLANK + rb"\d+" + _BLANK + rb"\d+"
_NETPBM = re.compile(
    rb"P(?:1%b%b[01]|4%b\s|[23]%b%b\d+%b\d|[56]%b%b\d+\s)"
    % (_SIZE, _BLANK, _SIZE, _SIZE, _BLANK, _BLANK, _SIZE, _BLANK)
)

_SIGNATURES: tuple[tuple[bytes, str | _Test], ...] = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"RIFF", _riff),
    (b"PK", zip_format),
    (COMPOUND, compound_format),
    (b"\x1f\x8b\x08", _gzip),
    (b"\x1a\x45\xdf\xa3", ebml_format),
    (b"\x93NUMPY", _npy),
    (b"OggS", _ogg),
    (b"ID3", id3_format),
    (b"\xff", mpeg_format),
    (b"\xff", adts_format),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),  # BigTIFF
    (b"MM\0+", "tiff"),
    (b"BM", _bmp),
    (b"\0\0\x01\0", _ico),
    (b"ply", _ply),
    (b"P", _netpbm),
    (b"{\\rtf", "rtf"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "jp2"),  # ISO/IEC 15444-1, annex I
    (b"\0\0\0\x0cJXL \r\n\x87\n", "jxl"),  # ISO/IEC 18181-2
    (b"\xff\x0a", "jxl"),
    (b"\x01\xda\0\x01", "sgi"),  # SGI Image File Format 0.97: magic, storage, bpc
    (b"\x01\xda\0\x02", "sgi"),
    (b"\x01\xda\x01\x01", "sgi"),
    (b"\x01\xda\x01\x02", "sgi"),
    (b"\0\0\x01\xba", "mpg"),  # ISO/IEC 13818-1 pack start code
    (b"\0\0\x01\xb3", "mpg"),
    (b"FORM", _aiff),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zst"),  # RFC 8878
    (b"BZh", _bzip2),
    (b"SQLite format 3\0", "sqlite"),
)

_PRINTABLE: tuple[tuple[bytes, str], ...] = (
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"8BPS\0\x01", "psd"),
    (b"fLaC", "flac"),
    (b"NGSP", "spz"),  # version 4, whose header is not compressed
    (b"glTF", "glb"),
    (b"FLV\x01", "flv"),
    (b"MThd", "mid"),
    (b"PAR1", "parquet"),
)
