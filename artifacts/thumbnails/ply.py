"""PLY: the vertices of point clouds, meshes and Gaussian splats.

Format: Greg Turk's PLY, version 1.0, ascii and both binary orders. Splats are told by
the property names of Kerbl et al. (f_dc_0, opacity, scale_0).
"""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from artifacts.thumbnails import ply_faces, surfaces
from artifacts.thumbnails.cloud import (
    Array,
    Bytes,
    Cloud,
    Floats,
    color_of_harmonic,
    sigmoid,
    stride,
)
from artifacts.thumbnails.ply_faces import Triangles
from artifacts.thumbnails.ply_header import Element, Header, read_header
from artifacts.thumbnails.result import Reason, UndrawableError

_CHUNK = 4 * 2**20
_MAX_ASCII_POINTS, _ASCII_LINES = 100_000, 2_000
"""Points drawn of a text file, and lines parsed at once: numbers as text are bulky."""
_MAX_CORNERS = 1_000_000
"""Vertices of a mesh, none of which can be left out."""
_COLOR_SCALES = {"u1": 1.0, "u2": 1 / 257}
"""By type; colours of any other type are bytes, or parts of 1 if none is above it."""


def read(file: BinaryIO) -> Cloud:
    """Read the vertices, thinned out evenly where they are many, or sample the faces."""
    header = read_header(file)
    vertex = header.find("vertex")
    if vertex is None or vertex.has_lists:
        raise UndrawableError(Reason.UNSUPPORTED)
    if not {"x", "y", "z"} <= {each.name for each in vertex.properties}:
        raise UndrawableError(Reason.UNSUPPORTED)
    if vertex.count < 1:
        raise UndrawableError(Reason.DAMAGED)
    cloud, triangles = _elements(file, header, vertex)
    surface = None if triangles is None else surfaces.sampled(cloud, triangles)
    return surface or cloud


def _elements(
    file: BinaryIO, header: Header, vertex: Element
) -> tuple[Cloud, Triangles | None]:
    """Read elements in the file's order, as far as there is something to draw."""
    face = _face(header, vertex)
    triangles = None
    at = header.elements.index(vertex)
    for element in header.elements[:at]:
        found = ply_faces.read(file, element, header.order)
        triangles = found if element is face else triangles
    cloud = _vertices(file, header, vertex, is_whole=face is not None)
    if face is None or triangles is not None:
        return cloud, triangles
    try:
        for element in header.elements[at + 1 : header.elements.index(face) + 1]:
            triangles = ply_faces.read(file, element, header.order)
    except UndrawableError:  # the vertices are whole: they are shown without faces
        return cloud, None
    return cloud, triangles


def _face(header: Header, vertex: Element) -> Element | None:
    """Find the faces, unless there are more than can be drawn, or splats."""
    face = header.find("face")
    most = _MAX_CORNERS if header.order else _MAX_ASCII_POINTS
    if face is None or vertex.count > most or not ply_faces.is_mesh(face):
        return None
    return face


def _vertices(
    file: BinaryIO, header: Header, vertex: Element, *, is_whole: bool
) -> Cloud:
    if header.order:
        step = 1 if is_whole else stride(vertex.count)
        rows = _read_binary(file, vertex, header.order, step)
    else:
        rows = _read_ascii(file, vertex)
    kinds = {each.name: each.kind for each in vertex.properties}
    return _cloud({name: rows[name] for name in kinds}, kinds)


def _read_binary(file: BinaryIO, vertex: Element, order: str, step: int) -> Array:
    dtype = np.dtype([(each.name, order + each.kind) for each in vertex.properties])
    start = file.tell()
    if vertex.count * dtype.itemsize > file.seek(0, 2) - start:
        raise UndrawableError(Reason.DAMAGED)
    file.seek(start)
    # Whole steps in each chunk, so that the stride runs on from one to the next.
    per_chunk = max(1, _CHUNK // (dtype.itemsize * step)) * step
    parts = []
    for first in range(0, vertex.count, per_chunk):
        count = min(per_chunk, vertex.count - first)
        data = file.read(count * dtype.itemsize)
        parts.append(np.frombuffer(data, dtype=dtype, count=count)[::step].copy())
    return np.concatenate(parts)


def _read_ascii(file: BinaryIO, vertex: Element) -> Array:
    """Read text; lines of points that are not drawn are passed over unread."""
    names = [each.name for each in vertex.properties]
    step = -(-vertex.count // _MAX_ASCII_POINTS)
    parts = []
    for first in range(0, vertex.count, step * _ASCII_LINES):
        last = min(first + step * _ASCII_LINES, vertex.count)
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


def _cloud(columns: dict[str, Array], kinds: dict[str, str]) -> Cloud:
    positions = _stack(columns, "x y z")
    if "f_dc_0" in columns and "f_dc_2" in columns:
        return _splats(positions, columns)
    normals = None
    if {"nx", "ny", "nz"} <= columns.keys():
        normals = _unit(_stack(columns, "nx ny nz"))
    return Cloud(positions, _colors(columns, kinds), normals=normals, up=_up(positions))


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


def _colors(columns: dict[str, Array], kinds: dict[str, str]) -> Bytes | None:
    for names in ("red green blue", "diffuse_red diffuse_green diffuse_blue", "r g b"):
        if set(names.split()) <= columns.keys():
            colors = _stack(columns, names)
            scale = _COLOR_SCALES.get(kinds[names.split()[0]])
            if scale is None:
                scale = 255.0 if colors.max() <= 1 else 1.0
            levels = np.nan_to_num(colors * np.float32(scale))
            found: Bytes = np.clip(levels, 0, 255).astype(np.uint8)
            return found
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
