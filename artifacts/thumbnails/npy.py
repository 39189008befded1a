"""Reading `.npy` in bounded memory: the header, then a thinned-out part of the data.

Format: numpy.lib.format, versions 1 to 3. Pickled objects are never loaded.
"""

from __future__ import annotations

import ast
import io
import math
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from artifacts.thumbnails.result import Reason, UndrawableError

MAX_HEADER = 65_536
_MAX_DIMENSIONS = 64
WHOLE_BYTES = 48 * 2**20
"""Arrays up to this size are read whole; of larger ones, lines and cells are skipped."""
_KEPT = 512
"""Lines, and cells of a line, that are kept of a larger array."""
_MAX_LINE = 256 * 1024
"""Bytes of a line that is read at once; of a longer one, single cells are."""

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Header:
    """What a `.npy` file says of itself; `dtype` is None for pickled objects."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any] | None
    is_fortran: bool
    offset: int
    """Bytes before the data."""

    @property
    def count(self) -> int:
        return math.prod(self.shape)

    @property
    def data_bytes(self) -> int:
        return self.count * (self.dtype.itemsize if self.dtype else 0)

    @property
    def is_plain(self) -> bool:
        """Tell whether the elements are numbers or truth values."""
        return self.dtype is not None and self.dtype.kind in "biufc"

    @property
    def title(self) -> str:
        """Name shape and type, as `480 x 640 float32`."""
        shape = " \u00d7 ".join(map(str, self.shape)) or "scalar"
        return f"{shape} {self.type_name}"

    @property
    def type_name(self) -> str:
        if self.dtype is None:
            return "object"
        if self.dtype.names:
            return "record"
        return self.dtype.name if self.is_plain else self.dtype.str


def read_header(file: BinaryIO) -> Header:
    """Read magic, version and the description; raise `UndrawableError` if damaged."""
    start = file.read(8)
    if len(start) < 8 or start[:6] != b"\x93NUMPY" or start[6] not in {1, 2, 3}:
        raise UndrawableError(Reason.DAMAGED)
    size_bytes = 2 if start[6] == 1 else 4
    size = int.from_bytes(file.read(size_bytes), "little")
    if size > MAX_HEADER:
        raise UndrawableError(Reason.TOO_LARGE)
    text = file.read(size)
    try:
        fields = ast.literal_eval(text.decode("latin-1").strip())
        return _header(fields, 8 + size_bytes + size)
    except (SyntaxError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise UndrawableError(Reason.DAMAGED) from error


def _header(fields: Any, offset: int) -> Header:
    shape = fields["shape"]
    is_valid = isinstance(shape, tuple) and len(shape) <= _MAX_DIMENSIONS
    if not is_valid or not all(type(n) is int and 0 <= n < 2**63 for n in shape):
        raise UndrawableError(Reason.DAMAGED)
    dtype: np.dtype[Any] | None = np.lib.format.descr_to_dtype(fields["descr"])
    if dtype is not None and dtype.hasobject:
        dtype = None
    return Header(shape, dtype, bool(fields["fortran_order"]), offset)


def read_plane(
    file: BinaryIO, header: Header, *, channel_axis: int | None = None
) -> Array:
    """Read the array that follows `header`, thinned out where it is large.

    Channels, on the first or the last of three axes, are kept whole. Raises
    `UndrawableError` where the file holds less than the header claims.
    """
    size = file.seek(0, io.SEEK_END)
    if header.data_bytes > size - header.offset:
        raise UndrawableError(Reason.DAMAGED)
    if header.data_bytes <= WHOLE_BYTES:
        file.seek(header.offset)
        return shaped(file.read(header.data_bytes), header)
    if not header.is_fortran:
        return _thinned(file, header, channel_axis)
    turned = replace(header, shape=header.shape[::-1], is_fortran=False)
    if channel_axis is not None:
        channel_axis = 2 - channel_axis
    return _thinned(file, turned, channel_axis).T


def read_value(file: BinaryIO, header: Header) -> str:
    """Write the only element of an array as text."""
    file.seek(header.offset)
    data = file.read(header.data_bytes)
    if len(data) < header.data_bytes:
        raise UndrawableError(Reason.DAMAGED)
    value = shaped(data, header).flat[0]
    return f"{value:.6g}" if value.dtype.kind in "fc" else str(value)


def shaped(data: bytes, header: Header) -> Array:
    """Give bytes the header's type and shape."""
    array: Array = np.frombuffer(data, dtype=header.dtype)
    if header.is_fortran:
        return array.reshape(header.shape[::-1]).T
    return array.reshape(header.shape)


def _thinned(file: BinaryIO, header: Header, channel_axis: int | None) -> Array:
    """Read at most `_KEPT` lines and cells, evenly spread; of a line of numbers more."""
    if len(header.shape) == 1:
        firsts = _spread(header.count, _KEPT * 8)
        return np.concatenate([_read_cells(file, header, first, 8) for first in firsts])
    if channel_axis == 0:
        planes = range(header.shape[0])
        return np.stack([_lines(file, _plane(header, plane), 0) for plane in planes])
    return _lines(file, header, 0 if channel_axis is None else 1)


def _plane(header: Header, index: int) -> Header:
    shape = header.shape[1:]
    skipped = index * math.prod(shape) * _itemsize(header)
    return replace(header, shape=shape, offset=header.offset + skipped)


def _lines(file: BinaryIO, header: Header, keep_last: int) -> Array:
    rows = _spread(header.shape[0], _KEPT)
    return np.stack([_read_line(file, header, row, keep_last) for row in rows])


def _spread(length: int, kept: int) -> list[int]:
    if length <= kept:
        return list(range(length))
    return [index * length // kept for index in range(kept)]


def _read_line(file: BinaryIO, header: Header, row: int, keep_last: int) -> Array:
    inner = header.shape[1:]
    cell_shape = inner[len(inner) - keep_last :] if keep_last else ()
    per_cell = math.prod(cell_shape)
    cells = math.prod(inner) // max(per_cell, 1)
    columns = _spread(cells, _KEPT)
    first = row * cells * per_cell
    if cells * per_cell * _itemsize(header) <= _MAX_LINE:
        line = _read_cells(file, header, first, cells * per_cell)
        return line.reshape(cells, *cell_shape)[columns]
    return np.stack(
        [
            _read_cells(file, header, first + column * per_cell, per_cell)
            for column in columns
        ]
    ).reshape(len(columns), *cell_shape)


def _itemsize(header: Header) -> int:
    return header.dtype.itemsize if header.dtype else 1


def _read_cells(file: BinaryIO, header: Header, first: int, count: int) -> Array:
    file.seek(header.offset + first * _itemsize(header))
    count = min(count, header.count - first)
    return np.frombuffer(file.read(count * _itemsize(header)), dtype=header.dtype)
