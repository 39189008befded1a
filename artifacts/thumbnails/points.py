"""Point clouds, Gaussian splats and meshes: a shaded view from above and aside.

Orthographic. Every point is a disc, the nearest one wins; edges in depth are darkened
(eye-dome lighting, Boucheny 2009), so that shapes stand out without normals.
"""

from __future__ import annotations

import math
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from artifacts.thumbnails import canvas, glb, ply, spz
from artifacts.thumbnails.cloud import Bytes, Cloud, Floats
from artifacts.thumbnails.result import Reason, UndrawableError

_READERS = {"spz": spz.read, "ply": ply.read, "glb": glb.read}
_OVERSAMPLING = 2
_YAW, _PITCH = math.radians(35), math.radians(24)
_FILLED = 0.88
"""Part of the picture's side that the view takes at most."""
_LEAST_OPACITY = 0.25
_RADII = (1, 2, 3, 5, 8, 12)
"""Discs, in pixels of the oversampled picture, to which splats are rounded."""
_SLOPE = 26.0
"""Strength of the darkening: larger draws harder edges."""
_LOW_COLOR = np.array((67, 56, 202), dtype=np.float32)
_HIGH_COLOR = np.array((45, 212, 191), dtype=np.float32)
"""Of clouds without colours, from the lowest point to the highest."""
_GROUND = canvas.NIGHT
_SIGMAS = 1.3
"""Standard deviations of a Gaussian that its disc covers."""
_DENSE = 2
"""Index in `_RADII` up to which points are so close that they make a surface."""
_LIGHT = np.array((-0.46, 0.66, 0.59), dtype=np.float32)
"""From the upper left, in front."""
_Ranks = npt.NDArray[np.int32]


def draw(file: BinaryIO, *, side: int, format: str) -> Image.Image:
    """Draw the points in their own colours on an opaque dark ground, `side` square."""
    cloud = _visible(_READERS[format](file))
    return _render(cloud, side * _OVERSAMPLING).reduce(_OVERSAMPLING)


def _visible(cloud: Cloud) -> Cloud:
    """Leave out what is not finite or hardly opaque."""
    keep = np.isfinite(cloud.positions).all(axis=1)
    keep &= (np.abs(cloud.positions) < 1e15).all(axis=1)
    if cloud.opacities is not None:
        opaque = keep & (cloud.opacities >= _LEAST_OPACITY)
        keep = opaque if opaque.any() else keep
    if not keep.any():
        raise UndrawableError(Reason.DAMAGED)
    return Cloud(
        positions=cloud.positions[keep],
        colors=None if cloud.colors is None else cloud.colors[keep],
        radii=None if cloud.radii is None else cloud.radii[keep],
        normals=None if cloud.normals is None else cloud.normals[keep],
        up=cloud.up,
    )


def _view(up: tuple[int, int, int]) -> Floats:
    """Return the rotation whose rows are the view's right, up and towards the eye."""
    vertical = np.array(up, dtype=np.float64)
    # Where y points down, what is in front lies the other way round too.
    front = np.array((0.0, -1.0, 0.0) if up[2] else (0.0, 0.0, up[1]))
    right = np.cross(vertical, front)
    eye = math.cos(_YAW) * front + math.sin(_YAW) * right
    eye = math.cos(_PITCH) * eye + math.sin(_PITCH) * vertical
    side = np.cross(vertical, eye)
    side /= np.linalg.norm(side)
    return np.stack([side, np.cross(eye, side), eye]).astype(np.float32)


def _render(cloud: Cloud, side: int) -> Image.Image:
    rotation = _view(cloud.up)
    seen = cloud.positions @ rotation.T
    center, extent = _frame(seen)
    scale = side * _FILLED / extent
    place = (seen - center) * np.float32(scale)
    columns = np.rint(side / 2 + place[:, 0]).astype(np.int64)
    rows = np.rint(side / 2 - place[:, 1]).astype(np.int64)
    inside = (columns >= 0) & (columns < side) & (rows >= 0) & (rows < side)
    # Far to near, so that of the points of one pixel the nearest is written last.
    order = np.flatnonzero(inside)
    order = order[np.argsort(place[order, 2], kind="stable")]
    pixels = rows[order] * side + columns[order]
    typical = _typical_radius(pixels, side)
    ranks = _splat(pixels, _discs(cloud, order, scale, typical), side)
    if typical <= _DENSE:
        ranks = _close(ranks)
    colors = _colors(cloud, seen, rotation)[order]
    return _shade(ranks, colors, place[order, 2], side)


def _frame(seen: Floats) -> tuple[Floats, float]:
    """Return the middle and the extent of what is shown, without far outliers."""
    low, high = np.percentile(seen, (1, 99), axis=0).astype(np.float32)
    margin = (high - low) * np.float32(0.06)
    extent = float(max((high - low + 2 * margin)[:2].max(), 1e-9))
    return (low + high) / 2, extent


def _discs(
    cloud: Cloud, order: npt.NDArray[np.intp], scale: float, typical: int
) -> npt.NDArray[np.intp]:
    """Choose the index in `_RADII` of each point's disc."""
    if cloud.radii is None:
        return np.full(order.size, typical, dtype=np.intp)
    pixels = np.nan_to_num(cloud.radii[order] * np.float32(scale * _SIGMAS))
    found: npt.NDArray[np.intp] = np.searchsorted(np.array(_RADII[:-1]), pixels)
    return np.maximum(found, typical - 1)


