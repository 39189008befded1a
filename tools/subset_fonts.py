"""Make `artifacts/thumbnails/fonts` from the fonts of Debian's packages.

Run by hand, when a script is added; nothing is made or fetched at run time:

    apt-get download fonts-noto-core fonts-dejavu-core fonts-droid-fallback
    for package in *.deb; do dpkg-deb -x "$package" unpacked; done
    python tools/subset_fonts.py unpacked artifacts/thumbnails/fonts

Needs fontTools 4. The coverage table names, per file, the code points that it
draws, so that no font has to be opened to choose one.
"""

from __future__ import annotations

import argparse
import itertools
import json
from dataclasses import dataclass
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont


@dataclass(frozen=True, slots=True)
class Source:
    """One font to ship; `blocks` are inclusive ranges, none means all of it."""

    name: str
    file: str
    blocks: tuple[tuple[int, int], ...] = ()


_EUROPE = ((0x20, 0x24F), (0x2B0, 0x3FF), (0x400, 0x52F), (0x1E00, 0x1EFF))
_PUNCTUATION = ((0x2000, 0x206F), (0x20A0, 0x20CF), (0x2100, 0x214F))
_SHAPES = ((0x2190, 0x22FF), (0x2500, 0x25FF))
_NOTO_SCRIPTS = {
    "arabic": "Arabic",
    "hebrew": "Hebrew",
    "devanagari": "Devanagari",
    "bengali": "Bengali",
    "gurmukhi": "Gurmukhi",
    "gujarati": "Gujarati",
    "oriya": "Oriya",
    "tamil": "Tamil",
    "telugu": "Telugu",
    "kannada": "Kannada",
    "malayalam": "Malayalam",
    "sinhala": "Sinhala",
    "thai": "Thai",
    "lao": "Lao",
    "khmer": "Khmer",
    "myanmar": "Myanmar",
    "ethiopic": "Ethiopic",
    "armenian": "Armenian",
    "georgian": "Georgian",
}
SOURCES = (
    Source(
        "sans",
        "NotoSans-Regular.ttf",
        (*_EUROPE, *_PUNCTUATION, (0x1F00, 0x1FFF), (0x2070, 0x209F)),
    ),
    Source("bold", "NotoSans-Bold.ttf", (*_EUROPE, *_PUNCTUATION)),
    Source("mono", "DejaVuSansMono.ttf", (*_EUROPE, *_PUNCTUATION, *_SHAPES)),
    *(
        Source(name, f"NotoSans{script}-Regular.ttf")
        for name, script in _NOTO_SCRIPTS.items()
    ),
    Source(
        "cjk",
        "DroidSansFallback.ttf",
        (
            (0x1100, 0x11FF),
            (0x2E80, 0x9FFF),
            (0xAC00, 0xD7AF),
            (0xF900, 0xFAFF),
            (0xFF00, 0xFFEF),
        ),
    ),
    Source(
        "symbols",
        "DejaVuSans.ttf",
        (*_PUNCTUATION, (0x2150, 0x2BFF), (0xFFFD, 0xFFFD), (0x1F600, 0x1F64F)),
    ),
    Source("pictographs", "NotoSansSymbols2-Regular.ttf", ((0x1F300, 0x1F6FF),)),
)


def shrink(path: Path, source: Source, target: Path) -> list[int]:
    """Write the subset without hinting to `target` and return its code points."""
    options = subset.Options()
    options.hinting = False
    options.layout_features = ["*"]
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 6, 13, 14]  # resvg finds a font by its sixth
    options.drop_tables += ["DSIG", "FFTM", "MATH", "STAT", "vhea", "vmtx"]
    with TTFont(path, recalcTimestamp=False) as font:
        wanted = {
            code
            for code in font.getBestCmap()
            if not source.blocks or any(a <= code <= b for a, b in source.blocks)
        }
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=wanted)
        subsetter.subset(font)
        font.save(target)
        return sorted(font.getBestCmap())


def ranges(codes: list[int]) -> list[list[int]]:
    """Fold sorted code points into inclusive [first, last] pairs."""
    found = []
    for _, group in itertools.groupby(enumerate(codes), lambda item: item[1] - item[0]):
        run = [code for _, code in group]
        found.append([run[0], run[-1]])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("unpacked", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    coverage = {}
    for source in SOURCES:
        path = next(arguments.unpacked.rglob(source.file))
        codes = shrink(path, source, arguments.target / f"{source.name}.ttf")
        coverage[source.name] = ranges(codes)
    text = json.dumps(coverage, separators=(",", ":")).replace("]],", "]],\n")
    (arguments.target / "coverage.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
