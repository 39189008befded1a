"""Points spread over triangles, so that surfaces are drawn as clouds are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from artifacts.thumbnails.cloud import Bytes, Cloud, Floats

POINTS = 240_000
"""Spread over all triangles by area: about one for each pixel that a model covers."""
_FARTHEST = 1e15


def sampled(cloud: Cloud, triangles: npt.NDArray[np.int64]) -> Cloud | None:
    """Spread points over triangles (T x 3) between a cloud's points, evenly by area.

    None if they have no area, or lead to points that there are not.
    """
    count = len(cloud.positions)
    triangles = triangles[((triangles >= 0) & (triangles < count)).all(axis=1)]
    # Their squares stay finite, as those of what is not a number do not.
    usable: npt.NDArray[np.bool_] = np.abs(cloud.positions).max(axis=1) < _FARTHEST
    triangles = triangles[usable[triangles].all(axis=1)]
    places = cloud.positions.astype(np.float64)
    a, b, c = (places[triangles[:, corner]] for corner in range(3))
    normals = np.cross(b - a, c - a)
    areas = np.linalg.norm(normals, axis=1)
    ends = np.cumsum(areas)
    if not ends.size or not ends[-1] > 0:
        return None
    numbers = np.arange(POINTS)
    chosen = np.searchsorted(ends, (numbers + 0.5) * (ends[-1] / POINTS))
    corners, share = triangles[chosen], weights(numbers)[:, :, None]
    lit = normals[chosen] / areas[chosen][:, None]
    return Cloud(
        positions=(cloud.positions[corners] * share).sum(axis=1).astype(np.float32),
        colors=_mixed(cloud.colors, corners, share),
        normals=lit.astype(np.float32),
        up=cloud.up,
    )


def weights(numbers: npt.NDArray[np.int64]) -> Floats:
    """Return barycentric weights of an evenly spread sequence (Roberts' R2)."""
    u = np.sqrt((0.5 + numbers * 0.7548776662466927) % 1)
    v = (0.5 + numbers * 0.5698402909980532) % 1
    return np.stack([1 - u, u * (1 - v), u * v], axis=1).astype(np.float32)


def _mixed(
    colors: Bytes | None, corners: npt.NDArray[np.int64], share: Floats
) -> Bytes | None:
    if colors is None:
        return None
    mixed: Bytes = np.rint((colors[corners] * share).sum(axis=1)).astype(np.uint8)
    return mixed
