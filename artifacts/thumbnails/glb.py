"""GLB: points on the surfaces of a scene's meshes, in the colours of its materials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from artifacts.thumbnails import gltf, surfaces, textures
from artifacts.thumbnails.cloud import Array, Bytes, Cloud, Floats, stride
from artifacts.thumbnails.result import Reason, UndrawableError

_MAX_ELEMENTS = 6_000_000
"""Vertices, and corners of triangles, of the whole scene."""
_POINTS, _TRIANGLES, _STRIP, _FAN = 0, 4, 5, 6
_CLAY = np.full(3, 0.6, dtype=np.float32)
"""Linear, of what has no colour: on white, shades would be lost."""
_MALFORMED = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
_Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Part:
    """One primitive, in the scene's space, and the mode it is drawn in."""

    mode: int
    positions: Floats
    colors: Floats
    """V x 3, linear."""
    triangles: _Indices
    """T x 3."""
    texture: textures.Texture | None
    uv: Floats


def read(file: BinaryIO) -> Cloud:
    """Sample the scene's triangles, or take its points; the y axis points up."""
    document = gltf.read_document(file)
    try:
        parts = _parts(document)
        solids = [part for part in parts if part.triangles.size]
        if solids:
            return _sampled(solids)
        points = [part for part in parts if part.mode == _POINTS]
        if points:
            return _joined(points)
    except _MALFORMED as error:
        raise UndrawableError(Reason.DAMAGED) from error
    raise UndrawableError(Reason.UNSUPPORTED)


def _parts(document: gltf.Document) -> list[_Part]:
    library = textures.Library(document)
    meshes = document.list_of("meshes")
    parts = []
    elements = 0
    for index, matrix in gltf.placed_meshes(document):
        for primitive in meshes[index]["primitives"]:
            part = _part(document, library, primitive, matrix)
            elements += len(part.positions) + part.triangles.size
            if elements > _MAX_ELEMENTS:
                raise UndrawableError(Reason.TOO_LARGE)
            parts.append(part)
    return parts


def _part(
    document: gltf.Document,
    library: textures.Library,
    primitive: dict[str, Any],
    matrix: npt.NDArray[np.float64],
) -> _Part:
    if gltf.COMPRESSED & set(primitive.get("extensions", ())):
        raise UndrawableError(Reason.UNSUPPORTED)
    attributes = primitive["attributes"]
    local = document.accessor(attributes["POSITION"]).astype(np.float32)
    positions = (local @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32)
    mode = primitive.get("mode", _TRIANGLES)
    material = library.material(primitive.get("material"))
    is_plain = not {"material", "COLOR_0"} & {*primitive, *attributes}
    colors = np.broadcast_to(_CLAY if is_plain else material.color, positions.shape)
    if "COLOR_0" in attributes:
        own = document.accessor(attributes["COLOR_0"])[:, :3].astype(np.float32)
        colors = colors * own
    uv = np.zeros((len(positions), 2), dtype=np.float32)
    if material.texture is not None and material.uv_name in attributes:
        uv = document.accessor(attributes[material.uv_name]).astype(np.float32)
    if not len(positions) == len(colors) == len(uv):
        raise UndrawableError(Reason.DAMAGED)
    triangles = _triangles(document, primitive, mode, len(positions))
    texture = material.texture if material.uv_name in attributes else None
    return _Part(mode, positions, colors, triangles, texture, uv)


def _triangles(
    document: gltf.Document, primitive: dict[str, Any], mode: int, count: int
) -> _Indices:
    if "indices" in primitive:
        order = document.accessor(primitive["indices"])[:, 0].astype(np.int64)
    else:
        order = np.arange(count, dtype=np.int64)
    if order.max() >= count:
        raise UndrawableError(Reason.DAMAGED)
    if mode == _TRIANGLES:
        return order[: len(order) // 3 * 3].reshape(-1, 3)
    if mode == _STRIP:
        return np.stack([order[:-2], order[1:-1], order[2:]], axis=1)
    if mode == _FAN:
        first = np.broadcast_to(order[0], len(order) - 2)
        return np.stack([first, order[1:-1], order[2:]], axis=1)
    return np.empty((0, 3), dtype=np.int64)


def _sampled(parts: list[_Part]) -> Cloud:
    """Spread points over the triangles of all parts, evenly by area."""
    normals = [_normals(part) for part in parts]
    areas = [np.linalg.norm(normal, axis=1) for normal in normals]
    ends = np.cumsum(np.nan_to_num(np.concatenate(areas), posinf=0.0), dtype=np.float64)
    if not ends[-1] > 0:
        raise UndrawableError(Reason.DAMAGED)
    numbers = np.arange(surfaces.POINTS)
    chosen = np.searchsorted(ends, (numbers + 0.5) * (ends[-1] / surfaces.POINTS))
    weights = surfaces.weights(numbers)
    first = 0
    positions, colors, lit = [], [], []
    for part, normal in zip(parts, normals, strict=True):
        mine = (chosen >= first) & (chosen < first + len(normal))
        triangles = chosen[mine] - first
        first += len(normal)
        corners, share = part.triangles[triangles], weights[mine][:, :, None]
        positions.append((part.positions[corners] * share).sum(axis=1))
        colors.append(_part_colors(part, corners, share))
        lit.append(normal[triangles])
    joined = np.concatenate(lit)
    joined /= np.maximum(np.linalg.norm(joined, axis=1, keepdims=True), 1e-30)
    return Cloud(
        positions=np.concatenate(positions).astype(np.float32),
        colors=np.concatenate(colors),
        normals=joined.astype(np.float32),
    )


def _normals(part: _Part) -> Floats:
    """Return the triangles' normals; their lengths are twice the areas."""
    a, b, c = (part.positions[part.triangles[:, corner]] for corner in range(3))
    normals: Floats = np.cross(b - a, c - a)
    return normals


def _part_colors(part: _Part, corners: _Indices, share: Floats) -> Bytes:
    linear = (part.colors[corners] * share).sum(axis=1)
    if part.texture is not None:
        linear = linear * part.texture.at((part.uv[corners] * share).sum(axis=1))
    return textures.to_srgb(linear)


def _joined(parts: list[_Part]) -> Cloud:
    positions = np.concatenate([part.positions for part in parts])
    colors: Array = np.concatenate([part.colors for part in parts])
    step = stride(len(positions))
    return Cloud(positions[::step], textures.to_srgb(colors[::step]))
