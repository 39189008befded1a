"""Films, sounds, arrays and scenes for golden pictures."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from artifacts.management import samples
from tests.document_media import archive
from tests.media import FILES, clip, pixels
from tests.thumbnails import scenes
from tests.thumbnails.films import Film, album, sound
from tests.thumbnails.image_cases import sample


def _saved(array: ArrayLike) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(array))
    return buffer.getvalue()


def _ripples() -> np.ndarray[Any, np.dtype[np.float32]]:
    return samples._ripples(96, 144)


def _with_gaps() -> bytes:
    """Save positive numbers with an outlier, infinities and a disc of NaN."""
    y, x = np.mgrid[0:60, 0:90]
    field = np.hypot(x - 20, y - 20)
    field[np.hypot(x - 60, y - 30) < 14] = np.nan
    field[5, 5], field[6:8, 80:] = 1e9, np.inf
    return _saved(field)


def _signal() -> bytes:
    time = np.linspace(0, 12, 5000)
    wave = np.sin(time * 2) * np.exp(-time / 6) + (time > 9)
    wave[1800:2100] = np.nan
    return _saved(wave)


def _records() -> bytes:
    return _saved(np.zeros(12, dtype=[("time", "<f8"), ("name", "<U8")]))


def _arrays() -> bytes:
    members: dict[str, Any] = {
        "weights.npy": _saved(_ripples()),
        "bias.npy": _saved(np.arange(9)),
        "names.npy": _saved(np.array(["a", "b"])),
    }
    return archive(members)


def _torus() -> bytes:
    """Make a ring of triangles, coloured along its length."""
    along, across = 48, 24
    u, v = np.meshgrid(
        np.arange(along) * 2 * np.pi / along, np.arange(across) * 2 * np.pi / across
    )
    ring = 1 + 0.4 * np.cos(v)
    points = np.stack([ring * np.cos(u), 0.4 * np.sin(v), ring * np.sin(u)], axis=-1)
    colors = np.stack([0.5 + 0.5 * np.cos(u + k * 2.1) for k in range(3)], axis=-1)
    row, column = np.mgrid[0:across, 0:along]
    below, right = (row + 1) % across, (column + 1) % along
    a, b = row * along + column, row * along + right
    c, d = below * along + column, below * along + right
    corners = np.stack([a, b, c, b, d, c], axis=-1).astype("<u2")
    vertices = {"componentType": 5126, "count": along * across, "type": "VEC3"}
    indices = {"componentType": 5123, "count": corners.size, "type": "SCALAR"}
    primitive = {"attributes": {"POSITION": 0, "COLOR_0": 1}, "indices": 2}
    tree = {
        "accessors": [
            {"bufferView": 0, **vertices},
            {"bufferView": 1, **vertices},
            {"bufferView": 2, **indices},
        ],
        "meshes": [{"primitives": [primitive]}],
        "nodes": [{"mesh": 0}],
        "scenes": [{"nodes": [0]}],
    }
    chunks = points.astype("<f4"), colors.astype("<f4"), corners
    return scenes.glb(tree, *(chunk.tobytes() for chunk in chunks))


CASES: dict[str, Callable[[], bytes]] = {
    "mp4-film": partial(sample, "mp4"),
    "mp4-black-beginning": Film(seconds=3, black=1.5).make,
    "mov-black-and-turned": Film("mov", seconds=3, black=1, rotation=90).make,
    "webm-film": FILES["webm"],
    "mkv-film": FILES["mkv"],
    "avi-film": FILES["avi"],
    "ogv-film": partial(clip, "ogg", "libvpx"),
    "3gp-film": partial(clip, "3gp", "mpeg4"),
    "mpg-film": partial(clip, "mpeg", "mpeg1video"),
    "flv-film": partial(clip, "flv", "flv"),
    "mp3-chord": partial(sample, "mp3"),
    "wav-half-silent": sound,
    "wav-silent": partial(sound, seconds=0.002, rate=1000),
    "flac-eleven-minutes": partial(sound, "flac", "flac", seconds=660, rate=8000),
    "ogg-tone": FILES["ogg"],
    "m4a-with-album": album,
    "aac-tone": partial(clip, "adts", "", "aac"),
    "aiff-tone": partial(clip, "aiff", "", "pcm_s16be"),
    "npy-heat-map": partial(sample, "npy"),
    "npy-gaps": _with_gaps,
    "npy-few-cells": lambda: _saved(np.arange(12).reshape(3, 4)),
    "npy-truth": lambda: _saved(np.eye(12, dtype=bool)),
    "npy-curve": _signal,
    "npy-image": lambda: _saved(pixels()),
    "npy-channels-first": lambda: _saved(np.moveaxis(pixels() / 255, 2, 0)),
    "npy-four-axes": lambda: _saved(np.zeros((8, 3, 32, 32), dtype=np.float16)),
    "npy-records": _records,
    "npy-scalar": lambda: _saved(np.float64(2.718281828)),
    "npz-three-arrays": _arrays,
    "spz-knot": partial(sample, "spz"),
    **{f"spz-version-{number}": partial(scenes.spz, number) for number in range(1, 5)},
    "ply-ascii": partial(scenes.ply, "ascii"),
    "ply-big-endian": partial(scenes.ply, "binary_big_endian"),
    "ply-splats": partial(scenes.ply, columns="splat"),
    "ply-normals": partial(scenes.ply, columns="normal"),
    "ply-without-colours": partial(scenes.ply, columns="none"),
    "glb-torus": _torus,
}
"""By name; the part before the first hyphen is the format."""
