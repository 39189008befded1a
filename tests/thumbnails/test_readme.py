"""The README states what the code does to pictures."""

from __future__ import annotations

import re
from pathlib import Path

from artifacts.thumbnails import audio, canvas, encode, grid, images, json_text, video
from artifacts.thumbnails.limits import Limits
from artifacts.thumbnails.page import PORTRAIT
from artifacts.thumbnails.protocol import FORMATS
from artifacts.thumbnails.result import MAX_BYTES, SIDE, Reason

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = " ".join(README.split("### Pictures\n")[1].split("\n## ")[0].split())


def color(rgb: canvas.Color) -> str:
    return "#" + bytes(rgb).hex()


def test_readme__every_format_of_a_picture() -> None:
    assert set(FORMATS) <= set(re.findall(r"\w+", SECTION))


def test_readme__every_reason() -> None:
    assert all(f"`{reason}`" in SECTION for reason in Reason)


def test_readme__sizes_and_ceilings() -> None:
    assert f"longer side {SIDE} pixels" in SECTION
    assert f"at most {MAX_BYTES:,} bytes" in SECTION
    sizes = (audio.WIDTH, audio.HEIGHT), PORTRAIT, (grid.WIDTH, grid.HEIGHT)
    for width, height in (*sizes, (json_text.WIDTH, json_text.HEIGHT)):
        assert f"{width} × {height}" in SECTION


def test_readme__backgrounds() -> None:
    for background in (encode.DARK, canvas.NIGHT, canvas.WASH):
        assert color(background) in SECTION


def test_readme__budgets_of_pixels() -> None:
    rows = re.findall(r"\| ([\w, ']+) \| (\d+) (?=\|)", SECTION)
    stated = {name: int(most) for names, most in rows for name in names.split(", ")}
    film = {"a film's frame": video.MAX_PIXELS}
    limits = {name: codec.max_pixels for name, codec in images._CODECS.items()} | film
    assert stated == {name: most // 1_000_000 for name, most in limits.items()}


def test_readme__limits_of_a_child() -> None:
    limits = Limits()
    assert f"{limits.memory_bytes >> 20} MB of address space" in SECTION
    assert f"{limits.cpu_seconds} seconds of processor time" in SECTION
    assert f"waits for it for {limits.wall_seconds:.0f} seconds" in SECTION


def test_readme__has_the_table_of_the_specification() -> None:
    root = Path(__file__).parents[2]
    table = (root / "artifacts" / "api" / "v3" / "pictures.md").read_text("utf-8")
    assert table in README
