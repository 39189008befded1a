from __future__ import annotations

import pytest

from artifacts.thumbnails import bidi


def shown(text: str) -> str:
    """Return the characters as they stand from left to right."""
    levels = bidi.levels(text, rtl=bidi.is_right_to_left(text))
    return "".join(
        bidi.mirrored(text[index]) if levels[index] % 2 else text[index]
        for index in bidi.visual_order(levels)
    )


@pytest.mark.parametrize(
    ("text", "expected"), [("abc", False), ("12 אב", True), ("123", False), ("", False)]
)
def test_is_right_to_left__first_strong_character(text: str, *, expected: bool) -> None:
    assert bidi.is_right_to_left(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain (text), 1,250.", "plain (text), 1,250."),
        ("אב: גד", "דג :בא"),
        ("אב (גד) ה", "ה (דג) בא"),
        ("אב 1,250 גד", "דג 1,250 בא"),
        ("אב -5% גד", "דג 5%- בא"),
        ("אב 3-5 $10 גד", "דג $10 3-5 בא"),
        ("אב X-200.", ".X-200 בא"),
        ("אב New York (NY) גד!", "!דג New York (NY) בא"),
        ('מע"מ «אב»', '«בא» מ"עמ'),
        ("a אב, גד b", "a דג ,בא b"),
        ("a אב (גד, ה).", "a (ה ,דג) בא."),
        ("a (אב) [b]", "a (בא) [b]"),
        ("a אב (b) גד", "a בא (b) דג"),
        ("a אב 12 גד", "a דג 12 בא"),
        ("a אב] (גד", "a דג) [בא"),
        ("- אב", "בא -"),
        ("12 a", "12 a"),
        ("عد ١٢٫٣ 45% هـ", "ـه %45 ١٢٫٣ دع"),
        ("عد 1,2 هـ", "ـه 1,2 دع"),
        ("א\u05b8b", "b\u05b8א"),
        ("a \u200fאב\u200f!", "a \u200fבא\u200f!"),
    ],
)
def test_levels__as_it_is_shown(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_levels__price_of_a_product() -> None:
    """Punctuation, numbers and brackets among Hebrew were each runs of their own."""
    text = 'דוח: המחיר 1,250 ש"ח (כולל מע״מ) עבור Product X-200.'

    assert shown(text) == '.Product X-200 רובע (מ״עמ ללוכ) ח"ש 1,250 ריחמה :חוד'


def test_levels__brackets_without_end() -> None:
    assert bidi.levels("(" * 500 + "א" + ")" * 500, rtl=False).count(1) == 1
    assert bidi.levels("א(" * 9, rtl=False)[-1] == 0


def test_visual_order__of_nested_levels() -> None:
    assert bidi.visual_order([0, 1, 2, 2, 1, 0]) == [0, 4, 2, 3, 1, 5]
    assert bidi.visual_order([]) == []
