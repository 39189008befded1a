"""Audio: the waveform and the duration."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import av.error
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from PIL import Image, ImageDraw

from artifacts.thumbnails import canvas
from artifacts.thumbnails.result import Reason, UndrawableError
from artifacts.thumbnails.streams import (
    clock,
    context,
    is_estimated,
    measured,
    opened,
    seconds,
)

WIDTH, HEIGHT = 256, 128
BARS = 56
_DECODED_WHOLE = 300.0
"""Seconds; of longer sound, a moment is decoded for each bar."""
_MAX_FRAMES = 20_000
"""Decoded frames, of some 1,000 samples each."""
_FRAMES_PER_BAR = 6
_GAP = 0.5
"""Seconds of missing packets that are silence, and no error of rounding."""
_LIKE = 0.1
"""Part of the declared duration by which the sound may be shorter or longer."""
_GROUND = canvas.NIGHT
_LOW, _HIGH = (99, 102, 241), (45, 212, 191)
"""Colours of the first and the last bar."""
_Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Level:
    """Loudness, 0 to 1, from `start` to `end` seconds."""

    start: float
    end: float
    level: float


def draw(file: BinaryIO, *, side: int, format: str) -> Image.Image:
    """Draw the waveform in bars, on an opaque dark ground."""
    with opened(file, format) as container:
        return draw_waveform(container, side=side)


def draw_waveform(container: InputContainer, *, side: int) -> Image.Image:
    """Draw the first audio stream of an open container."""
    stream = next(iter(container.streams.audio), None)
    if stream is None:
        raise UndrawableError(Reason.DAMAGED)
    context(stream)
    duration = seconds(container)
    if is_estimated(container):
        duration = measured(container, stream) or duration
    if duration is None or duration <= _DECODED_WHOLE:
        levels, is_whole = _whole(container, stream, (duration or 0) / BARS)
    else:
        levels, is_whole = list(_sampled(container, stream, duration)), False
    if not levels:
        raise UndrawableError(Reason.DAMAGED)
    heard = levels[-1].end
    # A header may claim what a cut or a careless writer left untrue.
    if duration is None or (is_whole and abs(heard - duration) > _LIKE * duration):
        duration = heard
    image = _draw_bars(_bars(levels, duration), side)
    return canvas.mark(image, clock(duration), side)


def _whole(
    container: InputContainer, stream: AudioStream, finest: float
) -> tuple[list[_Level], bool]:
    """Return the levels of all frames, and whether these are indeed all."""
    levels: list[_Level] = []
    origin: float | None = None
    end = 0.0
    for number, frame in enumerate(_decoded(container, stream)):
        if number >= _MAX_FRAMES:
            return levels, False
        if frame.time is not None:
            origin = frame.time if origin is None else origin
            since = frame.time - origin
            end = since if since > end + _GAP else end
        levels += _levels(frame, end, finest)
        end = levels[-1].end
    return levels, True


def _sampled(
    container: InputContainer, stream: AudioStream, duration: float
) -> Iterator[_Level]:
    start = container.start_time or 0
    for bar in range(BARS):
        begin, end = duration * bar / BARS, duration * (bar + 1) / BARS
        moment = start + int((begin + end) / 2 * 1_000_000)
        if found := _levels_at(container, stream, moment):
            yield _Level(begin, end, max(found))


def _levels_at(
    container: InputContainer, stream: AudioStream, moment: int
) -> list[float]:
    try:
        container.seek(moment)
        frames = list(itertools.islice(_decoded(container, stream), _FRAMES_PER_BAR))
    except (av.error.FFmpegError, EOFError):
        return []
    return [level.level for frame in frames for level in _levels(frame, 0.0, 1.0)]


def _decoded(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Decode from where the container stands; damaged packets are passed over."""
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except (av.error.InvalidDataError, EOFError):
            continue


def _levels(frame: AudioFrame, begin: float, finest: float) -> Iterator[_Level]:
    """Measure pieces of a frame, each of about `finest` seconds, of all channels."""
    length = frame.samples / frame.sample_rate
    pieces = max(1, min(16, round(length / finest))) if finest > 0 else 4
    samples = _floats(frame)
    for index, piece in enumerate(np.array_split(samples, pieces, axis=1)):
        start = begin + length * index / pieces
        level = math.sqrt(float(np.vdot(piece, piece)) / max(piece.size, 1))
        yield _Level(start, start + length / pieces, min(level, 1.0))


def _floats(frame: AudioFrame) -> _Floats:
    """Return samples from -1 to 1, a row per channel or all in one; NaN is 0."""
    samples = frame.to_ndarray()
    floats: _Floats = samples.astype(np.float32)
    if samples.dtype.kind == "u":
        return floats / np.float32(128) - np.float32(1)
    if samples.dtype.kind == "i":
        return floats / np.float32(2 ** (8 * samples.dtype.itemsize - 1))
    return np.clip(np.nan_to_num(floats), -1, 1)


def _bars(levels: list[_Level], duration: float) -> list[float]:
    """Take the loudest level within each bar, scaled so that the loudest bar is 1."""
    bars = [0.0] * BARS
    for level in levels:
        first = int(level.start / duration * BARS)
        last = int(level.end / duration * BARS - 1e-9)
        for bar in range(max(first, 0), min(last, BARS - 1) + 1):
            bars[bar] = max(bars[bar], level.level)
    # Silence is drawn as silence: what is below -60 dB is not scaled up.
    loudest = max(*bars, 0.001)
    return [(level / loudest) ** 0.75 for level in bars]


def _draw_bars(bars: list[float], side: int) -> Image.Image:
    """Draw mirrored bars with round ends, four times as large and then reduced."""
    image = canvas.sheet(WIDTH, HEIGHT, side * 4, _GROUND)
    draw = ImageDraw.Draw(image)
    margin = image.width / 20
    step = (image.width - 2 * margin) / BARS
    middle = image.height * 0.46
    for index, level in enumerate(bars):
        x = margin + index * step
        half = max(step * 0.3, level * image.height * 0.36)
        part = index / (BARS - 1)
        color = tuple(
            round(a + (b - a) * part) for a, b in zip(_LOW, _HIGH, strict=True)
        )
        box = (x + step * 0.2, middle - half, x + step * 0.8, middle + half)
        draw.rounded_rectangle(box, step * 0.3, fill=color)
    return image.reduce(4)
