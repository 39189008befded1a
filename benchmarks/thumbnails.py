"""Time and memory of one thumbnail by kind, beside plain Pillow and libvips.

    python -m benchmarks.thumbnails [--rounds N] [FILE ...]

Files given by name are measured as well, by their extension. libvips takes part
where pyvips can be imported, which is installed for this alone:

    pip install --target build/pyvips "pyvips[binary]"
    PYTHONPATH=build/pyvips python -m benchmarks.thumbnails

`ms` is the time of the kept child; `/in-proc`, `/plain`, `/whole` and `/vips` are its
ratios to drawing in process, to `Image.open().thumbnail().save()`, to that once all
pixels are decoded, and to libvips: below 1 the kept child is faster, `-` means that the
other cannot draw the file. `MB` is peak memory, `B/pixel` the same by the pixels read.
Each round draws every way once, in turn, so that other load meets all of them; a
figure is the median of the rounds, a ratio the median of the rounds' ratios. Peak
memory is what a fresh process grows by over one picture.
"""

from __future__ import annotations

import argparse
import functools
import importlib
import io
import math
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from artifacts.thumbnails import pool, worker
from artifacts.thumbnails.protocol import FORMATS
from artifacts.thumbnails.result import SIDE

try:
    import pyvips
except ImportError:
    pyvips = None

LIMITS = pool.Limits(children=1, wall_seconds=60, cpu_seconds=60)


@dataclass(frozen=True, slots=True)
class Sample:
    """A file to draw; `pixels` is 0 where it has none of its own."""

    name: str
    path: Path
    format: str
    pixels: int = 0


def photograph(width: int, height: int, *, bands: int = 3) -> Image.Image:
    """Make something with a photograph's spectrum: octaves of noise, finest faint."""
    random = np.random.default_rng(7)
    total = np.zeros((height, width, bands), np.float32)
    for octave in range(2, 11, 2):
        cells = (2**octave * height // width + 1, 2**octave)
        for band in range(bands):
            coarse = Image.fromarray(random.random(cells, np.float32))
            fine = coarse.resize((width, height), Image.Resampling.BICUBIC)
            total[..., band] += np.asarray(fine) * 150 / 2 ** (octave / 2)
    total += random.normal(0, 4, total.shape).astype(np.float32)
    pixels = np.clip(total, 0, 255).astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if bands == 1 else pixels)


def samples(folder: Path) -> Iterator[Sample]:
    """Write the images to measure into a folder."""
    camera, screen = photograph(4000, 3000), photograph(3840, 2160)
    alpha = camera.copy()
    alpha.putalpha(photograph(4000, 3000, bands=1))
    grey = np.asarray(photograph(4000, 3000, bands=1)).astype(np.uint16) * 16
    deep = Image.fromarray(grey)
    kinds: list[tuple[str, Image.Image, str, dict[str, Any]]] = [
        ("JPEG 12 MP", camera, "jpg", {"quality": 92}),
        ("JPEG 12 MP progressive", camera, "jpg", {"progressive": True}),
        ("JPEG 48 MP", camera.resize((8000, 6000)), "jpg", {"quality": 92}),
        ("JPEG 12 MP CMYK", camera.convert("CMYK"), "jpg", {}),
        ("PNG 12 MP", camera, "png", {"compress_level": 6}),
        ("PNG 12 MP RGBA", alpha, "png", {"compress_level": 6}),
        ("PNG 12 MP grey 16 bit", deep, "png", {"compress_level": 6}),
        ("PNG 12 MP palette", camera.quantize(256), "png", {"compress_level": 6}),
        ("WebP 4K", screen, "webp", {}),
        ("AVIF 4K", screen, "avif", {"speed": 9}),
        ("GIF 4K", screen.quantize(256), "gif", {}),
        ("TIFF 12 MP LZW", camera, "tiff", {"compression": "tiff_lzw"}),
        ("BMP 12 MP", camera, "bmp", {}),
        ("PPM 12 MP", camera, "ppm", {}),
    ]
    for name, image, suffix, options in kinds:
        path = folder / f"{name.replace(' ', '-')}.{suffix}"
        image.save(path, **options)
        yield Sample(name, path, suffix, image.width * image.height)


def kept(sample: Sample) -> bytes:
    """Draw in the kept child, as the service does."""
    with sample.path.open("rb") as file:
        thumbnail = pool.draw(file, format=sample.format, limits=LIMITS)
    assert thumbnail is not None  # noqa: S101
    return thumbnail.data


