"""NumPy arrays: a heat map, an image, a curve, or shape and type in words."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageDraw

from artifacts.thumbnails import archives, canvas, colormaps, npy, typesetting
from artifacts.thumbnails.result import Reason, UndrawableError
from artifacts.thumbnails.typefaces import BOLD
from artifacts.thumbnails.typesetting import Style

_MAX_MEMBERS = 32
"""Arrays of an archive whose headers are read."""
_CHANNELS = (3, 4)
_LEAST_IMAGE = 4
"""Pixels of an image's shorter side; what is smaller is a matrix rather."""
_LEAST_WIDTH = 150
"""Of a picture of 256 pixels, which the mark needs."""
_LEAST_PART = 0.25
"""Of the longer side that the shorter one of a heat map gets at least."""


def draw(file: BinaryIO, *, side: int, format: str) -> Image.Image:
    """Draw an array with its shape in the corner; of an archive, the most telling one.

    Opaque, except an image of four channels.
    """
    if format == "npz":
        return _draw_archive(file, side)
    header = npy.read_header(file)
    if header.is_plain and header.count == 1:
        return _draw_words(header, "", side, value=npy.read_value(file, header))
    if not _is_drawn(header):
        return _draw_words(header, "", side)
    flat = replace(header, shape=_squeezed(header.shape))
    array = npy.read_plane(file, flat, channel_axis=_channel_axis(flat.shape))
    return _draw_array(array, header, "", side)


def _draw_archive(file: BinaryIO, side: int) -> Image.Image:
    with archives.opened(file) as archive:
        members = _headers(archive)
        if not members:
            raise UndrawableError(Reason.UNSUPPORTED)
        name, header = max(members, key=lambda member: _interest(member[1]))
        label = name.removesuffix(".npy")
        if not _is_drawn(header) or header.data_bytes > npy.WHOLE_BYTES:
            return _draw_words(header, label, side)
        data = archives.read(archive, name, header.offset + header.data_bytes)
    if len(data) < header.offset + header.data_bytes:
        raise UndrawableError(Reason.DAMAGED)
    return _draw_array(npy.shaped(data[header.offset :], header), header, label, side)


def _headers(archive: zipfile.ZipFile) -> list[tuple[str, npy.Header]]:
    found = []
    names = [name for name in archive.namelist() if name.endswith(".npy")]
    for name in names[:_MAX_MEMBERS]:
        with archives.open_member(archive, name) as member:
            found.append((name, npy.read_header(member)))
    return found


def _interest(header: npy.Header) -> tuple[bool, bool, int]:
    """Rank arrays: those that can be drawn, pictures before curves, then the largest."""
    is_small = header.data_bytes <= npy.WHOLE_BYTES
    return (_is_drawn(header) and is_small, len(header.shape) > 1, header.count)


def _is_drawn(header: npy.Header) -> bool:
    shape = _squeezed(header.shape)
    if not header.is_plain or header.count < 2:
        return False
    return len(shape) <= 2 or _channel_axis(shape) is not None


