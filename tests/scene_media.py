"""Small valid 3D scenes: a helix of Gaussians, one of points, and a triangle."""

from __future__ import annotations

import gzip
import json
import struct
from functools import cache

import numpy as np
from numpy.typing import NDArray


def _helix() -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return 240 points within ±1, and as many RGB colours."""
    turn = np.linspace(0, 6 * np.pi, 240)
    points = np.stack([np.cos(turn), np.linspace(-1, 1, 240), np.sin(turn)], axis=1)
    colours = np.stack([np.linspace(0, 255, 240)] * 3, axis=1)
    colours[:, 2] = 255 - colours[:, 2]
    return points.astype(np.float32), colours.astype(np.uint8)


@cache
def spz() -> bytes:
    """Return Gaussians in SPZ version 2: 24-bit positions with 12 fractional bits."""
    points, colours = _helix()
    count = len(points)
    fixed = np.round(points * 4096).astype("<i4")
    positions = fixed.view(np.uint8).reshape(count, 3, 4)[:, :, :3]
    header = struct.pack("<4sIIBBBB", b"NGSP", 2, count, 0, 12, 0, 0)
    alphas, scales, rotations = [230] * count, [112] * 3 * count, [128] * 3 * count
    return gzip.compress(
        header
        + positions.tobytes()
        + bytes(alphas)
        + colours.tobytes()
        + bytes(scales)
        + bytes(rotations),
        mtime=0,
    )


@cache
def ply() -> bytes:
    """Return a binary little-endian cloud of coloured points."""
    points, colours = _helix()
    fields = [(name, "<f4") for name in "xyz"]
    fields += [(name, "u1") for name in ("red", "green", "blue")]
    rows = np.zeros(len(points), dtype=fields)
    for index in range(3):
        rows[fields[index][0]] = points[:, index]
        rows[fields[index + 3][0]] = colours[:, index]
    kinds = {"<f4": "float", "u1": "uchar"}
    properties = "".join(f"property {kinds[kind]} {name}\n" for name, kind in fields)
    header = f"element vertex {len(points)}\n{properties}end_header\n"
    return f"ply\nformat binary_little_endian 1.0\n{header}".encode() + rows.tobytes()


@cache
def glb() -> bytes:
    """Return one triangle in glTF 2.0's binary container."""
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype="<f4")
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": 3,
                "type": "VEC3",
                "min": [0, 0, 0],
                "max": [1, 1, 0],
            }
        ],
        "bufferViews": [{"buffer": 0, "byteLength": corners.nbytes}],
        "buffers": [{"byteLength": corners.nbytes}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    chunks += struct.pack("<I4s", corners.nbytes, b"BIN\0") + corners.tobytes()
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks
