"""A link: its host and path, typeset. Nothing is fetched or resolved."""

from __future__ import annotations

from typing import BinaryIO
from urllib.parse import SplitResult, unquote, urlsplit

from PIL import Image, ImageDraw

from artifacts.thumbnails import canvas, typesetting
from artifacts.thumbnails.result import Reason, UndrawableError
from artifacts.thumbnails.text import decode
from artifacts.thumbnails.typefaces import BOLD
from artifacts.thumbnails.typesetting import Style

MAX_BYTES = 8192
_MAX_HOST = 120
"""Characters; more never fit in one line."""
WIDTH, HEIGHT, MARGIN = 256, 144, 18


def draw(file: BinaryIO, *, side: int, format: str) -> Image.Image:
    """Draw the host large and the path below it, on an opaque ground."""
    url = _parse(decode(file.read(MAX_BYTES)).strip())
    large = side * canvas.OVERSAMPLING
    image = canvas.sheet(WIDTH, HEIGHT, large, canvas.WASH)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, canvas.scaled(4, large), image.height), fill=canvas.ACCENT)
    margin = canvas.scaled(MARGIN, large)
    limit = image.width - 2 * margin
    style, host = _fitted(host_text(url), limit, large)
    baseline = canvas.scaled(64, large)
    scheme = Style(canvas.scaled(11, large), color=canvas.MUTED)
    above = (margin, baseline - style.size * 1.25)
    typesetting.draw_line(pen, above, f"{url.scheme}://", scheme)
    typesetting.draw_line(pen, (margin, baseline), host, style)
    _draw_path(pen, _path_text(url), (margin, baseline), limit, large)
    return image.reduce(canvas.OVERSAMPLING)


def _parse(text: str) -> SplitResult:
    try:
        url = urlsplit(text.splitlines()[0] if text else "")
        if url.scheme and url.hostname:
            return url
    except ValueError:
        pass
    raise UndrawableError(Reason.DAMAGED)


def host_text(url: SplitResult) -> str:
    """Give the host as it is written, never an IDN in letters that imitate others."""
    host = (url.hostname or "").removeprefix("www.")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            host = ascii(host)[1:-1]
    return typesetting.clean(host)


def _path_text(url: SplitResult) -> str:
    path = unquote(url.path).rstrip("/")
    return typesetting.clean(path + (f"?{unquote(url.query)}" if url.query else ""))


def _fitted(host: str, limit: float, side: int) -> tuple[Style, str]:
    """Choose the size; a host too long for the smallest one keeps its end.

    The end is the part that was registered, and that tells whose it is.
    """
    style = Style(canvas.scaled(26, side), BOLD)
    for size in (26, 22, 19, 16, 13):
        style = Style(canvas.scaled(size, side), BOLD)
        if typesetting.width(host, style) <= limit:
            return style, host
    host = host[-_MAX_HOST:]
    while len(host) > 1 and typesetting.width(f"\u2026{host}", style) > limit:
        host = host[1:]
    return style, f"\u2026{host}"


def _draw_path(
    draw: ImageDraw.ImageDraw,
    path: str,
    at: tuple[float, float],
    limit: float,
    side: int,
) -> None:
    style = Style(canvas.scaled(12, side), color=canvas.MUTED)
    leading = canvas.scaled(17, side)
    left, top = at
    lines = list(typesetting.wrap(path, style, limit))
    for index, line in enumerate(lines[:3]):
        cut = index == 2 and len(lines) > 3
        shown = typesetting.clip(line + "\u2026" * cut, style, limit)
        typesetting.draw_line(draw, (left, top + (index + 1.4) * leading), shown, style)
