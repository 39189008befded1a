"""Opening audio and video by the demuxer of the known type, and no other.

Left to guess, FFmpeg takes a playlist or a script for what it is and opens the
files and addresses in it.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import BinaryIO

import av
import av.error
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.video.stream import VideoStream

from artifacts.thumbnails import canvas
from artifacts.thumbnails.result import Reason, UndrawableError

_DEMUXERS = {
    "mp4": "mov",
    "mov": "mov",
    "m4a": "mov",
    "webm": "matroska",
    "mkv": "matroska",
    "avi": "avi",
    "mp3": "mp3",
    "wav": "wav",
    "flac": "flac",
    "ogg": "ogg",
    "ogv": "ogg",
    "3gp": "mov",
    "mpg": "mpeg",
    "flv": "flv",
    "aac": "aac",
    "aiff": "aiff",
}
_OPTIONS = {
    "probesize": "4000000",
    # Microseconds of streams that are read for what their headers do not tell.
    "analyzeduration": "3000000",
    "max_streams": "64",
    "protocol_whitelist": "",
}
_ESTIMATING = {"aac", "mpeg"}
"""Demuxers whose duration comes from a bit rate, or from timestamps but the last."""
_MAX_PACKETS, _MAX_PACKET_BYTES = 300_000, 256 * 2**20
"""Read, undecoded, for a duration: about an hour and a half of sound."""


@contextlib.contextmanager
def opened(file: BinaryIO, format: str) -> Iterator[InputContainer]:
    """Open a container; FFmpeg's errors, also those of the body, become reasons."""
    try:
        with av.open(
            file,
            mode="r",
            format=_DEMUXERS[format],
            container_options=_OPTIONS,
            metadata_errors="replace",
        ) as container:
            yield container
    except MemoryError as error:
        raise UndrawableError(Reason.OUT_OF_MEMORY) from error
    except (av.error.DecoderNotFoundError, av.error.PatchWelcomeError) as error:
        raise UndrawableError(Reason.UNSUPPORTED) from error
    except (av.error.FFmpegError, EOFError) as error:
        raise UndrawableError(Reason.DAMAGED) from error


def context(stream: VideoStream | AudioStream) -> CodecContext:
    """Return the stream's decoder, of one thread; raise if there is none for it.

    Threads would each map a stack, and make what is decoded first a matter of luck.
    """
    found: CodecContext | None = stream.codec_context
    if found is None:
        raise UndrawableError(Reason.UNSUPPORTED)
    found.thread_count = 1
    return found


def seconds(container: InputContainer) -> float | None:
    """Return the declared duration, if one is declared that can be true."""
    duration = container.duration
    if duration is None or not 0 < duration < 10**13:
        return None
    return duration / av.time_base


def is_estimated(container: InputContainer) -> bool:
    """Tell whether the duration is FFmpeg's guess rather than the file's word."""
    return container.format.name in _ESTIMATING


def measured(
    container: InputContainer, stream: VideoStream | AudioStream
) -> float | None:
    """Return how long the packets last; None if they are too many or not timed.

    The container stands at its beginning again afterwards.
    """
    try:
        container.seek(0)
        length = _packets_length(container, stream)
        container.seek(0)
    except (av.error.FFmpegError, EOFError):
        return None
    return length


def _packets_length(
    container: InputContainer, stream: VideoStream | AudioStream
) -> float | None:
    first, last, size = math.inf, -math.inf, 0
    for number, packet in enumerate(container.demux(stream)):
        size += packet.size
        if number >= _MAX_PACKETS or size > _MAX_PACKET_BYTES:
            return None
        if packet.pts is not None and packet.time_base:
            first = min(first, float(packet.pts * packet.time_base))
            end = packet.pts + (packet.duration or 0)
            last = max(last, float(end * packet.time_base))
    return last - first if 0 < last - first < 10**7 else None


def clock(length: float) -> str:
    """Write a duration in seconds; parts of a second, which `0:00` would deny, too."""
    if length < 0.95:
        return f"{max(length, 0.1):.1f} s"
    return canvas.clock(length)
