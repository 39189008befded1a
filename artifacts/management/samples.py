"""One artifact of every kind but the link, drawn by rule: the same on every run."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from artifacts.management import encoders
from artifacts.management.encoders import Numbers, Pixels
from artifacts.management.report import report

_SEED = 2026


@dataclass(frozen=True, slots=True)
class Sample:
    """A file as a client would send it."""

    filename: str
    content: bytes
    mime_type: str


def samples() -> tuple[Sample, ...]:
    """Draw and encode all of them; takes about a second."""
    return (
        Sample("mountain-lake.jpg", encoders.jpeg(_landscape()), "image/jpeg"),
        Sample("night-waves.mp4", _film(), "video/mp4"),
        Sample("chord.mp3", encoders.mp3(_chord(), rate=_RATE), "audio/mpeg"),
        Sample("quarterly-report.pdf", report(), "application/pdf"),
        Sample("trefoil-knot.spz", _knot(), "application/octet-stream"),
        Sample("interference.npy", encoders.npy(_ripples()), "application/x-npy"),
        Sample("flight.tlm", _telemetry(), "application/octet-stream"),
    )


def _ridge(width: int, random: np.random.Generator, roughness: float) -> Numbers:
    """Return heights within ±1 of a mountain's outline: octaves of random waves."""
    x = np.linspace(0, 1, width)
    heights = np.zeros(width)
    for octave in range(1, 10):
        knots = random.uniform(-1, 1, 2**octave + 2)
        steps = np.linspace(0, 1, len(knots))
        heights += roughness**octave * np.interp(x, steps, knots)
    return np.asarray(heights / np.abs(heights).max())


def _gradient(stops: list[tuple[int, int, int]], height: int) -> Numbers:
    """Return `height` by RGB, from the first colour at the top to the last one."""
    places = np.linspace(0, 1, len(stops))
    rows = np.linspace(0, 1, height)
    channels = np.array(stops, dtype=float).T
    return np.stack([np.interp(rows, places, channel) for channel in channels], axis=1)


_DUSK = [(22, 24, 66), (70, 52, 120), (196, 92, 122), (250, 168, 112), (255, 226, 164)]


def _landscape(width: int = 1200, height: int = 800) -> Pixels:
    """Paint ridges in the haze of a sunset, and a lake that mirrors them."""
    random = np.random.default_rng(_SEED)
    shore = int(height * 0.68)
    scene = np.repeat(_gradient(_DUSK, shore)[:, None], width, axis=1)
    y, x = np.mgrid[0:shore, 0:width]
    distance = np.hypot(x - width * 0.66, y - shore * 0.66)
    glow = np.exp(-distance / 150)[..., None]
    scene += glow * (np.array([255, 236, 190]) - scene)
    scene[distance < 38] = (255, 248, 222)
    far, near = np.array([206, 128, 138]), np.array([24, 26, 54])
    for depth in np.linspace(0, 1, 6):
        base = shore * (0.62 + 0.3 * depth)
        outline = base - shore * (0.2 - 0.1 * depth) * _ridge(width, random, 0.56)
        below = np.clip(y - outline + 0.5, 0, 1)[..., None]
        haze = np.clip((y - outline) / (shore * 0.5), 0, 1)[..., None] * 0.45
        colour = far + (near - far) * depth**0.8
        colour = colour + (far - colour) * haze * (1 - depth)
        scene += below * (colour - scene)
    rows = np.arange(height - shore)
    ripple = 7 * np.sin(rows**0.62 * 2.4) * rows / len(rows)
    shifted = np.arange(width) + ripple[:, None].round().astype(int)
    columns = np.clip(shifted, 0, width - 1)
    source = (shore - 1 - rows * shore / (height - shore) * 0.62).astype(int)
    mirrored = scene[source[:, None], columns]
    water = mirrored * 0.72 + np.array([18, 22, 52]) * 0.28
    crest = np.sin(rows[:, None] ** 0.62 * 4.8 + 2 * np.sin(x[0] / 140))
    water += (9 * crest**3 * np.sqrt(rows / len(rows))[:, None])[..., None]
    picture = np.concatenate([scene, water])
    return np.asarray(np.clip(picture, 0, 255), dtype=np.uint8)


_FILM_SIZE = (848, 480)
_FILM_RATE, _FILM_FRAMES = 24, 72


def _film() -> bytes:
    width, height = _FILM_SIZE
    return encoders.mp4(_waves(), width=width, height=height, rate=_FILM_RATE)


