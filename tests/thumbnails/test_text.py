from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from artifacts.thumbnails import hypertext, json_text, markdown, protocol, text
from artifacts.thumbnails.page import MAX_BLOCKS, Block, Role
from tests.thumbnails import golden

CASES = {golden.format_of(name): golden.CASES[name] for name in reversed(golden.CASES)}
"""The first file of every format."""


def draw(data: bytes | str, format: str = "txt", side: int = 256) -> Image.Image:
    data = data.encode() if isinstance(data, str) else data
    return text.draw(io.BytesIO(data), side=side, format=format)


def ink(image: Image.Image) -> int:
    """Count the pixels that are not light above the mark."""
    pixels = np.asarray(image.convert("L"))[: round(image.height * 0.85)]
    return int((pixels < 200).sum())


@pytest.mark.parametrize("format", protocol.MODULES["text"].split())
@pytest.mark.parametrize("side", [64, 256])
def test_draw__each_format(format: str, side: int) -> None:
    image = draw(CASES[format](), format, side)

    assert (image.mode, max(image.size)) == ("RGB", side)
    assert ink(image) > 3


@pytest.mark.parametrize("format", protocol.MODULES["text"].split())
@pytest.mark.parametrize(
    "data", [b"", b"\n\n", bytes(5000), b"\xff\xfe", b"\x80\x81", b"{" * 48_000]
)
def test_draw__whatever_the_bytes(format: str, data: bytes) -> None:
    assert draw(data, format).mode == "RGB"


def test_draw__only_the_beginning_is_read() -> None:
    beginning = "word " * 20_000

    assert draw(beginning + "a").tobytes() == draw(beginning + "b").tobytes()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a;b\n1;2,5\n", [["a", "b"], ["1", "2,5"]]),
        ("a\tb\n1\t2\n", [["a", "b"], ["1", "2"]]),
        ('"x, y",z\n', [["x, y", "z"]]),
        ("one\ntwo\n", [["one"], ["two"]]),
        ("\n\n", []),
    ],
)
def test_csv_rows__delimiters(content: str, expected: list[list[str]]) -> None:
    assert text.csv_rows(content) == expected


def test_markdown__blocks() -> None:
    source = (
        "---\ntitle: x\n---\n# Title #\nBold **words** and [links](http://x.y)\n"
        "on two lines.\n\nSecond\n======\n\nThird\n---\n"
        "# <br>\n- item\n  - [ ] nested\n3. third\n> said\n***\n"
        "| a | b |\n|---|---|\n```py\ncode()\n```\n<b>end</b>"
    )

    assert [
        block for block in markdown.blocks(source) if block.role is not Role.BLANK
    ] == [
        Block("Title", Role.TITLE),
        Block("Bold words and links on two lines."),
        Block("Second", Role.TITLE),
        Block("Third", Role.HEADING),
        Block("item", Role.ITEM),
        Block("nested", Role.ITEM, 1),
        Block("third", Role.ITEM, 0, "3."),
        Block("said", Role.QUOTE),
        Block("a   b"),
        Block("code()", Role.CODE),
        Block("end"),
    ]


def test_markdown__character_references() -> None:
    assert list(markdown.blocks("# Tom &amp; Jerry &lt;3")) == [
        Block("Tom & Jerry <3", Role.TITLE)
    ]


def test_markdown__front_matter_without_end_and_many_blocks() -> None:
    blocks = list(markdown.blocks("---\n" + "# a\n" * 500))

    assert len(blocks) == MAX_BLOCKS


def test_hypertext__visible_text_only() -> None:
    source = (
        "<!doctype html><head><title>The\n page</title><style>p{}</style></head>"
        "<body><script>alert('x')</script><h2>Part &amp; whole</h2><p>One <b>two</b>"
        "<li>item<pre>a\n  b</pre><table><tr><td>1<td>2</tr></table>"
        "<svg><object><title>no</title></svg><img src=http://127.0.0.1/x><![if x]>"
    )

    assert list(hypertext.blocks(source)) == [
        Block("The page", Role.TITLE),
        Block("Part & whole", Role.HEADING),
        Block("One two"),
        Block("item", Role.ITEM),
        Block("a", Role.CODE),
        Block("  b", Role.CODE),
        Block("1   2"),
    ]


def test_hypertext__paragraphs_within_items_and_quotations() -> None:
    source = "<ul><li>\n<p>one<p>more</li><li>two</li></ul><blockquote><div>three"

    assert list(hypertext.blocks(source)) == [
        Block("one", Role.ITEM),
        Block("more"),
        Block("two", Role.ITEM),
        Block("three", Role.QUOTE),
    ]


def test_hypertext__title_of_the_body_wins() -> None:
    blocks = list(hypertext.blocks("<title>A</title><h1>B</h1>"))

    assert blocks == [Block("B", Role.TITLE)]


@pytest.mark.parametrize(
    "unit", ["<!", "<!--", "<![", "<a ", "<a b='", "</", "&#", "<p>"]
)
def test_hypertext__hostile_markup_ends(unit: str) -> None:
    assert draw(unit * 16_000, "html").mode == "RGB"


def test_json__laid_out_anew() -> None:
    lines = [
        (depth, "".join(token.text for token in tokens))
        for depth, tokens in json_text.lines('{"a":[1,{}],"b":"x:\\"y","c":null}')
    ]

    assert lines == [
        (0, "{"),
        (1, '"a": ['),
        (2, "1,"),
        (2, "{}"),
        (1, "],"),
        (1, '"b": "x:\\"y",'),
        (1, '"c": null'),
        (0, "}"),
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (r"\u540d\u524D", "名前"),
        (r"\ud83d\udc4d", "👍"),
        (r"\ud83d \udc4d\ud83d", r"\ud83d \udc4d\ud83d"),
        (r"\u0000\u001b\u2028\u0022\u005c\n", r"\u0000\u001b\u2028\u0022\u005c\n"),
        (r"\\u540d \\\u540d", r"\\u540d \\名"),
        ("\\u54", "\\u54"),
        ("\\", "\\"),
    ],
)
def test_json__characters_instead_of_escapes(source: str, expected: str) -> None:
    """`json.dumps` escapes all that is not ASCII."""
    assert json_text.unescaped(source) == expected
    assert draw(f'{{"{source}": 1}}', "json") == draw(f'{{"{expected}": 1}}', "json")
    assert draw(f'"{source}"', "jsonl") == draw(f'"{expected}"', "jsonl")


def test_code_blocks__go_on_where_there_are_few() -> None:
    assert [block.wraps for block in text.code_blocks("<a>\n\n<b>\n")] == [True] * 2
    assert not any(block.wraps for block in text.code_blocks("{}\n" * 9))


def test_draw__json_of_long_lines_and_deep_levels() -> None:
    assert draw('{"a' + "b" * 300 + '": ["x", "y"]}', "json").mode == "RGB"
    assert draw("[" * 900 + "1" + "]" * 900, "json").mode == "RGB"


def test_json__what_is_cut_short_is_shown_as_far_as_it_goes() -> None:
    lines = list(json_text.lines('[true, "ope'))

    assert [token.text for _, tokens in lines for token in tokens] == [
        "[",
        "true",
        ",",
        '"ope',
    ]
