"""Films and sounds whose thumbnails can be told right from wrong, made by FFmpeg."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.stream import Disposition
from av.video.stream import VideoStream

BLACK, RED, WHITE = (0, 0, 0), (200, 20, 20), (255, 255, 255)
_CONTAINERS = {"mkv": "matroska", "m4a": "ipod"}


@dataclass(frozen=True, slots=True)
class Film:
    """Black for `black` seconds, then red with a white upper left quarter."""

    format: str = "mp4"
    codec: str = "libx264"
    size: tuple[int, int] = (160, 96)
    seconds: float = 3.0
    black: float = 0.0
    rotation: int = 0
    """Degrees, clockwise, by which a player turns it."""

    def make(self) -> bytes:
        buffer = io.BytesIO()
        with _writing(buffer, self.format) as target:
            stream = cast("VideoStream", target.add_stream(self.codec, rate=10))
            stream.width, stream.height = self.size
            stream.pix_fmt = "yuv420p"
            if self.rotation:
                stream.set_display_rotation(-self.rotation)
            for number in range(round(self.seconds * 10)):
                target.mux(stream.encode(self._frame(number / 10)))
            target.mux(stream.encode(None))
        return buffer.getvalue()

    def _frame(self, moment: float) -> av.VideoFrame:
        width, height = self.size
        picture = np.zeros((height, width, 3), dtype=np.uint8)
        if moment >= self.black:
            picture[:] = RED
            picture[: height // 2, : width // 2] = WHITE
        return av.VideoFrame.from_ndarray(picture, format="rgb24")


def sound(
    format: str = "wav",
    codec: str = "pcm_s16le",
    *,
    seconds: float = 2.0,
    rate: int = 48_000,
    layout: str = "mono",
) -> bytes:
    """Make a tone that is silent in its first half."""
    buffer = io.BytesIO()
    moments = np.arange(round(seconds * rate)) / rate
    tone = np.sin(moments * 2 * np.pi * 330) * (moments > seconds / 2) * 0.8
    with _writing(buffer, format) as target:
        stream = cast("AudioStream", target.add_stream(codec, rate=rate))
        stream.layout = layout
        for start in range(0, len(tone), 4800):
            piece = tone[start : start + 4800].astype(np.float32)
            channels = np.repeat(piece[None], stream.layout.nb_channels, axis=0)
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(channels), format="fltp", layout=layout
            )
            frame.sample_rate, frame.pts = rate, start
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return buffer.getvalue()


def album() -> bytes:
    """Make a sound with a picture of its album, which is a video stream of one frame."""
    buffer = io.BytesIO()
    with _writing(buffer, "mp4") as target:
        cover = cast("VideoStream", target.add_stream("mjpeg", rate=1))
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        tone = cast("AudioStream", target.add_stream("aac", rate=48_000))
        tone.layout = "mono"
        picture = np.full((64, 64, 3), 128, dtype=np.uint8)
        target.mux(cover.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        target.mux(cover.encode(None))
        wave = np.sin(np.arange(1024) / 7, dtype=np.float32)[None]
        frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
        frame.sample_rate = 48_000
        target.mux(tone.encode(frame))
        target.mux(tone.encode(None))
    return buffer.getvalue()


def empty() -> bytes:
    """Make an MP4 without a single track."""
    header = _box(b"mvhd", bytes(100))
    return _box(b"ftyp", b"isom\0\0\2\0isom") + _box(b"moov", header)


def _box(name: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + name + content


def _writing(buffer: io.BytesIO, format: str) -> Any:
    name = _CONTAINERS.get(format, format)
    return av.open(buffer, "w", format=name, options={"fflags": "+bitexact"})