def _waves() -> Iterator[Pixels]:
    """Yield a moon over five rows of waves, each faster than the one behind it."""
    width, height = _FILM_SIZE
    sky = _gradient([(10, 14, 48), (38, 52, 112), (120, 120, 176)], height)
    backdrop = np.repeat(sky[:, None], width, axis=1)
    y, x = np.mgrid[0:height, 0:width]
    random = np.random.default_rng(_SEED)
    stars = random.integers((0, 0), (height // 2, width), (160, 2))
    backdrop[stars[:, 0], stars[:, 1]] = random.uniform(150, 255, (160, 1))
    distance = np.hypot(x - width * 0.7, y - height * 0.28)
    backdrop += np.exp(-distance / 90)[..., None] * (245 - backdrop) * 0.7
    backdrop[distance < 42] = (252, 248, 226)
    still = np.clip(backdrop, 0, 255).astype(np.uint8)
    palette = _gradient([(92, 112, 186), (38, 130, 160), (8, 36, 72)], 5)
    colours = np.concatenate([np.zeros((1, 3)), palette]).astype(np.uint8)
    # No wave reaches higher, so that only what is below changes.
    top = height // 2
    rows, columns = y[top:].astype(np.int16), x[0] / width * 2 * np.pi
    for index in range(_FILM_FRAMES):
        phase = 2 * np.pi * index / _FILM_FRAMES
        depths = np.zeros(rows.shape, dtype=np.uint8)
        for row in range(len(palette)):
            swell = np.sin(columns * (2 + row) - phase * (1 + row))
            chop = np.sin(columns * (5 + 2 * row) + phase * 2 + row)
            outline = height * (0.54 + 0.095 * row) + (8 + 4 * row) * swell + 5 * chop
            depths[rows > outline.astype(np.int16)] = row + 1
        frame = still.copy()
        np.copyto(frame[top:], colours[depths], where=depths[..., None] > 0)
        yield frame


_RATE = 44_100


def _chord(seconds: float = 4.0) -> Numbers:
    """Return C major with a ninth, plucked from the left to the right: 2 by N."""
    time = np.arange(int(_RATE * seconds)) / _RATE
    mix = np.zeros((2, len(time)))
    notes = (130.81, 196.00, 261.63, 329.63, 493.88, 587.33)
    for index, hertz in enumerate(notes):
        since = np.maximum(time - 0.18 * index, 0)
        attack = 1 - np.exp(-since * 160)
        tone = sum(
            np.sin(2 * np.pi * hertz * partial * since)
            * np.exp(-since * (0.9 + 0.8 * partial))
            / partial**1.6
            for partial in range(1, 6)
        )
        right = index / (len(notes) - 1) * 0.7 + 0.15
        mix += np.array([[1 - right], [right]]) * attack * tone
    mix *= np.clip((seconds - time) / 0.4, 0, 1)
    return np.asarray(0.8 * mix / np.abs(mix).max())


def _knot(along: int = 360, across: int = 36) -> bytes:
    """Wind a tube of Gaussians along the trefoil knot, coloured by its length."""
    number = np.arange(along * across)
    # A spiral, so that no seam shows.
    turn = number * 2 * np.pi / len(number)
    around = number * 2 * np.pi / (across + 0.5)
    axis = _trefoil(turn)
    tangent = _trefoil(turn + 1e-4) - axis
    side = np.cross(tangent, (0.0, 0.0, 1.0))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(side, tangent)
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    normal = side * np.cos(around)[:, None] + up * np.sin(around)[:, None]
    hues = turn[:, None] + np.array([0, 2, 4]) * np.pi / 3
    light = 0.55 + 0.45 * np.clip(normal @ (0.4, 0.5, 0.77), 0, 1)[:, None]
    colours = (0.55 + 0.42 * np.cos(hues)) * light
    return encoders.spz(axis + 0.36 * normal, colours, radius=0.045)


def _trefoil(turn: Numbers) -> Numbers:
    return np.stack(
        [
            np.sin(turn) + 2 * np.sin(2 * turn),
            np.cos(turn) - 2 * np.cos(2 * turn),
            -np.sin(3 * turn),
        ],
        axis=1,
    )


def _ripples(height: int = 320, width: int = 480) -> NDArray[np.float32]:
    """Return the sum of the waves from three stones in a pond."""
    y, x = np.mgrid[0:height, 0:width]
    field = np.zeros((height, width))
    for row, column in ((0.3, 0.25), (0.75, 0.45), (0.35, 0.8)):
        distance = np.hypot(y - row * height, x - column * width)
        field += np.cos(distance / 6) * np.exp(-distance / 220)
    return field.astype(np.float32)


def _telemetry(count: int = 256) -> bytes:
    """Return records of an unpublished format: a magic, a count, four floats each."""
    time = np.linspace(0, 60, count)
    climb = 1200 * (1 - np.exp(-time / 20))
    records = np.stack([time, climb, 30 * np.cos(time / 4), 30 * np.sin(time / 4)], 1)
    return (
        struct.pack("<4sHHI", b"TLM\x01", 1, 4, count) + records.astype("<f4").tobytes()
    )
