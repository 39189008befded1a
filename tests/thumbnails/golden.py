"""Golden pictures: what each case has to look like, as it was checked by eye.

`python -m tools.pictures --renew` draws the references anew, for a change that is
meant; then look at `build/pictures.png` and at what `git status` names. Pictures of
scripts that need shaping have two references: run it where FriBiDi is missing as well.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageFilter

from artifacts.thumbnails.child import Child
from artifacts.thumbnails.limits import Limits
from artifacts.thumbnails.result import Thumbnail
from artifacts.thumbnails.typefaces import has_shaping
from tests.thumbnails import document_cases, image_cases, scene_cases

CASES: dict[str, Callable[[], bytes]] = {
    **image_cases.CASES,
    **document_cases.CASES,
    **scene_cases.CASES,
}
"""Files made in memory, by name; the part before the first hyphen is the format."""
FOLDER = Path(__file__).parent / "golden"
LIMITS = Limits(cpu_seconds=20, wall_seconds=400)
"""More than a picture gets in production, for machines that are busy."""
MAX_DISTANCE = 4.0
"""Where two pictures count as alike; a difference of 2.3 is just noticeable."""
_BLOCK = 16
_SHAPED = {"txt-shaped-scripts"}
"""Cases that come out otherwise where FriBiDi is missing, with references of their own."""


def format_of(name: str) -> str:
    return name.partition("-")[0]


def reference(name: str) -> Path:
    """Name the file of a case's reference."""
    plain = name in _SHAPED and not has_shaping()
    return FOLDER / f"{name}{'.unshaped' if plain else ''}.webp"


def drawn(child: Child, name: str, content: bytes) -> Thumbnail:
    """Draw a case in a child process."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        thumbnail = child.draw(
            file.fileno(), format=format_of(name), wall_seconds=LIMITS.wall_seconds
        )
    assert thumbnail is not None
    return thumbnail


def opened(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=["WEBP"]) as image:
        return image.convert("RGB")


def distance(one: Image.Image, other: Image.Image) -> float:
    """Return how different two pictures look where they differ most.

    That is the greatest mean colour difference (CIE 1976) within a block of 16 by 16
    pixels, after a blur that leaves out what only edges' smoothing changes. Of
    pictures of different sizes it is infinite.
    """
    if one.size != other.size:
        return float("inf")
    difference = np.linalg.norm(_lab(one) - _lab(other), axis=2)
    height, width = difference.shape
    # Blocks that overlap by half, so that none of a difference hides between two.
    half = _BLOCK // 2
    rows = range(0, max(height - half, 1), half)
    columns = range(0, max(width - half, 1), half)
    return max(
        float(difference[y : y + _BLOCK, x : x + _BLOCK].mean())
        for y in rows
        for x in columns
    )


_SRGB, _LAB = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")


def _lab(image: Image.Image) -> npt.NDArray[np.float64]:
    """Return H by W by L*, a* and b*."""
    soft = image.filter(ImageFilter.GaussianBlur(1))
    lab = ImageCms.profileToProfile(soft, _SRGB, _LAB, outputMode="LAB")
    values = np.asarray(lab, dtype=np.float64)
    # Pillow stores L* scaled to a byte, a* and b* as signed bytes.
    signed = (values[..., 1:] + 128) % 256 - 128
    return np.concatenate([values[..., :1] * (100 / 255), signed], axis=2)
