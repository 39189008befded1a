"""Containers that hold many formats: zip, ISO base media, Matroska, compound files.

None of their lengths is trusted: they only move within bytes already read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import SEEK_END
from typing import BinaryIO

TAIL_BYTES = 65_536
"""Of a zip's end: its directory, or the last names of a very long one."""

_ENTRY, _DIRECTORY_END = b"PK\x01\x02", b"PK\x05\x06"
# ODF 1.3 part 2, 3.3, and EPUB OCF 3.3, 4.3: the type is the first entry, stored.
_MIMETYPE_ENTRY = b"mimetype"
_STORED_TYPES = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/epub+zip": "epub",
}
_OPEN_XML_FOLDERS = ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"))


def zip_format(head: bytes, content: BinaryIO) -> str:
    """Tell office documents, NumPy archives and plain zips apart by their entries."""
    if head[2:4] == b"\x05\x06":
        return "zip"  # an empty one: nothing but the directory's end
    if head[2:4] != b"\x03\x04":
        return ""
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    if first == _MIMETYPE_ENTRY:
        start = 38 + int.from_bytes(head[28:30], "little")
        # The next header or a data descriptor, whichever follows, starts with PK.
        stored = head[start : start + 100].partition(b"PK")[0]
        return _STORED_TYPES.get(stored, "zip")
    names = {first, *_entry_names(content)}
    if b"[Content_Types].xml" in names:  # ECMA-376 part 2, 7.2.3.2
        for folder, extension in _OPEN_XML_FOLDERS:
            if any(name.startswith(folder) for name in names):
                return extension
    return "npz" if all(name.endswith(b".npy") for name in names) else "zip"


def _entry_names(content: BinaryIO) -> Iterator[bytes]:
    """Yield the names in the zip's central directory as far as the tail holds it."""
    end = content.seek(0, SEEK_END)
    content.seek(max(0, end - TAIL_BYTES))
    tail = content.read(TAIL_BYTES)
    end = tail.rfind(_DIRECTORY_END)
    size = int.from_bytes(tail[end + 12 : end + 16], "little")
    position = tail.find(_ENTRY, max(0, end - size)) if end >= 0 else -1
    while position >= 0 and tail.startswith(_ENTRY, position):
        name, extra, comment = (
            int.from_bytes(tail[position + at : position + at + 2], "little")
            for at in (28, 30, 32)
        )
        yield tail[position + 46 : position + 46 + name]
        position += 46 + name + extra + comment


_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), "avif"),
    **dict.fromkeys(
        (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), "heic"
    ),
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P "), "m4a"),
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6", b"3gp7", b"3g2a", b"3g2b"), "3gp"),
    **dict.fromkeys((b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6"), "mp4"),
    **dict.fromkeys((b"mp41", b"mp42", b"avc1", b"dash", b"M4V ", b"MSNV"), "mp4"),
    b"qt  ": "mov",
}
# HEIF's brands that leave the codec open: a compatible brand names it.
_ANY_CODEC = {b"mif1", b"mif2", b"msf1"}
# QuickTime files from before `ftyp` open with one of these atoms.
_ATOMS = {b"moov", b"mdat", b"wide", b"pnot"}


def iso_format(head: bytes) -> str:
    """Go by the brands of an ISO base media file (ISO/IEC 14496-12, section 4.3).

    They decide whatever its tracks are: sound alone under `isom` is still `mp4`.
    """
    size, kind = int.from_bytes(head[:4]), head[4:8]
    if kind in _ATOMS and (head[0] == 0 or size <= 1):
        return "mov"
    if kind != b"ftyp" or not 16 <= size <= 4096:
        return ""
    major = head[8:12]
    compatible = [head[at : at + 4] for at in range(16, min(size, len(head)), 4)]
    if major in _ANY_CODEC:
        found = (_BRANDS.get(brand) for brand in compatible)
        return next((name for name in found if name in {"avif", "heic"}), "heif")
    brands = (major, *compatible)
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), "")


# RFC 8794, section 11.2.4: DocType has the id 0x4282; its size is one byte or two.
_DOC_TYPE = re.compile(rb"\x42\x82(?:[\x81-\x8f]|\x40[\x01-\x0f])(webm|matroska)")


def ebml_format(head: bytes, _content: BinaryIO) -> str:
    """Go by the document type, again whatever the tracks are."""
    match = _DOC_TYPE.search(head, 4, 256)
    return {b"webm": "webm", b"matroska": "mkv"}[match[1]] if match else ""


COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage\0".encode("utf-16-le")
_DIRECTORY_BYTES = 8192
"""Read of a compound file's directory, 128 bytes an entry; an encrypted one has ten."""


def compound_format(head: bytes, content: BinaryIO) -> str:
    """Recognise OOXML with a password (MS-OFFCRYPTO, 2.3.4) by its directory (MS-CFB).

    Which of the Office formats it is lies within what is encrypted: `docx` stands for
    all of them. Other compound files, such as those of Office 97, are none of ours.
    """
    shift = int.from_bytes(head[30:32], "little")
    if shift not in {9, 12}:  # MS-CFB 2.2, sector shift of versions 3 and 4
        return ""
    start = (int.from_bytes(head[48:52], "little") + 1) << shift
    if start >= content.seek(0, SEEK_END):
        return ""
    content.seek(start)
    directory = content.read(_DIRECTORY_BYTES)
    entries = range(0, len(directory), 128)
    is_encrypted = any(directory.startswith(_ENCRYPTED_PACKAGE, at) for at in entries)
    return "docx" if is_encrypted else ""
