"""MPEG audio, which has no signature: eleven set bits, then a header that must hold."""

from __future__ import annotations

from collections.abc import Callable
from io import SEEK_END
from typing import BinaryIO

_HEADER_BYTES = 7
"""Of ADTS; an MPEG audio header is the first four of as many."""
_ID3_VERSIONS = {b"\x02", b"\x03", b"\x04"}
# ISO/IEC 11172-3 and 13818-3, table "bitrate_index", in kbit/s for indexes 1 to 14.
_BITRATES = {
    (True, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44_100, 48_000, 32_000)
# Version bits → divisor of the rate: MPEG-1, MPEG-2, and MPEG-2.5 (no ISO number).
_DIVISORS = {3: 1, 2: 2, 0: 4}


def mpeg_format(head: bytes, content: BinaryIO) -> str:
    """Accept MPEG layers I to III: a frame that another one or the file's end follows."""
    size = _mpeg_frame_bytes(head)
    return "mp3" if size and _follows(head, size, content, _mpeg_frame_bytes) else ""


def adts_format(head: bytes, content: BinaryIO) -> str:
    """Accept AAC in ADTS (ISO/IEC 14496-3, 1.A.2.2), likewise."""
    size = _adts_frame_bytes(head)
    return "aac" if size and _follows(head, size, content, _adts_frame_bytes) else ""


def id3_format(head: bytes, content: BinaryIO) -> str:
    """Skip an ID3v2 tag (its size is 28 bits, 7 to a byte) and look at what it tags."""
    size = head[6:10]
    if head[3:4] not in _ID3_VERSIONS or len(size) < 4 or max(size) > 0x7F:
        return ""
    length = size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3]
    content.seek(10 + length)
    tagged = content.read(_HEADER_BYTES)
    if tagged.startswith(b"fLaC"):
        return "flac"
    return "aac" if _adts_frame_bytes(tagged) else "mp3"


def _mpeg_frame_bytes(header: bytes) -> int:
    """Return how long the frame is that such a header opens, 0 if it is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    bitrate, rate, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or layer == 4 or bitrate in {0, 15} or rate == 3:
        return 0
    bits = _BITRATES[version == 3, layer][bitrate - 1] * 1000
    hertz = _RATES[rate] // _DIVISORS[version]
    if layer == 1:
        return (12 * bits // hertz + padding) * 4
    samples = 576 if layer == 3 and version != 3 else 1152
    return samples // 8 * bits // hertz + padding


def _adts_frame_bytes(header: bytes) -> int:
    """Return the same for ADTS: twelve set bits, layer 0, a known sampling rate."""
    if len(header) < _HEADER_BYTES or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
        return 0
    if header[2] >> 2 & 0xF > 12:
        return 0
    size = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return size if size > _HEADER_BYTES else 0


def _follows(
    head: bytes, size: int, content: BinaryIO, frame_bytes: Callable[[bytes], int]
) -> bool:
    """Tell whether a like frame, an ID3v1 tag or nothing comes after the first one."""
    content.seek(size)
    following = content.read(_HEADER_BYTES)
    if following[:3] in {b"", b"TAG"}:
        return content.seek(0, SEEK_END) >= size
    # Within a stream the version, the layer and the sampling rate stay the same.
    alike = following[1:2] == head[1:2] and (following[2] ^ head[2]) & 0x0C == 0
    return alike and frame_bytes(following) > 0
