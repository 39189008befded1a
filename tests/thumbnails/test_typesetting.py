from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from artifacts.thumbnails import typefaces, typesetting
from artifacts.thumbnails.typefaces import BOLD, MONO, SANS, Run
from artifacts.thumbnails.typesetting import Style

SAMPLES: dict[str, str] = json.loads(
    Path(__file__).with_name("languages.json").read_text(encoding="utf-8")
)
"""The beginning of the Declaration of Human Rights, or a few words of it."""
STYLE = Style(20)


@pytest.mark.parametrize("language", SAMPLES)
def test_face_for__every_letter_of_large_languages(language: str) -> None:
    for character in SAMPLES[language]:
        if character.isprintable() and not character.isspace():
            face = typefaces.face_for(character, SANS)
            assert typefaces.covers(face, character), character


@pytest.mark.parametrize("language", SAMPLES)
def test_draw_line__as_wide_as_measured(language: str) -> None:
    text = SAMPLES[language]
    image = Image.new("RGB", (700, 60), "white")

    width = typesetting.draw_line(ImageDraw.Draw(image), (10, 40), text, Style(20))

    drawn = np.nonzero((np.asarray(image) < 200).any(axis=(0, 2)))[0]
    assert width == pytest.approx(typesetting.width(text, STYLE))
    assert abs(drawn[-1] - drawn[0] - width) < 14


def test_coverage__of_the_shipped_fonts() -> None:
    for face, character in {
        "arabic": "ع",
        "cjk": "語",
        "symbols": "→",
        "pictographs": "🎧",
        MONO: "│",
    }.items():
        assert typefaces.covers(face, character)
        font = typefaces.font(face, 20)
        assert isinstance(font, ImageFont.FreeTypeFont)
        assert font.getmask(character).getbbox() is not None


def test_clean__letters_composed_with_their_marks() -> None:
    assert typesetting.clean("re\u0301sume\u0301") == "r\u00e9sum\u00e9"


