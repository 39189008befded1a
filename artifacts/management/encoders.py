"""Writers of the sample artifacts' formats; the same input gives the same bytes."""

from __future__ import annotations

import gzip
import io
import struct
from collections.abc import Iterable, Sequence

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
Numbers = NDArray[np.float64]

# Without it FFmpeg names its version in the file and draws random identifiers.
_BITEXACT = {"fflags": "+bitexact"}
# Bytes kept free at the front for the index, so that players start before the end has
# arrived; `faststart` would do the same but has to open the output a second time.
_INDEX = {"moov_size": "8192"}
_SPZ_MAGIC = b"NGSP"
_SPZ_FRACTION_BITS = 12
# The zeroth spherical harmonic, 1 / (2 √π), and SPZ's scale of colours.
_HARMONIC, _SPZ_COLOUR = 0.282095, 0.15


def jpeg(pixels: Pixels) -> bytes:
    """Encode height by width by RGB."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=88, progressive=True)
    return buffer.getvalue()


def mp4(frames: Iterable[Pixels], *, width: int, height: int, rate: int) -> bytes:
    """Encode RGB frames at `rate` a second as H.264 that every browser plays."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", "mp4", options=_BITEXACT | _INDEX) as target:
        stream = target.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "veryfast", "crf": "21"}
        # Two runs differ with several threads, and with x264's B-frames (measured).
        stream.codec_context.thread_count = 1
        stream.codec_context.max_b_frames = 0
        for pixels in frames:
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            target.mux(stream.encode(frame))
        target.mux(stream.encode())
    return buffer.getvalue()


def mp3(samples: Numbers, *, rate: int) -> bytes:
    """Encode 2 by N samples within ±1, at `rate` a second, as stereo."""
    interleaved = np.round(samples.T * 32_767).astype(np.int16).reshape(1, -1)
    buffer = io.BytesIO()
    with av.open(buffer, "w", "mp3", options=_BITEXACT) as target:
        stream = target.add_stream("libmp3lame", rate=rate, layout="stereo")
        stream.bit_rate = 128_000
        resampler = av.AudioResampler("s16p", "stereo", rate, frame_size=1152)
        frame = av.AudioFrame.from_ndarray(interleaved, format="s16", layout="stereo")
        frame.sample_rate = rate
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            target.mux(stream.encode(piece))
        target.mux(stream.encode(None))
    return buffer.getvalue()


def npy(array: NDArray[np.float32]) -> bytes:
    """Encode an array as NumPy's own format."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def spz(points: Numbers, colours: Numbers, *, radius: float) -> bytes:
    """Encode round Gaussians of one radius as SPZ version 2 (Niantic).

    `points` is N by 3 with coordinates within ±2047, `colours` N by RGB within 0 to 1.
    """
    count = len(points)
    fixed = np.round(points * (1 << _SPZ_FRACTION_BITS)).astype("<i4")
    harmonics = (colours - 0.5) / _HARMONIC
    parts = (
        struct.pack("<4sIIBBBB", _SPZ_MAGIC, 2, count, 0, _SPZ_FRACTION_BITS, 0, 0),
        fixed.view(np.uint8).reshape(count, 3, 4)[:, :, :3].tobytes(),
        _byte(np.full(count, 0.95) * 255),
        _byte((harmonics * _SPZ_COLOUR + 0.5) * 255),
        _byte(np.full(count * 3, (np.log(radius) + 10) * 16)),
        # The x, y and z of the quaternion that turns nothing.
        _byte(np.full(count * 3, 127.5)),
    )
    return gzip.compress(b"".join(parts), mtime=0)


def _byte(values: Numbers) -> bytes:
    return np.clip(np.round(values), 0, 255).astype(np.uint8).tobytes()


def pdf(pages: Sequence[str], *, width: int, height: int, title: str) -> bytes:
    """Write pages of content operators, their size in points, as PDF 1.7.

    `/F1` is Helvetica and `/F2` its bold; the text is in WinAnsi. See ISO 32000-1,
    sections 7.5 (the file) and 8 to 9 (the operators).
    """
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /%b /Encoding /WinAnsiEncoding >>"
    kids = " ".join(f"{6 + 2 * index} 0 R" for index in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en) >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        f"<< /Title ({title}) >>".encode("cp1252"),
        font % b"Helvetica",
        font % b"Helvetica-Bold",
    ]
    for index, operators in enumerate(pages):
        stream = operators.encode("cp1252")
        page = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] "
            f"/Contents {7 + 2 * index} 0 R "
            "/Resources << /Font << /F1 4 0 R /F2 5 0 R >> >> >>"
        )
        objects.append(page.encode())
        objects.append(
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream)
        )
    return _pdf_file(objects)


def _pdf_file(objects: Sequence[bytes]) -> bytes:
    """Give the objects their numbers, from 1, and add the table of where each begins."""
    body, offsets = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    rows = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"<< /Size %d /Root 1 0 R /Info 3 0 R >>" % (len(objects) + 1)
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer\n%b\nstartxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, rows, trailer, len(body))
    )
