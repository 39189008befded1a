"""The faces of a PLY file, as triangles; other lists are read past."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from artifacts.thumbnails.ply_header import Element, Property
from artifacts.thumbnails.result import Reason, UndrawableError

MAX_FACES = 1_000_000
"""Of one length, which are read at once."""
_MAX_MIXED = 250_000
"""Of different lengths, or as text: they are read one by one."""
_MAX_BYTES = 64 * 2**20
_MAX_LENGTH = 1_000_000
"""Of any list."""
_MAX_CORNERS = 255
"""Of a polygon, which in practice has three or four."""
Triangles = npt.NDArray[np.int64]


def is_mesh(element: Element) -> bool:
    """Tell whether the rows of an element are polygons that may be drawn."""
    has_corners = any(map(_is_corners, element.properties))
    return 0 < element.count <= MAX_FACES and has_corners


def _is_corners(each: Property) -> bool:
    is_named = each.name in {"vertex_indices", "vertex_index"}
    return is_named and each.length_kind != "" and each.kind[0] in "iu"


def read(file: BinaryIO, element: Element, order: str) -> Triangles:
    """Read all rows and cut polygons into fans of triangles, T x 3.

    The file then stands behind the element. Of one without polygons there are none.
    """
    if not order:
        return _fans(_text_rows(file, element))
    if not element.has_lists:
        _skip(file, element.count * _alike(element, order, ()).itemsize)
        return _fans(iter(()))
    start = file.tell()
    triangles = _read_alike(file, element, order)
    if triangles is not None:
        return triangles
    file.seek(start)
    return _fans(_mixed_rows(file, element, order))


def _skip(file: BinaryIO, size: int) -> None:
    start = file.tell()
    if size > file.seek(0, 2) - start:
        raise UndrawableError(Reason.DAMAGED)
    file.seek(start + size)


def _read_alike(file: BinaryIO, element: Element, order: str) -> Triangles | None:
    """Read rows whose lists are all as long as the first row's; None if they are not."""
    start = file.tell()
    lengths = _first_lengths(file, element, order)
    dtype = _alike(element, order, lengths)
    size = dtype.itemsize * element.count
    file.seek(start)
    if not element.count or max(lengths) > _MAX_CORNERS or size > _MAX_BYTES:
        return None
    data = file.read(size)
    if len(data) < size:
        return None
    rows = np.frombuffer(data, dtype=dtype)
    lists = [each.name for each in element.properties if each.length_kind]
    for name, length in zip(lists, lengths, strict=True):
        if (rows[f"length of {name}"] != length).any():
            return None
    corners = [rows[each.name] for each in element.properties if _is_corners(each)]
    return _fan(corners[0]) if corners else np.empty((0, 3), dtype=np.int64)


def _first_lengths(file: BinaryIO, element: Element, order: str) -> tuple[int, ...]:
    lengths = []
    for each in element.properties:
        length = 1
        if each.length_kind:
            kind = np.dtype(order + each.length_kind)
            data = file.read(kind.itemsize).ljust(kind.itemsize, b"\0")
            found = int(np.frombuffer(data, dtype=kind)[0])
            length = min(max(found, 0), _MAX_CORNERS + 1)
            lengths.append(length)
        file.seek(length * np.dtype(each.kind).itemsize, 1)
    return tuple(lengths)


def _alike(element: Element, order: str, lengths: tuple[int, ...]) -> np.dtype[np.void]:
    """Describe a row whose lists have the given lengths."""
    remaining = iter(lengths)
    fields: list[tuple[str, str] | tuple[str, str, tuple[int]]] = []
    for each in element.properties:
        if each.length_kind:
            fields.append((f"length of {each.name}", order + each.length_kind))
            fields.append((each.name, order + each.kind, (next(remaining),)))
        else:
            fields.append((each.name, order + each.kind))
    return np.dtype(fields)


def _mixed_rows(file: BinaryIO, element: Element, order: str) -> Iterator[list[int]]:
    _check_mixed(element)
    start = file.tell()
    data = file.read(_MAX_BYTES)
    offset = 0
    try:
        for _ in range(element.count):
            for each in element.properties:
                length, offset = _length(data, offset, each, order)
                code = f"{order}{length}{np.dtype(each.kind).char}"
                if _is_corners(each):
                    yield list(struct.unpack_from(code, data, offset)[:_MAX_CORNERS])
                offset += struct.calcsize(code)
    except struct.error as error:
        raise UndrawableError(Reason.DAMAGED) from error
    file.seek(start)
    _skip(file, offset)


def _length(data: bytes, offset: int, each: Property, order: str) -> tuple[int, int]:
    """Return how many numbers a property has, and where the first one is."""
    if not each.length_kind:
        return 1, offset
    code = order + np.dtype(each.length_kind).char
    length = int(struct.unpack_from(code, data, offset)[0])
    if not 0 <= length <= _MAX_LENGTH:
        raise UndrawableError(Reason.DAMAGED)
    return length, offset + struct.calcsize(code)


def _text_rows(file: BinaryIO, element: Element) -> Iterator[list[int]]:
    _check_mixed(element)
    for _ in range(element.count):
        words = file.readline(65_536).split()
        at = 0
        try:
            for each in element.properties:
                length = int(words[at]) if each.length_kind else 1
                at += 1 if each.length_kind else 0
                if _is_corners(each):
                    yield [int(word) for word in words[at : at + max(length, 0)]]
                at += max(length, 0)
        except (ValueError, IndexError) as error:
            raise UndrawableError(Reason.DAMAGED) from error


def _check_mixed(element: Element) -> None:
    if element.count > _MAX_MIXED:
        raise UndrawableError(Reason.TOO_LARGE)


def _fans(rows: Iterator[list[int]]) -> Triangles:
    found = [
        (row[0], row[at], row[at + 1])
        for row in rows
        for at in range(1, min(len(row), _MAX_CORNERS) - 1)
    ]
    return np.array(found, dtype=np.int64).reshape(-1, 3)


def _fan(corners: npt.NDArray[np.int64]) -> Triangles:
    """Cut polygons of one length, N x corners, into triangles."""
    pieces = [corners[:, (0, at, at + 1)] for at in range(1, corners.shape[1] - 1)]
    if not pieces:
        return np.empty((0, 3), dtype=np.int64)
    return np.concatenate(pieces).astype(np.int64)