def _typical_radius(pixels: npt.NDArray[np.int64], side: int) -> int:
    """Choose the index in `_RADII` with which points just cover what they lie on."""
    cell = side // 32
    rows, columns = pixels // side // cell, pixels % side // cell
    covered = np.unique(rows * 33 + columns).size * cell * cell
    # Half of the points are behind others; three discs over each pixel leave few holes.
    radius = math.sqrt(3 * covered / (math.pi * 0.5 * pixels.size))
    most = _DENSE + 2 if pixels.size > 2000 else _DENSE + 1
    return min(int(np.searchsorted(np.array(_RADII), radius)), most)


def _splat(
    pixels: npt.NDArray[np.int64], discs: npt.NDArray[np.intp], side: int
) -> _Ranks:
    """Return for each pixel the rank, by nearness, of the point seen there, or -1."""
    ranks = np.full((side, side), -1, dtype=np.int32)
    numbers = np.arange(pixels.size, dtype=np.int32)
    for index, radius in enumerate(_RADII):
        chosen = discs == index
        if not chosen.any():
            continue
        layer = np.full(side * side, -1, dtype=np.int32)
        layer[pixels[chosen]] = numbers[chosen]
        np.maximum(ranks, _spread(layer.reshape(side, side), radius), out=ranks)
    return ranks


def _spread(layer: _Ranks, radius: int) -> _Ranks:
    """Grow every point to a disc: the greatest rank within `radius` wins."""
    padded = np.pad(layer, radius, constant_values=-1)
    height, width = layer.shape
    result = layer.copy()
    for dy in range(-radius, radius + 1):
        reach = int(math.sqrt((radius + 0.4) ** 2 - dy * dy))
        band = padded[radius + dy : radius + dy + height]
        for dx in range(-reach, reach + 1):
            np.maximum(result, band[:, radius + dx : radius + dx + width], out=result)
    return result


def _close(ranks: _Ranks) -> _Ranks:
    """Fill holes of a few pixels, through which the back of a surface would be seen.

    Morphological closing: the greatest rank around each pixel, then the least of those.
    """
    grown = _extreme(ranks, np.maximum)
    return _extreme(grown, np.minimum)


def _extreme(ranks: _Ranks, choose: np.ufunc) -> _Ranks:
    """Take the extreme of the square of five pixels around each one."""
    for axis in (0, 1):
        padded = np.pad(
            ranks, [(2, 2) if each == axis else (0, 0) for each in (0, 1)], mode="edge"
        )
        ranks = padded.take(range(ranks.shape[axis]), axis)
        for offset in range(1, 5):
            shifted = range(offset, offset + ranks.shape[axis])
            ranks = choose(ranks, padded.take(shifted, axis))
    return ranks


def _colors(cloud: Cloud, seen: Floats, rotation: Floats) -> Floats:
    """Return N x 3 colours, 0 to 255, lit from the upper left where there are normals."""
    if cloud.colors is not None:
        colors = cloud.colors.astype(np.float32)
    else:
        low, high = np.percentile(seen[:, 1], (1, 99))
        part = np.clip((seen[:, 1:2] - low) / (high - low or 1), 0, 1)
        colors = _LOW_COLOR + (_HIGH_COLOR - _LOW_COLOR) * part.astype(np.float32)
    if cloud.normals is None:
        return colors
    normals = cloud.normals @ rotation.T
    # Winding and normals are often the wrong way round: what is seen faces the eye.
    normals *= np.where(normals[:, 2:] < 0, np.float32(-1), np.float32(1))
    diffuse = np.clip(0.35 + 0.65 * (normals @ _LIGHT), 0, 1)
    lit: Floats = colors * (0.3 + 0.78 * diffuse[:, None]).astype(np.float32)
    return lit


def _shade(ranks: _Ranks, colors: Floats, depths: Floats, side: int) -> Image.Image:
    """Colour the pixels, darkened by how much nearer their neighbours are."""
    is_drawn = ranks >= 0
    nearness = np.where(is_drawn, depths[ranks] / side, -10).astype(np.float32)
    shade = np.zeros((side, side), dtype=np.float32)
    reach = 2
    padded = np.pad(nearness, reach, mode="edge")
    for dy, dx in (
        (0, 2),
        (2, 0),
        (0, -2),
        (-2, 0),
        (1, 1),
        (1, -1),
        (-1, 1),
        (-1, -1),
    ):
        rows = slice(reach + dy, reach + dy + side)
        near = padded[rows, reach + dx : reach + dx + side]
        shade += np.clip(near - nearness, 0, 0.1)
    light = np.exp(-_SLOPE / 8 * shade)[..., None]
    picture = np.empty((side, side, 3), dtype=np.uint8)
    picture[:] = _GROUND
    lit = np.clip(colors[ranks] * light, 0, 255).astype(np.uint8)
    picture[is_drawn] = lit[is_drawn]
    shaded: Bytes = picture
    return Image.fromarray(shaded)