def _squeezed(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(length for length in shape if length != 1)


def _channel_axis(shape: tuple[int, ...]) -> int | None:
    """Find the axis of 3 or 4 channels of an image: the last, else the first."""
    if len(shape) != 3:
        return None
    if shape[2] in _CHANNELS and min(shape[:2]) >= _LEAST_IMAGE:
        return 2
    is_first = shape[0] in _CHANNELS and min(shape[1:]) >= _LEAST_IMAGE
    return 0 if is_first else None


def _draw_array(
    array: npy.Array, header: npy.Header, label: str, side: int
) -> Image.Image:
    shape = _squeezed(header.shape)
    plane = array.reshape(_squeezed(array.shape) or (1,))
    title = f"{label}: {header.title}" if label else header.title
    if plane.ndim == 1:
        image = _curve(plane, side)
    elif plane.ndim == 2:
        image = _heat_map(plane, side)
    else:
        image = _picture(plane, _channel_axis(shape), side)
    shown = title if len(title) <= 32 else header.title
    return canvas.mark(_widened(image, side), shown, side)


def _widened(image: Image.Image, side: int) -> Image.Image:
    """Set a narrow picture on a ground that has room for the mark."""
    least = canvas.scaled(_LEAST_WIDTH, side)
    if image.width >= least:
        return image
    ground = Image.new("RGB", (least, image.height), canvas.WASH)
    ground.paste(image, ((least - image.width) // 2, 0))
    return ground


def _heat_map(plane: npy.Array, side: int) -> Image.Image:
    colors = colormaps.colored(colormaps.numbers(plane))
    image = Image.fromarray(colors)
    width, height = plane.shape[1], plane.shape[0]
    longest = max(width, height)
    least = longest * _LEAST_PART
    size = canvas.fit((max(width, least), max(height, least)), side)
    return image.resize(size, _method(longest, side))


def _method(longest: int, side: int) -> Image.Resampling:
    """Keep cells squares with sharp edges where there is room for them."""
    return Image.Resampling.NEAREST if longest * 2 <= side else Image.Resampling.BOX


def _picture(plane: npy.Array, axis: int | None, side: int) -> Image.Image:
    if axis == 0:
        plane = np.moveaxis(plane, 0, 2)
    image = Image.fromarray(np.ascontiguousarray(_levels(plane)))
    method = _method(max(image.size), side)
    return image.resize(canvas.fit(image.size, side), method)


def _levels(plane: npy.Array) -> colormaps.Bytes:
    """Scale an image's numbers to bytes: by their type, else by their range."""
    if plane.dtype == np.uint8:
        return plane
    values = np.nan_to_num(colormaps.numbers(plane))
    low, high = float(values.min()), float(values.max())
    if plane.dtype.kind == "f" and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0 if high > 1 else 1.0
    scaled: colormaps.Bytes = ((values - low) * (255 / (high - low or 1))).astype(
        np.uint8
    )
    return scaled


def _curve(line: npy.Array, side: int) -> Image.Image:
    """Draw values against their index; a column spans the values that fall into it."""
    scale = 4
    image = canvas.sheet(256, 144, side * scale)
    draw = ImageDraw.Draw(image)
    values = colormaps.numbers(line)
    finite = values[np.isfinite(values)]
    if not finite.size:
        return image.reduce(scale)
    low, high = float(finite.min()), float(finite.max())
    extent = high - low or 1.0
    left, top = canvas.scaled(10, side * scale), canvas.scaled(14, side * scale)
    width, height = image.width - 2 * left, image.height - 3 * top

    def place(index: float, value: float) -> tuple[float, float]:
        x = left + index / max(len(values) - 1, 1) * width
        return x, top + (high - value) / extent * height

    for part in (0.0, 0.5, 1.0):
        y = top + part * height
        draw.line((left, y, left + width, y), fill=canvas.RULE, width=scale)
    pen = round(1.6 * side / 256 * scale)
    for piece in _envelope(values, side * 2):
        points = [place(index, value) for index, value in piece]
        if len(points) > 1:
            draw.line(points, fill=canvas.ACCENT, width=pen, joint="curve")
        else:  # a value that stands alone between gaps
            draw.circle(points[0], pen, fill=canvas.ACCENT)
    return image.reduce(scale)


def _envelope(values: np.ndarray, columns: int) -> list[list[tuple[float, float]]]:
    """Thin a curve out to the extremes of each column; it breaks where there are none."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for group in np.array_split(np.arange(len(values)), min(columns, len(values))):
        part = values[group]
        if np.isnan(part).all():
            pieces.append([])
            continue
        extremes = sorted({int(np.nanargmin(part)), int(np.nanargmax(part))})
        pieces[-1] += [(float(group[i]), float(part[i])) for i in extremes]
    return [piece for piece in pieces if piece]


def _draw_words(
    header: npy.Header, label: str, side: int, *, value: str = ""
) -> Image.Image:
    """Set shape and type, or a single value and its type, for what has no picture."""
    large = side * canvas.OVERSAMPLING
    image = canvas.sheet(256, 144, large, canvas.WASH)
    draw = ImageDraw.Draw(image)
    margin = canvas.scaled(18, large)
    limit = image.width - 2 * margin
    shape = value or " \u00d7 ".join(map(str, header.shape)) or "scalar"
    lines = (
        (
            label or ("scalar" if value else "array"),
            Style(canvas.scaled(12, large), color=canvas.MUTED),
            46,
        ),
        (shape, Style(canvas.scaled(24, large), BOLD), 78),
        (header.type_name, Style(canvas.scaled(15, large), color=canvas.ACCENT), 104),
    )
    for text, style, baseline in lines:
        shown = typesetting.clip(typesetting.clean(text), style, limit)
        typesetting.draw_line(
            draw, (margin, canvas.scaled(baseline, large)), shown, style
        )
    return image.reduce(canvas.OVERSAMPLING)
