"""Points in space as the readers of SPZ, PLY and GLB hand them to the renderer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Array = npt.NDArray[Any]

MAX_POINTS = 400_000
"""Points that are drawn; of more, every n-th is."""
SH_C0 = 0.28209479177387814
"""The constant spherical harmonic, 1 / (2 sqrt(pi)), which splats scale colours by."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """N points, or N Gaussians if they have `radii`.

    Axes are those of the file: `up` gives the one that points up (x, y, z).
    """

    positions: Floats
    """N x 3."""
    colors: Bytes | None = None
    """N x 3 of sRGB."""
    radii: Floats | None = None
    """N standard deviations, in units of `positions`."""
    opacities: Floats | None = None
    """N, 0 to 1."""
    normals: Floats | None = None
    """N x 3 of length 1; lit if given."""
    up: tuple[int, int, int] = (0, 1, 0)


def stride(count: int) -> int:
    """Return the step that leaves at most `MAX_POINTS` of `count` points."""
    return max(1, -(-count // MAX_POINTS))


def color_of_harmonic(coefficients: Array) -> Bytes:
    """Turn constant coefficients, N x 3, into sRGB bytes."""
    levels = np.nan_to_num(coefficients.astype(np.float32)) * SH_C0 + 0.5
    colors: Bytes = (np.clip(levels, 0, 1) * 255).astype(np.uint8)
    return colors


def sigmoid(values: Array) -> Floats:
    clipped = np.clip(np.nan_to_num(values.astype(np.float32)), -30, 30)
    result: Floats = np.float32(1) / (np.float32(1) + np.exp(-clipped))
    return result
