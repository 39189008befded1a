"""Numbers as colours: a sequential, a diverging and a two-valued scale."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
_Floats = npt.NDArray[np.float32]

NOT_A_NUMBER = (203, 213, 225)
_SEQUENTIAL = (
    (24, 18, 62),
    (55, 40, 130),
    (52, 86, 170),
    (30, 130, 168),
    (32, 170, 145),
    (104, 201, 105),
    (190, 222, 72),
    (253, 238, 120),
)
"""Dark to light, so that it reads the same in grey."""
_DIVERGING = (
    (24, 60, 140),
    (66, 124, 200),
    (150, 194, 232),
    (246, 246, 246),
    (240, 172, 140),
    (208, 88, 80),
    (134, 24, 52),
)
"""Blue below zero, white at zero, red above."""
_STEPS = 256


def _table(anchors: tuple[tuple[int, int, int], ...]) -> Bytes:
    positions = np.linspace(0, len(anchors) - 1, _STEPS)
    columns = [
        np.interp(positions, np.arange(len(anchors)), [anchor[i] for anchor in anchors])
        for i in range(3)
    ]
    return np.stack(columns, axis=1).round().astype(np.uint8)


_TABLES = {False: _table(_SEQUENTIAL), True: _table(_DIVERGING)}


def numbers(array: npt.NDArray[Any]) -> _Floats:
    """Turn any numeric array into finite-or-NaN floats; complex ones by magnitude."""
    if array.dtype.kind == "c":
        array = np.abs(array)
    # Infinities would make every range infinite; half a float's range cannot overflow.
    values = array.astype(np.float64)
    values[~np.isfinite(values)] = np.nan
    peak = float(np.nanmax(np.abs(values), initial=0.0))
    if peak > 1e30:
        values /= peak
    return values.astype(np.float32)


def limits(values: _Floats) -> tuple[float, float]:
    """Return the range that is shown: percentiles 1 to 99, against outliers."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return 0.0, 1.0
    low, high = (float(edge) for edge in np.percentile(finite, (1, 99)))
    if low == high:
        low, high = float(finite.min()), float(finite.max())
    return low, high


def colored(values: _Floats) -> Bytes:
    """Colour finite-or-NaN values: an H x W array becomes H x W x 3 of sRGB."""
    low, high = limits(values)
    is_diverging = low < 0 < high and min(-low, high) > 0.15 * max(-low, high)
    if is_diverging:
        high = max(-low, high)
        low = -high
    extent = high - low
    middle = 0.5 if extent == 0 else 0.0
    parts = (values - low) / (extent or 1) + middle
    steps = np.nan_to_num(np.clip(parts, 0, 1) * (_STEPS - 1)).astype(np.uint8)
    picture: Bytes = _TABLES[is_diverging][steps]
    picture[np.isnan(values)] = NOT_A_NUMBER
    return picture
