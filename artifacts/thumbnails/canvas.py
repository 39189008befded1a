"""What every drawn thumbnail shares: colours, proportions and the corner mark.

Colours are sRGB. Sizes are given for a picture of 256 pixels and scaled to the
side that is asked for.
"""

from __future__ import annotations

import functools

from PIL import Image, ImageDraw

from artifacts.thumbnails.typefaces import BOLD, font

Color = tuple[int, int, int]

PAPER: Color = (255, 255, 255)
INK: Color = (30, 41, 59)
MUTED: Color = (100, 116, 139)
RULE: Color = (226, 232, 240)
WASH: Color = (241, 245, 249)
NIGHT: Color = (15, 23, 42)
ACCENT: Color = (79, 70, 229)
TEAL: Color = (13, 148, 136)
AMBER: Color = (180, 83, 9)
ROSE: Color = (225, 29, 72)


OVERSAMPLING = 2
"""Text drawn twice as large and reduced keeps its spacing, which hinting spoils."""


def scaled(length: float, side: int) -> int:
    """Convert a length on a 256-pixel picture to one of `side` pixels; at least 1."""
    return max(1, round(length * side / 256))


def fit(size: tuple[float, float], side: int) -> tuple[int, int]:
    """Scale a size so that its longer side is `side`; neither is less than 1."""
    factor = side / max(size)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def sheet(width: float, height: float, side: int, color: Color = PAPER) -> Image.Image:
    """Make an empty picture, its size given for a side of 256."""
    return Image.new("RGB", (scaled(width, side), scaled(height, side)), color)


def outline(image: Image.Image, side: int) -> None:
    """Rule the edge of a sheet as white as most of what it is shown on."""
    box = (0, 0, image.width - 1, image.height - 1)
    ImageDraw.Draw(image).rectangle(box, outline=RULE, width=scaled(1, side))


def mark(image: Image.Image, text: str, side: int) -> Image.Image:
    """Set a short mark, such as a duration, into the lower right corner.

    Nothing is drawn on a picture too small for it to be read.
    """
    pill = _pill(text, side)
    gap = scaled(6, side)
    if pill.width + 2 * gap > image.width or pill.height + 2 * gap > image.height:
        return image
    corner = (image.width - pill.width - gap, image.height - pill.height - gap)
    image.paste(pill, corner, pill)
    return image


@functools.lru_cache(maxsize=16)
def _pill(text: str, side: int) -> Image.Image:
    """Draw white text on a rounded ground, four times as large for smooth edges."""
    large = side * 4
    face = font(BOLD, scaled(10.5, large))
    width = round(face.getlength(text)) + 2 * scaled(6, large)
    size = (width + -width % 4, scaled(17, large))
    ground = Image.new("RGBA", size, (*NIGHT, 0))
    draw = ImageDraw.Draw(ground)
    box = (0, 0, size[0] - 1, size[1] - 1)
    draw.rounded_rectangle(box, scaled(5, large), fill=(*NIGHT, 205))
    middle = (size[0] / 2, size[1] * 0.725)
    draw.text(middle, text, fill=(*PAPER, 255), font=face, anchor="ms")
    return ground.reduce(4)


def clock(seconds: float) -> str:
    """Write a duration as players do: `0:07`, `12:34`, `1:02:03`."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
