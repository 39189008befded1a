"""Draw every golden case on one labelled sheet, build/pictures.png, to be looked at.

    python -m tools.pictures [--renew] [--output FILE]

Pictures that differ from their reference are framed in red. With `--renew` the
references in tests/thumbnails/golden become what is drawn now.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from artifacts.thumbnails import canvas
from artifacts.thumbnails.child import Child
from artifacts.thumbnails.result import SIDE, Thumbnail
from artifacts.thumbnails.typefaces import BOLD, SANS, font
from tests.thumbnails import golden

_COLUMNS, _GAP, _LABEL = 8, 16, 44
_CELL = (SIDE + 2 * _GAP, SIDE + 2 * _GAP + _LABEL)
_GROUND = (203, 213, 225)
"""Between white and black, so that the edges of both kinds of picture are seen."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What became of a case."""

    name: str
    thumbnail: Thumbnail
    milliseconds: float

    @property
    def label(self) -> str:
        shown = golden.format_of(self.name).upper()
        if self.thumbnail.reason:
            return f"{shown}  {self.thumbnail.reason}"
        size = f"{len(self.thumbnail.data):,} bytes"
        return f"{shown}  {size}  {self.milliseconds:.0f} ms"

    @property
    def distance(self) -> float:
        """Return how far it is from its reference; infinite where one is missing."""
        path = golden.reference(self.name)
        if not self.thumbnail.data or not path.exists():
            return float("inf")
        now, then = golden.opened(self.thumbnail.data), golden.opened(path.read_bytes())
        return golden.distance(now, then)


def draw_all() -> list[Drawn]:
    """Draw every case twice in one child process: the second time all is imported."""
    child = Child(golden.LIMITS)
    try:
        return [_draw(child, name) for name in golden.CASES]
    finally:
        child.kill()


def _draw(child: Child, name: str) -> Drawn:
    content = golden.CASES[name]()
    golden.drawn(child, name, content)
    start = time.perf_counter()
    thumbnail = golden.drawn(child, name, content)
    return Drawn(name, thumbnail, (time.perf_counter() - start) * 1000)


def renew(pictures: list[Drawn]) -> None:
    """Keep the present pictures as references, and no others."""
    golden.FOLDER.mkdir(exist_ok=True)
    for picture in pictures:
        path = golden.reference(picture.name)
        # One that looks the same stays, so that only what is meant shows as changed.
        if picture.thumbnail.data and picture.distance > golden.MAX_DISTANCE / 4:
            path.write_bytes(picture.thumbnail.data)
    for path in golden.FOLDER.glob("*.webp"):
        if path.name.partition(".")[0] not in golden.CASES:
            path.unlink()


def sheet(pictures: list[Drawn]) -> Image.Image:
    """Lay the pictures out in rows, each in the middle of its cell."""
    width, height = _CELL
    rows = -(-len(pictures) // _COLUMNS)
    result = Image.new("RGB", (_COLUMNS * width, rows * height), _GROUND)
    for index, picture in enumerate(pictures):
        row, column = divmod(index, _COLUMNS)
        result.paste(_cell(picture), (column * width, row * height))
    return result


def _cell(picture: Drawn) -> Image.Image:
    cell = Image.new("RGB", _CELL, _GROUND)
    draw = ImageDraw.Draw(cell)
    if picture.distance > golden.MAX_DISTANCE:
        box = (2, 2, _CELL[0] - 3, _CELL[1] - 3)
        draw.rectangle(box, outline=canvas.ROSE, width=4)
    if picture.thumbnail.data:
        image = golden.opened(picture.thumbnail.data)
        left, top = (_GAP + (SIDE - length) // 2 for length in image.size)
        cell.paste(image, (left, top))
    below = SIDE + 2 * _GAP
    draw.text((_GAP, below), picture.name, fill=canvas.INK, font=font(BOLD, 15))
    draw.text((_GAP, below + 20), picture.label, fill=canvas.INK, font=font(SANS, 13))
    return cell


def main() -> int:
    """Write the sheet; exit with 1 where a picture is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--renew", action="store_true", help="keep what is drawn")
    parser.add_argument("--output", type=Path, default=Path("build/pictures.png"))
    options = parser.parse_args()
    pictures = draw_all()
    if options.renew:
        renew(pictures)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    sheet(pictures).save(options.output)
    wrong = [each.name for each in pictures if each.distance > golden.MAX_DISTANCE]
    sys.stdout.write(f"{options.output}: {len(pictures)} pictures\n")
    sys.stdout.writelines(f"Not as it was: {name}\n" for name in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
