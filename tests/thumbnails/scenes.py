"""Reconstructions whose thumbnails can be told right from wrong: a red and a blue ball."""

from __future__ import annotations

import gzip
import json
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artifacts.thumbnails.cloud import SH_C0

RED, BLUE = (220, 40, 40), (40, 60, 220)
Floats = NDArray[np.float32]


def balls(count: int = 4000) -> tuple[Floats, NDArray[np.uint8]]:
    """Spread points evenly over two unit spheres, red at x = -1.5 and blue at 1.5."""
    number = np.arange(count // 2)
    height = 1 - 2 * (number + 0.5) / len(number)
    angle = number * np.pi * (3 - np.sqrt(5))
    ring = np.sqrt(1 - height**2)
    ball = np.stack([ring * np.cos(angle), height, ring * np.sin(angle)], axis=1)
    aside = np.array([1.5, 0, 0])
    positions = np.concatenate([ball - aside, ball + aside])
    colors = np.repeat(np.array([RED, BLUE], dtype=np.uint8), len(number), axis=0)
    return positions.astype(np.float32), colors


def harmonics(colors: NDArray[np.uint8]) -> NDArray[np.float64]:
    return (colors / 255 - 0.5) / SH_C0


def spz(version: int, *, count: int = 4000, opacity: int = 250) -> bytes:
    """Pack the balls as one version of SPZ does."""
    positions, colors = balls(count)
    columns = [
        _spz_positions(positions, version),
        bytes([opacity]) * count,
        np.clip(harmonics(colors) * 0.15 * 255 + 127.5, 0, 255).astype("u1").tobytes(),
        bytes([round((np.log(0.03) + 10) * 16)]) * (3 * count),
        bytes((4 if version > 2 else 3) * count),
    ]
    header = struct.pack("<IIIBBBB", 0x5053474E, version, count, 0, 12, 0, 0)
    if version < 4:
        return gzip.compress(header + b"".join(columns), mtime=0)
    return pack_4(count, columns)


def pack_4(count: int, columns: list[bytes], *, fraction_bits: int = 12) -> bytes:
    from backports import zstd

    packed = [zstd.compress(column) for column in columns]
    header = struct.pack(
        "<IIIBBBBI12x", 0x5053474E, 4, count, 0, fraction_bits, 0, len(columns), 32
    )
    table = b"".join(
        struct.pack("<QQ", len(small), len(column))
        for small, column in zip(packed, columns, strict=True)
    )
    return header + table + b"".join(packed)


def _spz_positions(positions: Floats, version: int) -> bytes:
    if version == 1:
        return positions.astype("<f2").tobytes()
    fixed = np.rint(positions * 4096).astype("<i4")
    return fixed.view("u1").reshape(-1, 3, 4)[:, :, :3].tobytes()


def ply(format: str = "binary_little_endian", columns: str = "color") -> bytes:
    """Write the balls as points with colours, as Gaussian splats or as points alone."""
    positions, colors = balls()
    table: dict[str, tuple[str, NDArray[Any]]] = {
        name: ("f4", positions[:, axis]) for axis, name in enumerate("xyz")
    }
    if columns == "color":
        for axis, name in enumerate(("red", "green", "blue")):
            table[name] = ("u1", colors[:, axis])
    elif columns == "splat":
        for axis in range(3):
            table[f"f_dc_{axis}"] = ("f4", harmonics(colors)[:, axis])
            table[f"scale_{axis}"] = ("f4", np.full(len(positions), np.log(0.03)))
        table["opacity"] = ("f4", np.full(len(positions), 4.0))
    elif columns == "normal":
        for axis, name in enumerate(("nx", "ny", "nz")):
            table[name] = ("f4", positions[:, axis] % 1.0 + 0.1)
    return write_ply(table, format)


def write_ply(table: dict[str, tuple[str, NDArray[Any]]], format: str) -> bytes:
    count = len(next(iter(table.values()))[1])
    words = {"f4": "float", "u1": "uchar"}
    lines = [
        "ply",
        f"format {format} 1.0",
        "comment two balls",
        f"element vertex {count}",
    ]
    lines += [f"property {words[kind]} {name}" for name, (kind, _) in table.items()]
    head = "\n".join([*lines, "end_header\n"]).encode()
    if format == "ascii":
        rows = zip(*(values for _, values in table.values()), strict=True)
        return head + "\n".join(" ".join(map(str, row)) for row in rows).encode()
    order = "<" if "little" in format else ">"
    data = np.empty(
        count, dtype=[(name, order + kind) for name, (kind, _) in table.items()]
    )
    for name, (_, values) in table.items():
        data[name] = values
    return head + data.tobytes()


def glb(tree: dict[str, Any], *chunks: bytes) -> bytes:
    """Pack a glTF tree; each chunk becomes a buffer view of its own."""
    views, start = [], 0
    for chunk in chunks:
        views.append({"buffer": 0, "byteOffset": start, "byteLength": len(chunk)})
        start += len(chunk)
    tree = {"asset": {"version": "2.0"}, "bufferViews": views, **tree}
    text = json.dumps(tree).encode()
    text += b" " * (-len(text) % 4)
    binary = b"".join(chunks)
    binary += bytes(-len(binary) % 4)
    return b"".join(
        [
            struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(binary)),
            struct.pack("<I4s", len(text), b"JSON") + text,
            struct.pack("<I4s", len(binary), b"BIN\0") + binary,
        ]
    )
