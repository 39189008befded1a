"""GLB containers: the JSON chunk, its accessors and where its nodes stand.

Format: glTF 2.0 (ISO/IEC 12113). Every number in the JSON is foreign: it is checked
against the binary chunk before anything of its size is made.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from artifacts.thumbnails.cloud import Array
from artifacts.thumbnails.result import Reason, UndrawableError

MAX_JSON = 8 * 2**20
MAX_BINARY = 256 * 2**20
_MAX_NODES = 20_000
_TYPES = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
COMPRESSED = frozenset({"KHR_draco_mesh_compression", "EXT_meshopt_compression"})
_Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Document:
    """The two chunks of a GLB file."""

    tree: dict[str, Any]
    binary: bytes

    def list_of(self, name: str) -> list[Any]:
        found = self.tree.get(name, [])
        return found if isinstance(found, list) else []

    def accessor(self, index: int) -> Array:
        """Return an accessor's elements as N x width; normalized integers as floats."""
        accessor = self.list_of("accessors")[index]
        kind, width = (
            np.dtype(_TYPES[accessor["componentType"]]),
            _WIDTHS[accessor["type"]],
        )
        count = int(accessor["count"])
        row = kind.itemsize * width
        view = self.list_of("bufferViews")[accessor["bufferView"]]
        step = int(view.get("byteStride") or row)
        data = self.view(accessor["bufferView"])[int(accessor.get("byteOffset", 0)) :]
        if count < 1 or step < row or (count - 1) * step + row > len(data):
            raise UndrawableError(Reason.DAMAGED)
        rows = np.lib.stride_tricks.as_strided(
            np.frombuffer(data, dtype=np.uint8),
            (count, row),
            (step, 1),
            writeable=False,
        )
        values = np.ascontiguousarray(rows).view(kind)
        if accessor.get("normalized") and kind.kind in "iu":
            return values.astype(np.float32) / float(np.iinfo(kind).max)
        return values

    def view(self, index: int) -> memoryview:
        """Return the bytes of a buffer view, which must lie in the binary chunk."""
        view = self.list_of("bufferViews")[index]
        if view.get("buffer", 0) != 0 or COMPRESSED & set(view.get("extensions", ())):
            raise UndrawableError(Reason.UNSUPPORTED)
        start, length = int(view.get("byteOffset", 0)), int(view["byteLength"])
        if start < 0 or length < 0 or start + length > len(self.binary):
            raise UndrawableError(Reason.DAMAGED)
        return memoryview(self.binary)[start : start + length]


def read_document(file: BinaryIO) -> Document:
    """Read header and chunks; a file without a binary chunk has an empty one."""
    magic, version, _ = _unpack("<4sII", file.read(12))
    if magic != b"glTF":
        raise UndrawableError(Reason.DAMAGED)
    if version != 2:
        raise UndrawableError(Reason.UNSUPPORTED)
    text = _chunk(file, b"JSON", MAX_JSON)
    binary = _chunk(file, b"BIN\0", MAX_BINARY)
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UndrawableError(Reason.DAMAGED) from error
    if not isinstance(tree, dict):
        raise UndrawableError(Reason.DAMAGED)
    return Document(tree, binary)


def _unpack(layout: str, data: bytes) -> tuple[Any, ...]:
    if len(data) < struct.calcsize(layout):
        raise UndrawableError(Reason.DAMAGED)
    return struct.unpack(layout, data)


def _chunk(file: BinaryIO, kind: bytes, limit: int) -> bytes:
    head = file.read(8)
    if not head and kind != b"JSON":
        return b""
    length, found = _unpack("<I4s", head)
    if found != kind:
        raise UndrawableError(Reason.DAMAGED)
    if length > limit:
        raise UndrawableError(Reason.TOO_LARGE)
    data = file.read(length)
    if len(data) < length:
        raise UndrawableError(Reason.DAMAGED)
    return data


def placed_meshes(document: Document) -> Iterator[tuple[int, _Matrix]]:
    """Yield each node's mesh and the 4 x 4 matrix from its space to the scene's."""
    nodes = document.list_of("nodes")
    scenes = document.list_of("scenes")
    roots = list(range(len(nodes)))
    if scenes:
        roots = scenes[int(document.tree.get("scene", 0))].get("nodes", [])
    waiting: list[tuple[int, _Matrix]] = [(root, np.eye(4)) for root in roots]
    # A node has one parent: meeting one again means a cycle or a broken tree.
    met: set[int] = set()
    while waiting and len(met) < _MAX_NODES:
        index, parent = waiting.pop()
        if index in met:
            continue
        met.add(index)
        node = nodes[index]
        matrix = parent @ _local_matrix(node)
        if "mesh" in node:
            yield int(node["mesh"]), matrix
        waiting += [(child, matrix) for child in reversed(node.get("children", []))]


def _local_matrix(node: dict[str, Any]) -> _Matrix:
    if "matrix" in node:
        return np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    matrix = np.eye(4)
    x, y, z, w = map(float, node.get("rotation", (0, 0, 0, 1)))
    matrix[:3, :3] = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)),
        (2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)),
        (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)),
    )
    matrix[:3, :3] *= np.array(node.get("scale", (1, 1, 1)), dtype=np.float64)
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix
