"""The sample document: two pages of a report with a table and two charts."""

from __future__ import annotations

from artifacts.management import encoders

_WIDTH, _HEIGHT = 595, 842
"""A4 in points."""
_MARGIN = 56
_TITLE = "Sensor network: third quarter"
_INK, _MUTED, _RULE = "0.12 0.14 0.25", "0.42 0.45 0.55", "0.85 0.87 0.92"
_COLOURS = ("0.22 0.36 0.75", "0.93 0.55 0.34", "0.25 0.62 0.56")
_SITES = ("Harbour", "Hillside", "Old town")
_READINGS = ((412, 388, 455), (301, 340, 362), (228, 251, 287))
_MONTHS = ("July", "August", "September")
_WEEKS = (61, 64, 60, 68, 73, 71, 78, 76, 83, 88, 86, 93)

_SUMMARY = (
    "All three sites reported without a gap for the whole quarter. The number of",
    "readings rose by 17 per cent, a good part of it at the harbour, where a second mast",
    "went into service in the last days of August.",
    "",
    "Two batteries were replaced at the hillside. Nothing else needed a visit.",
)
_METHOD = (
    "A reading counts once it has arrived, passed its checksum and been placed on",
    "the map. Uptime is the share of expected readings that did so within one hour.",
    "",
    "The weekly figure is the median over all masts, so that one failing radio does",
    "not hide what the others measured.",
)


def report() -> bytes:
    """Return the document as PDF."""
    pages = ["\n".join(_overview()), "\n".join(_details())]
    return encoders.pdf(pages, width=_WIDTH, height=_HEIGHT, title=_TITLE)


def _text(
    x: float,
    y: float,
    line: str,
    *,
    size: int = 11,
    bold: bool = False,
    ink: str = _INK,
) -> str:
    escaped = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    font = "F2" if bold else "F1"
    return f"BT {ink} rg /{font} {size} Tf {x:.1f} {y:.1f} Td ({escaped}) Tj ET"


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f"{colour} rg {x:.1f} {y:.1f} {width:.1f} {height:.1f} re f"


def _paragraph(top: float, lines: tuple[str, ...]) -> list[str]:
    return [
        _text(_MARGIN, top - 16 * row, line) for row, line in enumerate(lines) if line
    ]


def _footer(page: int) -> list[str]:
    return [
        _box(_MARGIN, 52, _WIDTH - 2 * _MARGIN, 0.7, _RULE),
        _text(_MARGIN, 36, _TITLE, size=9, ink=_MUTED),
        _text(_WIDTH - _MARGIN - 36, 36, f"Page {page}", size=9, ink=_MUTED),
    ]


def _overview() -> list[str]:
    return [
        _box(0, _HEIGHT - 150, _WIDTH, 150, _COLOURS[0]),
        _text(_MARGIN, _HEIGHT - 88, _TITLE, size=27, bold=True, ink="1 1 1"),
        _text(_MARGIN, _HEIGHT - 114, "July to September 2026", size=13, ink="1 1 1"),
        _text(_MARGIN, 650, "Summary", size=16, bold=True),
        *_paragraph(624, _SUMMARY),
        _text(_MARGIN, 510, "Readings by site, in thousands", size=16, bold=True),
        *_bars(left=_MARGIN, bottom=180, height=290),
        *_footer(1),
    ]


def _bars(*, left: float, bottom: float, height: float) -> list[str]:
    """Draw a group of three bars a month over a scale from 0 to 500."""
    drawn = []
    for value in range(0, 501, 100):
        y = bottom + value / 500 * height
        drawn.append(_box(left + 30, y, _WIDTH - 2 * _MARGIN - 30, 0.6, _RULE))
        drawn.append(_text(left, y - 3, str(value), size=9, ink=_MUTED))
    for month, name in enumerate(_MONTHS):
        x = left + 56 + 145 * month
        for site, colour in enumerate(_COLOURS):
            value = _READINGS[site][month]
            drawn.append(_box(x + 34 * site, bottom, 28, value / 500 * height, colour))
        drawn.append(_text(x + 26, bottom - 18, name, size=10, ink=_MUTED))
    for site, colour in enumerate(_COLOURS):
        x = left + 56 + 145 * site
        drawn.append(_box(x, bottom - 52, 10, 10, colour))
        drawn.append(_text(x + 16, bottom - 51, _SITES[site], size=10))
    return drawn


def _details() -> list[str]:
    return [
        _text(_MARGIN, 760, "Readings by month, in thousands", size=16, bold=True),
        *_table(top=730),
        _text(_MARGIN, 580, "Readings a week and mast", size=16, bold=True),
        *_line(left=_MARGIN, bottom=340, height=210),
        _text(_MARGIN, 270, "How it was counted", size=16, bold=True),
        *_paragraph(244, _METHOD),
        *_footer(2),
    ]


def _table(*, top: float) -> list[str]:
    rows: list[tuple[str, ...]] = [("Site", *_MONTHS, "Sum")]
    for site, values in zip(_SITES, _READINGS, strict=True):
        rows.append((site, *map(str, values), str(sum(values))))
    drawn = []
    for row, cells in enumerate(rows):
        y = top - 26 * row
        for column, cell in enumerate(cells):
            x = _MARGIN + 8 + 98 * column
            drawn.append(_text(x, y - 10, cell, bold=row == 0 or column == 4))
        drawn.append(_box(_MARGIN, y - 18, _WIDTH - 2 * _MARGIN, 0.7, _RULE))
    return drawn


def _line(*, left: float, bottom: float, height: float) -> list[str]:
    """Draw the weekly figures as a line with a dot each, from 50 to 100."""
    drawn = []
    for value in range(50, 101, 10):
        y = bottom + (value - 50) / 50 * height
        drawn.append(_box(left + 30, y, _WIDTH - 2 * _MARGIN - 30, 0.6, _RULE))
        drawn.append(_text(left, y - 3, str(value), size=9, ink=_MUTED))
    points = [
        (left + 48 + 37 * week, bottom + (value - 50) / 50 * height)
        for week, value in enumerate(_WEEKS)
    ]
    path = " l ".join(f"{x:.1f} {y:.1f}" for x, y in points).replace(" l ", " m ", 1)
    drawn.append(f"{_COLOURS[1]} RG 2.5 w 1 J 1 j {path} l S")
    drawn += [_box(x - 3, y - 3, 6, 6, _COLOURS[1]) for x, y in points]
    drawn += [
        _text(x - 3, bottom - 18, str(week), size=9, ink=_MUTED)
        for week, (x, _) in enumerate(points, 27)
    ]
    return drawn
