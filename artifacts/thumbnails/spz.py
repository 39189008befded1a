"""SPZ, the packed Gaussian splats of Niantic: versions 1 to 3 (gzip) and 4 (zstd).

Layout: github.com/nianticlabs/spz, README. Attributes follow each other as whole
columns, least significant byte first; spherical harmonics come last and are not read.
"""

from __future__ import annotations

import gzip
import io
import struct
import sys
import zlib
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdDecompressor, ZstdError
else:
    from backports.zstd import ZstdDecompressor, ZstdError

from artifacts.thumbnails.cloud import Array, Cloud, Floats, color_of_harmonic, stride
from artifacts.thumbnails.result import Reason, UndrawableError

MAX_COUNT = 12_000_000
"""Gaussians whose columns, of up to 20 bytes, fit into the memory of the child."""
_MAGIC = 0x5053474E
_HEADER = struct.Struct("<IIIBBBB")
_HEADER_4 = struct.Struct("<IIIBBBBI12x")
_STREAM = struct.Struct("<QQ")
_COLOR_SCALE = 0.15


@dataclass(frozen=True, slots=True)
class _Header:
    version: int
    count: int
    fraction_bits: int

    @property
    def widths(self) -> tuple[int, int, int, int]:
        """Bytes of one Gaussian's position, opacity, colour and scale."""
        return (6 if self.version == 1 else 9, 1, 3, 3)


def read(file: BinaryIO) -> Cloud:
    """Read the Gaussians; their y axis points up (right, up, back)."""
    head = file.read(4)
    file.seek(0)
    try:
        columns = _read_4(file) if head == b"NGSP" else _read_gzip(file)
    except (zlib.error, EOFError, gzip.BadGzipFile, ZstdError) as error:
        raise UndrawableError(Reason.DAMAGED) from error
    return _cloud(*columns)


def _check(magic: int, version: int, count: int, fraction_bits: int) -> _Header:
    if magic != _MAGIC or fraction_bits > 23 or count == 0:
        raise UndrawableError(Reason.DAMAGED)
    if version not in {1, 2, 3, 4}:
        raise UndrawableError(Reason.UNSUPPORTED)
    if count > MAX_COUNT:
        raise UndrawableError(Reason.TOO_LARGE)
    return _Header(version, count, fraction_bits)


def _read_gzip(file: BinaryIO) -> tuple[_Header, list[bytes]]:
    with gzip.GzipFile(fileobj=file) as stream:
        fields = _unpack(_HEADER, stream.read(_HEADER.size))
        magic, version, count, _, fraction_bits, _, _ = fields
        header = _check(magic, version, count, fraction_bits)
        if header.version > 3:
            raise UndrawableError(Reason.UNSUPPORTED)
        return header, [stream.read(width * header.count) for width in header.widths]


def _read_4(file: BinaryIO) -> tuple[_Header, list[bytes]]:
    fields = _unpack(_HEADER_4, file.read(_HEADER_4.size))
    magic, version, count, _, fraction_bits, _, streams, start = fields
    header = _check(magic, version, count, fraction_bits)
    if streams < len(header.widths):
        raise UndrawableError(Reason.DAMAGED)
    file.seek(start)
    table = file.read(_STREAM.size * streams)
    sizes = [_unpack(_STREAM, table[i * 16 : i * 16 + 16])[0] for i in range(streams)]
    position = start + len(table)
    columns = []
    for width, size in zip(header.widths, sizes, strict=False):
        file.seek(position)
        columns.append(_unpack_zstd(file, size, width * header.count))
        position += size
    return header, columns


def _unpack_zstd(file: BinaryIO, size: int, length: int) -> bytes:
    """Decompress at most `length` bytes of the `size` that follow."""
    # Windows of more than 128 MiB are refused, as zstd's own tools do unasked.
    decompressor = ZstdDecompressor()
    found = io.BytesIO()
    while found.tell() < length and not decompressor.eof:
        data = file.read(min(size, 1 << 16))
        if not data:
            break
        size -= len(data)
        found.write(decompressor.decompress(data, length - found.tell()))
    return found.getvalue()


def _unpack(layout: struct.Struct, data: bytes) -> tuple[int, ...]:
    if len(data) < layout.size:
        raise UndrawableError(Reason.DAMAGED)
    return layout.unpack(data)


def _cloud(header: _Header, columns: list[bytes]) -> Cloud:
    step = stride(header.count)
    positions, opacities, colors, scales = (
        _rows(column, header.count, width)[::step]
        for column, width in zip(columns, header.widths, strict=True)
    )
    harmonics = (colors.astype(np.float32) / 255 - 0.5) / _COLOR_SCALE
    radii = np.exp(scales.astype(np.float32) / 16 - 10).mean(axis=1)
    return Cloud(
        positions=_positions(positions, header),
        colors=color_of_harmonic(harmonics),
        radii=radii,
        opacities=opacities[:, 0].astype(np.float32) / np.float32(255),
    )


def _rows(column: bytes, count: int, width: int) -> Array:
    if len(column) < count * width:
        raise UndrawableError(Reason.DAMAGED)
    return np.frombuffer(column, dtype=np.uint8).reshape(count, width)


def _positions(rows: Array, header: _Header) -> Floats:
    """Read half floats (version 1) or signed 24-bit fixed point."""
    rows = np.ascontiguousarray(rows)
    if header.version == 1:
        return rows.view("<f2").astype(np.float32)
    parts = rows.reshape(-1, 3, 3).astype(np.int32)
    # The highest byte is shifted to the sign bit and back, which extends the sign.
    fixed = parts[:, :, 0] | parts[:, :, 1] << 8 | parts[:, :, 2] << 24 >> 8
    return fixed.astype(np.float32) / np.float32(1 << header.fraction_bits)
