"""A small valid file of every format, made in memory: `FILES["png"]()`.

The bytes are the same on every run, made once a process when first asked for.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import av
import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image

from tests import document_media, scene_media

WIDTH, HEIGHT = 96, 64
"""Pixels of every picture and film."""
SECONDS = 0.5
"""Length of every film and sound."""
_FRAMES_PER_SECOND = 24
_SAMPLES_PER_SECOND = 48_000


def pixels(phase: float = 0.0) -> NDArray[np.uint8]:
    """Return HEIGHT by WIDTH by RGB: a gradient, and a yellow disc that `phase` moves."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    red, blue = 255 * x / WIDTH, 255 * y / HEIGHT
    picture = np.stack([red, 40 + 0 * red, 255 - blue], axis=-1).astype(np.uint8)
    centre = WIDTH * (0.25 + 0.5 * phase)
    picture[(x - centre) ** 2 + (y - HEIGHT / 2) ** 2 < 300] = (255, 230, 60)
    return picture


@cache
def image(pillow_format: str) -> bytes:
    """Return the picture as Pillow writes it."""
    buffer = io.BytesIO()
    Image.fromarray(pixels()).save(buffer, pillow_format)
    return buffer.getvalue()


@cache
def heic() -> bytes:
    """Return the same picture, without registering the plugin in this process."""
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(pixels())).save(buffer)
    return buffer.getvalue()


@cache
def clip(container: str, video: str = "", audio: str = "") -> bytes:
    """Return a film of the moving disc, a sound of 440 Hz, or both, from FFmpeg."""
    buffer = io.BytesIO()
    # Without it Matroska and Ogg draw random numbers and all name their versions.
    options = {"fflags": "+bitexact"}
    with av.open(buffer, "w", container, options=options) as target:
        # Every stream must be known before the first packet writes the header.
        packets = [
            *([_film(target, video)] if video else []),
            *([_tone(target, audio)] if audio else []),
        ]
        for encode in packets:
            encode()
    return buffer.getvalue()


def _film(target: Any, codec: str) -> Callable[[], None]:
    stream = target.add_stream(codec, rate=_FRAMES_PER_SECOND)
    stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    # Two runs differ with several threads, and with x264's B-frames (measured).
    stream.codec_context.thread_count = 1
    stream.codec_context.max_b_frames = 0
    stream.codec_context.flags |= av.codec.context.Flags.bitexact

    def encode() -> None:
        frames = int(SECONDS * _FRAMES_PER_SECOND)
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(pixels(index / frames), format="rgb24")
            target.mux(stream.encode(frame))
        target.mux(stream.encode())

    return encode


def _tone(target: Any, codec: str) -> Callable[[], None]:
    stream = target.add_stream(codec, rate=_SAMPLES_PER_SECOND, layout="mono")
    stream.codec_context.flags |= av.codec.context.Flags.bitexact

    def encode() -> None:
        time = np.arange(int(SECONDS * _SAMPLES_PER_SECOND)) / _SAMPLES_PER_SECOND
        samples = (12_000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
        frame.sample_rate = _SAMPLES_PER_SECOND
        fifo = av.AudioFifo()
        fifo.write(frame)
        resampler = av.AudioResampler(stream.format, stream.layout, stream.rate)
        size = stream.codec_context.frame_size or 1024
        while (piece := fifo.read(size, partial=True)) is not None:
            for converted in resampler.resample(piece):
                target.mux(stream.encode(converted))
        target.mux(stream.encode())

    return encode


def _array() -> NDArray[np.float32]:
    """Return a ripple of 32 by 48."""
    y, x = np.mgrid[-16:16, -24:24]
    return np.asarray(np.cos(np.hypot(x, y)), dtype=np.float32)


@cache
def npy() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, _array())
    return buffer.getvalue()


@cache
def npz() -> bytes:
    return document_media.archive({"ripple.npy": npy(), "same.npy": npy()})


def _text(*lines: str) -> Callable[[], bytes]:
    content = "".join(f"{line}\n" for line in lines).encode()
    return lambda: content


FILES: dict[str, Callable[[], bytes]] = {
    "jpg": partial(image, "JPEG"),
    "png": partial(image, "PNG"),
    "webp": partial(image, "WEBP"),
    "gif": partial(image, "GIF"),
    "tiff": partial(image, "TIFF"),
    "bmp": partial(image, "BMP"),
    "avif": partial(image, "AVIF"),
    "heic": heic,
    "ico": partial(image, "ICO"),
    "ppm": partial(image, "PPM"),
    "svg": _text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 64">',
        '<rect width="96" height="64" fill="teal"/>',
        '<circle cx="48" cy="32" r="17" fill="gold"/></svg>',
    ),
    "mp4": partial(clip, "mp4", "libx264", "aac"),
    "webm": partial(clip, "webm", "libvpx"),
    "mov": partial(clip, "mov", "libx264"),
    "mkv": partial(clip, "matroska", "libx264"),
    "avi": partial(clip, "avi", "mpeg4"),
    "mp3": partial(clip, "mp3", "", "libmp3lame"),
    "wav": partial(clip, "wav", "", "pcm_s16le"),
    "flac": partial(clip, "flac", "", "flac"),
    "ogg": partial(clip, "ogg", "", "libopus"),
    "m4a": partial(clip, "ipod", "", "aac"),
    "pdf": document_media.pdf,
    "docx": document_media.docx,
    "xlsx": document_media.xlsx,
    "pptx": document_media.pptx,
    "odt": partial(document_media.open_document, "text"),
    "ods": partial(document_media.open_document, "spreadsheet"),
    "odp": partial(document_media.open_document, "presentation"),
    "rtf": _text(r"{\rtf1\ansi The quick brown fox.\par}"),
    "txt": _text("The quick brown fox", "jumps over the lazy dog. Größe: 5 µm, 東京."),
    "md": _text("# Findings", "", "- the *fox* is quick", "- the dog is lazy"),
    "csv": _text("animal,legs,quick", "fox,4,true", "dog,4,false"),
    "html": _text(
        "<!DOCTYPE html>", '<html lang="en"><title>Fox</title><p>Quick.</p></html>'
    ),
    "json": _text('{"animal": "fox", "legs": 4, "quick": true}'),
    "url": _text("https://example.com/reports/2026?page=1#summary"),
    "spz": scene_media.spz,
    "ply": scene_media.ply,
    "glb": scene_media.glb,
    "npy": npy,
    "npz": npz,
    "zip": partial(document_media.archive, {"notes.txt": "The quick brown fox."}),
    "bin": lambda: bytes(range(256)) * 2,
}
"""By the canonical extension of each media type; `bin` is of no kind."""