def in_process(sample: Sample) -> bytes:
    with sample.path.open("rb") as file:
        return worker.picture(file, format=sample.format)


def plain(sample: Sample) -> bytes:
    buffer = io.BytesIO()
    with Image.open(sample.path) as image:
        image.thumbnail((SIDE, SIDE))
        image.save(buffer, "WEBP")
    return buffer.getvalue()


def whole(sample: Sample) -> bytes:
    """Draw as `plain` does once something has made it decode the full size."""
    buffer = io.BytesIO()
    with Image.open(sample.path) as image:
        image.load()
        image.thumbnail((SIDE, SIDE))
        image.save(buffer, "WEBP")
    return buffer.getvalue()


def vips(sample: Sample) -> bytes:
    try:
        image = pyvips.Image.thumbnail(str(sample.path), SIDE, height=SIDE, size="down")
        data: bytes = image.webpsave_buffer(Q=80)
    except pyvips.Error as error:
        raise OSError from error
    return data


def seconds(draw: Callable[[Sample], bytes], sample: Sample) -> float:
    """Return how long a way takes, not a number where it cannot draw the sample."""
    start = time.perf_counter()
    try:
        drawn = draw(sample)
    except (OSError, ValueError, KeyError):
        return float("nan")
    return time.perf_counter() - start if drawn else float("nan")


def peak_bytes(sample: Sample) -> int:
    """Return the resident bytes that one picture adds to a fresh process at its peak."""
    command = [sys.executable, __file__, "--peak", sample.format, str(sample.path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return int(done.stdout)


def grown(path: Path, format: str) -> int:
    """Draw in this process and return by how many bytes that made it grow."""
    importlib.import_module(f"artifacts.thumbnails.{FORMATS[format]}")
    before = _status("VmRSS")
    seconds(in_process, Sample(path.name, path, format))
    return _status("VmHWM") - before


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    return 0


def ways(sample: Sample) -> dict[str, Callable[[Sample], bytes]]:
    """Return the ways to compare: the others draw images only."""
    result: dict[str, Callable[[Sample], bytes]] = {
        "kept": kept,
        "in process": in_process,
    }
    if sample.pixels:
        result |= {"plain": plain, "whole": whole}
        if pyvips is not None:
            result["vips"] = vips
    return result


def measure(sample: Sample, rounds: int) -> str:
    """Return one line of the table."""
    memory = peak_bytes(sample)
    all_ways = ways(sample)
    for draw in all_ways.values():
        seconds(draw, sample)
    times: dict[str, list[float]] = {name: [] for name in all_ways}
    for _ in range(rounds):
        for name, draw in all_ways.items():
            times[name].append(seconds(draw, sample))
    ratio = functools.partial(_ratio, times)
    per_pixel = f"{memory / sample.pixels:8.1f}" if sample.pixels else " " * 8
    return (
        f"{sample.name:26} {statistics.median(times['kept']) * 1000:8.1f} "
        f"{ratio('in process'):8} {ratio('plain'):8} {ratio('whole'):8} "
        f"{ratio('vips'):8} "
        f"{memory / 2**20:8.0f} {per_pixel}"
    )


def _ratio(times: dict[str, list[float]], other: str) -> str:
    if other not in times:
        return f"{'':8}"
    pairs = zip(times["kept"], times[other], strict=True)
    ratio = statistics.median(mine / its for mine, its in pairs)
    # Not a number where the other cannot draw it.
    return f"{'-' if math.isnan(ratio) else format(ratio, '.2f'):>8}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--peak", metavar="FORMAT", help=argparse.SUPPRESS)
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()
    if options.peak:
        print(grown(options.files[0], options.peak))
        return
    if pyvips is not None:
        pyvips.cache_set_max(0)
    print(
        f"{'':26} {'ms':>8} {'/in-proc':>8} {'/plain':>8} {'/whole':>8} {'/vips':>8} "
        f"{'MB':>8} {'B/pixel':>8}"
    )
    pool.warm(LIMITS)
    with tempfile.TemporaryDirectory() as folder:
        for sample in samples(Path(folder)):
            print(measure(sample, options.rounds), flush=True)
    for path in options.files:
        sample = Sample(path.name, path, path.suffix[1:].lower())
        print(measure(sample, options.rounds), flush=True)


if __name__ == "__main__":
    main()
