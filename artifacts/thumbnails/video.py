"""Video: a frame that shows something, upright, with its duration in the corner."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import av.error
import numpy as np
from av.container import InputContainer
from av.sidedata.sidedata import SideData
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream
from PIL import Image

from artifacts.thumbnails import audio, canvas
from artifacts.thumbnails.result import Reason, UndrawableError
from artifacts.thumbnails.streams import (
    clock,
    context,
    is_estimated,
    measured,
    opened,
    seconds,
)

MAX_PIXELS = 8192 * 4352
"""8K; a decoder keeps up to 17 such frames of 1.5 bytes a pixel."""
_PLACES = (0.1, 0.35, 0.6, 0.0)
"""Where frames are looked at, in parts of the duration, in this order."""
_MAX_PACKETS = 400
"""Read for one frame; more means that seeking does not work."""
_EVERY = 8
_MAX_DECODED = 320_000_000
"""Pixels decoded from the start on: some 150 frames of full HD, about a second."""
_TELLING = 28.0
"""Standard deviation of luma above which a frame is taken without looking further."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    image: Image.Image
    contrast: float


def draw(file: BinaryIO, *, side: int, format: str) -> Image.Image:
    """Draw a frame, opaque; a file without pictures gets the waveform of its sound.

    Frames are tried at several places; the first with enough contrast is taken,
    else the one with most.
    """
    with opened(file, format) as container:
        stream = _picture_stream(container)
        if stream is None:
            return audio.draw_waveform(container, side=side)
        context(stream)
        _check_size(stream.codec_context.width, stream.codec_context.height)
        candidate = _best(container, stream, side)
        duration = seconds(container)
        if duration is None or (duration < 1 and is_estimated(container)):
            duration = measured(container, stream) or duration
    image = candidate.image
    return image if duration is None else canvas.mark(image, clock(duration), side)


def _picture_stream(container: InputContainer) -> VideoStream | None:
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise UndrawableError(Reason.TOO_LARGE)


def _best(container: InputContainer, stream: VideoStream, side: int) -> _Candidate:
    best: _Candidate | None = None
    for frame in _frames(container, stream):
        candidate = _candidate(frame, stream, side)
        if best is None or candidate.contrast > best.contrast:
            best = candidate
        if best.contrast >= _TELLING:
            break
    if best is None:
        raise UndrawableError(Reason.DAMAGED)
    return best


def _frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield key frames of several places, then every few frames from the start on.

    The second is for files that cannot be sought in, or have a single key frame.
    """
    duration = seconds(container)
    for place in _PLACES if duration is not None else ():
        frame = _frame_at(container, stream, (duration or 0) * place)
        if frame is not None:
            yield frame
    spent = 0
    for number, frame in enumerate(_from_start(container, stream)):
        if number % _EVERY == 0:
            yield frame
        spent += frame.width * frame.height
        if spent > _MAX_DECODED:
            return


def _frame_at(
    container: InputContainer, stream: VideoStream, moment: float
) -> VideoFrame | None:
    start = container.start_time or 0
    try:
        container.seek(start + int(moment * 1_000_000), backward=True)
        return next(_decoded(container, stream, _MAX_PACKETS), None)
    except (av.error.FFmpegError, EOFError):
        return None


def _from_start(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    try:
        container.seek(0)
        yield from _decoded(container, stream, 20 * _MAX_PACKETS)
    except (av.error.FFmpegError, EOFError):
        return


def _decoded(
    container: InputContainer, stream: VideoStream, packets: int
) -> Iterator[VideoFrame]:
    """Decode from where the container stands; damaged packets are passed over."""
    for packet in itertools.islice(container.demux(stream), packets):
        try:
            yield from packet.decode()
        except (av.error.InvalidDataError, EOFError):
            continue


def _candidate(frame: VideoFrame, stream: VideoStream, side: int) -> _Candidate:
    _check_size(frame.width, frame.height)
    ratio = min(max(float(stream.sample_aspect_ratio or 1), 0.1), 10.0)
    width, height = canvas.fit((frame.width * ratio, frame.height), side)
    pixels = frame.reformat(
        width=width, height=height, format="rgb24", interpolation=Interpolation.AREA
    ).to_ndarray()
    image = _upright(Image.fromarray(np.ascontiguousarray(pixels)), frame)
    luma = np.asarray(image.convert("L"), dtype=np.float32)
    return _Candidate(image, float(luma.std()))


def _upright(image: Image.Image, frame: VideoFrame) -> Image.Image:
    """Turn and mirror a picture by quarters, as its display matrix is nearest to.

    ISO/IEC 14496-12, 6.2.2: (x, y) is shown at (ax + cy, bx + dy), y pointing down.
    `frame.rotation` does not do, since it takes a mirrored picture for a turned one.
    """
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if not isinstance(matrix, SideData):
        return image
    a, b, _, c, d = struct.unpack_from("=5i", bytes(matrix))
    if abs(b) + abs(c) > abs(a) + abs(d):
        image = image.transpose(Image.Transpose.TRANSPOSE)
        a, d = c, b
    if a < 0:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return image.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if d < 0 else image