@pytest.mark.parametrize("language", ["English", "Vietnamese", "Greek", "Japanese"])
def test_width__the_same_with_and_without_shaping(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is drawn must not depend on what else a machine has."""
    here = typesetting.width(SAMPLES[language], STYLE)
    typefaces.font.cache_clear()
    monkeypatch.setattr(typefaces, "has_shaping", lambda: False)
    there = typesetting.width(SAMPLES[language], STYLE)
    typefaces.font.cache_clear()
    assert here == there


def test_runs__spaces_and_marks_stay_with_their_letters() -> None:
    assert typefaces.runs("a\u0301 b, 世界! ok", SANS) == [
        Run(SANS, "a\u0301 b, "),
        Run("cjk", "世界"),
        Run(SANS, "! ok"),
    ]


def test_runs__of_a_preferred_face() -> None:
    assert [run.face for run in typefaces.runs("Été ☃", BOLD)] == [BOLD, "symbols"]


def test_runs__what_no_font_has() -> None:
    assert typefaces.runs("\U000e0fff", SANS) == [Run(SANS, "\U000e0fff")]


@pytest.mark.parametrize("language", SAMPLES)
def test_wrap__no_line_too_wide_and_nothing_lost(language: str) -> None:
    text = f"{SAMPLES[language]} {'x' * 40}"

    lines = list(typesetting.wrap(text, STYLE, 120))

    assert all(typesetting.width(line, STYLE) <= 124 for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_wrap__narrower_than_a_letter() -> None:
    assert list(typesetting.wrap("WW", STYLE, 3)) == ["W", "W"]
    assert list(typesetting.wrap("W\u0301\u0301", STYLE, 3)) == ["W\u0301\u0301"]


def test_wrap__marks_stay_with_their_letters() -> None:
    lines = list(typesetting.wrap("a\u0301" * 30, STYLE, 60))

    assert not any(line.startswith("\u0301") for line in lines)


@pytest.mark.parametrize("indent", ["", " ", "    ", "  \u3000"])
def test_wrap__keeps_the_indentation(indent: str) -> None:
    """Python and YAML were drawn flush left."""
    lines = list(typesetting.wrap(f"{indent}some words to wrap", STYLE, 120))

    assert len(lines) > 1
    assert all(line.startswith(f"{indent}{line.strip()}") for line in lines)


def test_wrap__room_is_left_beside_a_deep_indentation() -> None:
    lines = list(typesetting.wrap(f"{' ' * 300}some words", STYLE, 200))

    assert len(lines[0]) > len(lines[0].strip()) > 3
    assert all(typesetting.width(line, STYLE) <= 200 for line in lines)
    assert list(typesetting.wrap("   ", STYLE, 100)) == []


def test_lines__anywhere() -> None:
    text = "<a b='c'/> " * 20

    *lines, last = typesetting.lines(text, Style(20, MONO), 120, anywhere=True)

    assert {len(line.text) for line in lines} <= {9, 10}
    assert text.startswith(lines[0].text)
    assert last.text


def test_lines__direction_is_that_of_the_paragraph() -> None:
    """Of a line's last comma, only the next line tells that it belongs to Hebrew."""
    text = "In English, and then שלום, עולם"
    first, second = typesetting.lines(text, STYLE, typesetting.width(text[:27], STYLE))

    assert first.text.endswith("שלום,")
    assert first.levels[-6:] == (0, 1, 1, 1, 1, 1)
    assert second == typesetting.Line("עולם", (1,) * 4)


def test_clip__shortened_with_an_ellipsis() -> None:
    shown = typesetting.clip("a rather long sentence", STYLE, 100)

    assert shown.endswith("…")
    assert typesetting.width(shown, STYLE) <= 100
    assert typesetting.clip("short", STYLE, 100) == "short"


def test_clean__what_cannot_be_drawn() -> None:
    assert typesetting.clean("a\tb\x00c\x1b\u2028d") == "a    b c  d"
    assert len(typesetting.clean("x" * 10_000)) == typesetting.MAX_LINE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("👍🏽!", "👍!"),
        ("❤\ufe0f 1\ufe0f\u20e3", "❤ 1"),
        ("🇩🇪", "DE"),
        ("👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥", "👨 ❤"),
        ("🏴\U000e0067\U000e007f", "🏴"),
        ("soft\u00adly \u202egnp\u202c \ufeff", "softly gnp "),
    ],
)
def test_clean__nothing_that_is_a_box_in_every_font(text: str, expected: str) -> None:
    """Sequences of emoji ended in boxes."""
    assert typesetting.clean(text) == expected


@pytest.mark.parametrize("text", ["日\u200b本", "a\u200fb\u2060", "\u200d"])
def test_width__joiners_and_marks_of_direction_have_none(text: str) -> None:
    seen = "".join(character for character in text if character < "\u2000")
    seen = seen or "".join(character for character in text if character > "\u3000")

    assert typesetting.width(text, STYLE) == typesetting.width(seen, STYLE)


def test_drawable__joiners_that_shape_stay() -> None:
    assert typefaces.drawable(Run("devanagari", "क्\u200dष")) == "क्\u200dष"


def pixels(text: str, levels: tuple[int, ...] | None = None) -> Image.Image:
    image = Image.new("RGB", (300, 60), "white")
    line = typesetting.Line(text, levels) if levels else text
    typesetting.draw_line(ImageDraw.Draw(image), (10, 40), line, STYLE)
    return image


def test_draw_line__numbers_and_brackets_among_hebrew() -> None:
    """Each piece was drawn by itself, in the order of the pieces turned round."""
    assert pixels("(12,5)", (1, 2, 2, 2, 2, 1)) == pixels("(12,5)")
    assert pixels("(12,5) א") != pixels("א (12,5)")


def test_draw_line__without_shaping(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where FriBiDi is missing, text is drawn with letters unjoined."""
    monkeypatch.setattr(typesetting, "is_shaped", lambda face: False)
    image = Image.new("RGB", (300, 60), "white")

    assert typesetting.draw_line(ImageDraw.Draw(image), (0, 40), "אב אב", STYLE) > 20
