"""PLY: the vertices of point clouds, meshes and Gaussian splats.

Format: Greg Turk's PLY, version 1.0, ascii and both binary orders. Splats are told by
the property names of Kerbl et al. (f_dc_0, opacity, scale_0).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from artifacts.thumbnails.cloud import (
    Array,
    Bytes,
    Cloud,
    Floats,
    color_of_harmonic,
    sigmoid,
    stride,
)
from artifacts.thumbnails.result import Reason, UndrawableError

_MAX_HEADER = 65_536
_CHUNK = 4 * 2**20
_MAX_ASCII_POINTS, _ASCII_LINES = 100_000, 2_000
"""Points drawn of a text file, and lines parsed at once: numbers as text are bulky."""
_TYPES = {
    "char": "i1",
    "int8": "i1",
    "uchar": "u1",
    "uint8": "u1",
    "short": "i2",
    "int16": "i2",
    "ushort": "u2",
    "uint16": "u2",
    "int": "i4",
    "int32": "i4",
    "uint": "u4",
    "uint32": "u4",
    "float": "f4",
    "float32": "f4",
    "double": "f8",
    "float64": "f8",
}
_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": ""}


@dataclass(frozen=True, slots=True)
class _Header:
    order: str
    """`<`, `>` or, for text, nothing."""
    count: int
    properties: tuple[tuple[str, str], ...]
    """Name and type of each property of a vertex."""


def read(file: BinaryIO) -> Cloud:
    """Read the vertices, thinned out evenly where they are many."""
    header = _read_header(file)
    if not {"x", "y", "z"} <= {name for name, _ in header.properties}:
        raise UndrawableError(Reason.UNSUPPORTED)
    if header.count < 1:
        raise UndrawableError(Reason.DAMAGED)
    rows = _read_binary(file, header) if header.order else _read_ascii(file, header)
    return _cloud({name: rows[name] for name, _ in header.properties})


def _read_header(file: BinaryIO) -> _Header:
    lines = _header_lines(file)
    if lines[0] != ["ply"] or len(lines) < 3 or lines[1][:1] != ["format"]:
        raise UndrawableError(Reason.DAMAGED)
    try:
        order = _ORDERS[lines[1][1]]
        count, properties = _vertex_element(lines[2:])
    except (KeyError, IndexError, ValueError) as error:
        raise UndrawableError(Reason.DAMAGED) from error
    if len(properties) != len(dict(properties)) or len(properties) > 512:
        raise UndrawableError(Reason.DAMAGED)
    return _Header(order, count, properties)


def _header_lines(file: BinaryIO) -> list[list[str]]:
    head = b""
    lines: list[list[str]] = []
    while len(head) < _MAX_HEADER:
        line = file.readline(4096)
        head += line
        words = line.decode("latin-1").split()
        if words == ["end_header"]:
            return lines
        if words and words[0] not in {"comment", "obj_info"}:
            lines.append(words)
        if not line:
            break
    raise UndrawableError(Reason.DAMAGED)


def _vertex_element(
    lines: list[list[str]],
) -> tuple[int, tuple[tuple[str, str], ...]]:
    """Find the vertices, which must come first, as they do in practice."""
    element = lines[0]
    if element[0] != "element" or element[1] != "vertex":
        raise UndrawableError(Reason.UNSUPPORTED)
    properties = []
    for words in lines[1:]:
        if words[0] != "property":
            break
        if words[1] == "list":
            raise UndrawableError(Reason.UNSUPPORTED)
        properties.append((words[2], _TYPES[words[1]]))
    return int(element[2]), tuple(properties)


def _read_binary(file: BinaryIO, header: _Header) -> Array:
    dtype = np.dtype([(name, header.order + kind) for name, kind in header.properties])
    start = file.tell()
    if header.count * dtype.itemsize > file.seek(0, 2) - start:
        raise UndrawableError(Reason.DAMAGED)
    file.seek(start)
    step = stride(header.count)
    # Whole steps in each chunk, so that the stride runs on from one to the next.
    per_chunk = max(1, _CHUNK // (dtype.itemsize * step)) * step
    parts = []
    for first in range(0, header.count, per_chunk):
        count = min(per_chunk, header.count - first)
        data = file.read(count * dtype.itemsize)
        parts.append(np.frombuffer(data, dtype=dtype, count=count)[::step].copy())
    return np.concatenate(parts)


def _read_ascii(file: BinaryIO, header: _Header) -> Array:
    """Read text; lines of points that are not drawn are passed over unread."""
    names = [name for name, _ in header.properties]
    step = -(-header.count // _MAX_ASCII_POINTS)
    parts = []
    for first in range(0, header.count, step * _ASCII_LINES):
        last = min(first + step * _ASCII_LINES, header.count)
        lines = [_line(file) for _ in range(first, last)][::step]
        try:
            values = np.array(b" ".join(lines).split(), dtype=np.float64)
            parts.append(values.reshape(len(lines), len(names)))
        except ValueError as error:
            raise UndrawableError(Reason.DAMAGED) from error
    table: Array = np.concatenate(parts)
    return table.view([(name, "f8") for name in names])[:, 0]


def _line(file: BinaryIO) -> bytes:
    line = file.readline(4096)
    if not line:
        raise UndrawableError(Reason.DAMAGED)
    return line


def _cloud(columns: dict[str, Array]) -> Cloud:
    positions = _stack(columns, "x y z")
    if "f_dc_0" in columns and "f_dc_2" in columns:
        return _splats(positions, columns)
    normals = None
    if {"nx", "ny", "nz"} <= columns.keys():
        normals = _unit(_stack(columns, "nx ny nz"))
    return Cloud(positions, _colors(columns), normals=normals, up=_up(positions))


def _splats(positions: Floats, columns: dict[str, Array]) -> Cloud:
    radii = opacities = None
    if {"scale_0", "scale_1", "scale_2"} <= columns.keys():
        scales = np.clip(_stack(columns, "scale_0 scale_1 scale_2"), -30, 30)
        radii = np.exp(scales).mean(axis=1)
    if "opacity" in columns:
        opacities = sigmoid(columns["opacity"])
    # Trained on photographs by COLMAP's camera: right, down, front.
    return Cloud(
        positions=positions,
        colors=color_of_harmonic(_stack(columns, "f_dc_0 f_dc_1 f_dc_2")),
        radii=radii,
        opacities=opacities,
        up=(0, -1, 0),
    )


def _colors(columns: dict[str, Array]) -> Bytes | None:
    for names in ("red green blue", "diffuse_red diffuse_green diffuse_blue", "r g b"):
        if set(names.split()) <= columns.keys():
            colors = _stack(columns, names)
            if colors.max() <= 1:
                colors = colors * 255
            return np.clip(np.nan_to_num(colors), 0, 255).astype(np.uint8)
    return None


def _stack(columns: dict[str, Array], names: str) -> Floats:
    stacked: Floats = np.stack(
        [columns[name].astype(np.float32) for name in names.split()], axis=1
    )
    return stacked


def _unit(vectors: Floats) -> Floats | None:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths == 0).mean() > 0.5:
        return None
    unit: Floats = vectors / np.maximum(lengths, 1e-12)
    return unit


def _up(positions: Floats) -> tuple[int, int, int]:
    """Guess: scans lie flat with z up, models stand with y up."""
    finite = positions[np.isfinite(positions).all(axis=1)]
    if not finite.size:
        return (0, 1, 0)
    low, high = np.percentile(finite, (2, 98), axis=0)
    extents = high - low
    return (0, 0, 1) if extents[2] < 0.7 * min(extents[0], extents[1]) else (0, 1, 0)
