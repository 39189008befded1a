from __future__ import annotations

import io
import struct

import pytest

from artifacts.media_types import sniff
from tests import media


def extension_of(content: bytes) -> str:
    return sniff(io.BytesIO(content)).extension


def tag(size: int, version: int = 4) -> bytes:
    """Return an ID3v2 tag of `size` bytes after its header."""
    parts = [size >> shift & 0x7F for shift in (21, 14, 7, 0)]
    return struct.pack(">3sBBB4B", b"ID3", version, 0, 0, *parts) + bytes(size)


def frames(header: str, size: int, count: int = 2) -> bytes:
    return (bytes.fromhex(header) + bytes(size - 4)) * count


@pytest.mark.parametrize(
    ("header", "size"),
    [
        ("fffb9064", 417),  # MPEG-1 layer III, 128 kbit/s at 44.1 kHz
        ("fffb9264", 418),  # the same, padded
        ("fff38064", 208),  # MPEG-2 layer III, 64 kbit/s at 22.05 kHz
        ("ffe318c4", 72),  # MPEG-2.5 layer III, 8 kbit/s at 8 kHz
        ("fffda400", 576),  # MPEG-1 layer II, 192 kbit/s at 48 kHz
        ("ffff4400", 128),  # MPEG-1 layer I, 128 kbit/s at 48 kHz
    ],
)
@pytest.mark.parametrize("count", [1, 2, 20])
def test_mpeg_format__frames(header: str, size: int, count: int) -> None:
    assert extension_of(frames(header, size, count)) == "mp3"


def test_mpeg_format__followed_by_id3v1() -> None:
    assert extension_of(frames("fffb9064", 417, 1) + b"TAG" + bytes(125)) == "mp3"


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfb",
        b"\xff\xfb\x90\x64",
        frames("fffb9064", 417, 1) + bytes(100),
        frames("fffb9064", 416),
        frames("fffb9064", 417, 1) + frames("fff38064", 208, 1),
        frames("fffb9064", 417, 1)[:-1],
        frames("fffbf064", 417),  # a bitrate, a sampling rate, a version, a layer
        frames("fffb9c64", 417),  # that the standard does not have
        frames("ffeb9064", 417),
        frames("fff99064", 417),
    ],
)
def test_mpeg_format__sync_is_not_enough(content: bytes) -> None:
    assert extension_of(content) == "bin"


def test_adts_format__frames() -> None:
    assert extension_of(media.clip("adts", "", "aac")) == "aac"
    assert extension_of(b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(100)) == "bin"
    assert extension_of(b"\xff\xf1\x7c\x80\x02\x1f\xfc" * 2) == "bin"


@pytest.mark.parametrize("size", [0, 100, 200_000])
@pytest.mark.parametrize(
    ("extension", "content"),
    [
        ("mp3", media.clip("mp3", "", "libmp3lame")),
        ("aac", media.clip("adts", "", "aac")),
        ("flac", media.clip("flac", "", "flac")),
    ],
)
def test_id3_format__goes_by_what_is_tagged(
    size: int, extension: str, content: bytes
) -> None:
    assert extension_of(tag(size) + content) == extension


@pytest.mark.parametrize(
    "content", [tag(0, version=9), b"ID3\x04\0\0\x80\0\0\0", b"ID3\4"]
)
def test_id3_format__impossible_tag(content: bytes) -> None:
    assert extension_of(content) == "bin"
