from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageOps

from artifacts.thumbnails.child import Child
from artifacts.thumbnails.protocol import FORMATS
from artifacts.thumbnails.result import MAX_BYTES, SIDE
from tests.thumbnails import golden
from tests.thumbnails.golden import CASES, MAX_DISTANCE, distance

Change = Callable[[Image.Image], Image.Image]


@pytest.fixture(scope="module")
def children() -> Iterator[tuple[Child, Child]]:
    both = Child(golden.LIMITS), Child(golden.LIMITS)
    yield both
    for child in both:
        child.kill()


def kept(name: str) -> Image.Image:
    return golden.opened(golden.reference(name).read_bytes())


@pytest.mark.parametrize("name", CASES)
def test_golden__as_it_was_checked_by_eye(
    name: str, children: tuple[Child, Child]
) -> None:
    content = CASES[name]()
    pictures = [golden.drawn(child, name, content) for child in children]

    assert pictures[0].reason is None
    assert pictures[0] == pictures[1]
    assert len(pictures[0].data) <= MAX_BYTES
    image = golden.opened(pictures[0].data)
    assert max(image.size) <= SIDE
    assert distance(image, kept(name)) <= MAX_DISTANCE


def test_golden__every_format_and_nothing_else() -> None:
    assert {golden.format_of(name) for name in CASES} == set(FORMATS)
    names = {path.name.partition(".")[0] for path in golden.FOLDER.glob("*.webp")}
    assert names == set(CASES)


def test_golden__small_enough_to_be_kept() -> None:
    sizes = [path.stat().st_size for path in golden.FOLDER.iterdir()]
    assert sum(sizes) <= 400_000


def swapped(image: Image.Image) -> Image.Image:
    red, green, blue = image.split()
    return Image.merge("RGB", (blue, green, red))


def blank(image: Image.Image) -> Image.Image:
    mean = np.asarray(image).mean(axis=(0, 1)).astype(int).tolist()
    return Image.new("RGB", image.size, tuple(mean))


def patched(image: Image.Image) -> Image.Image:
    """Lose a square, as a decoder that fails half way does."""
    box = (96, 48, 112, 64)
    other = image.copy()
    other.paste((128, 128, 128), box)
    return other


FAULTS: dict[str, Change] = {
    "shifted": lambda image: ImageChops.offset(image, 3, 2),
    "turned": lambda image: image.rotate(180),
    "mirrored": ImageOps.mirror,
    "colours swapped": swapped,
    "blank": blank,
    "patched": patched,
    "lighter": lambda image: image.point(lambda level: min(level + 16, 255)),
    "larger": lambda image: image.resize((image.width + 1, image.height)),
}
TELLING = [
    "jpg-photograph",
    "pdf-report",
    "md-everything",
    "mp4-film",
    "spz-knot",
    "npy-heat-map",
]


@pytest.mark.parametrize("name", TELLING)
@pytest.mark.parametrize("fault", FAULTS)
def test_distance__tells_faults(name: str, fault: str) -> None:
    image = kept(name)
    assert distance(image, FAULTS[fault](image)) > MAX_DISTANCE


@pytest.mark.parametrize("name", CASES)
def test_distance__blank_is_like_none(name: str) -> None:
    image = kept(name)
    assert distance(image, blank(image)) > MAX_DISTANCE


HARMLESS: dict[str, Change] = {
    "nothing": lambda image: image,
    "rounding": lambda image: image.point(lambda level: max(level - 1, 0)),
    "grain": lambda image: Image.fromarray(
        np.clip(
            np.asarray(image, dtype=int)
            + np.random.default_rng(1).integers(-3, 4, np.asarray(image).shape),
            0,
            255,
        ).astype(np.uint8)
    ),
}


@pytest.mark.parametrize("name", TELLING)
@pytest.mark.parametrize("change", HARMLESS)
def test_distance__what_another_codec_may_change(name: str, change: str) -> None:
    image = kept(name)
    assert distance(image, HARMLESS[change](image)) <= MAX_DISTANCE / 2
