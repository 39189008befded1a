from __future__ import annotations

import io
import json

import pytest

from artifacts.media_types import sniff

SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'
LINK = "https://example.com/a?b=c#d"


def extension_of(content: bytes | str, declared: str = "", filename: str = "") -> str:
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    return sniff(file, declared=declared, filename=filename).extension


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize(
    ("extension", "text"),
    [("txt", "Größe, 東京, 🦊\n"), ("svg", SVG), ("json", '{"a": [1]}'), ("url", LINK)],
)
def test_text_format__encodings(codec: str, extension: str, text: str) -> None:
    assert extension_of(text.encode(codec)) == extension


@pytest.mark.parametrize("offset", range(4))
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_format__character_cut_by_the_end_of_the_head(
    codec: str, offset: int
) -> None:
    assert extension_of(("a" * offset + "🦊" * 3000).encode(codec)) == "txt"


def test_text_format__character_cut_by_the_end_of_the_file() -> None:
    assert extension_of("fox 🦊".encode()[:-1]) == "bin"


@pytest.mark.parametrize(
    "content", [b"a\0b", b"\x01text", b"text\x1f", b"\xff\xfe\x01\0"]
)
def test_text_format__control_characters(content: bytes) -> None:
    assert extension_of(content, "text/plain", "a.txt") == "bin"


def test_text_format__terminal_colours_are_text() -> None:
    assert extension_of(b"\x1b[31mred\x1b[0m\r\n\f\tend") == "txt"


def test_text_format__latin_1_where_it_is_called_a_text() -> None:
    content = "Größe;Maß\n".encode("latin-1")
    assert extension_of(content) == "bin"
    assert extension_of(content, "text/csv") == "csv"
    assert extension_of(content, filename="a.txt") == "txt"
    assert extension_of(content, "image/png", "a.png") == "bin"
    declared = f'<?xml version="1.0" encoding="ISO-8859-1"?><!-- ö -->{SVG}'
    assert extension_of(declared.encode("latin-1")) == "svg"


@pytest.mark.parametrize(
    "text",
    [
        SVG,
        f"\ufeff \n{SVG}",
        f'<?xml version="1.0"?>\n<!-- <html> -->\n{SVG}',
        f"<!-- {'long ' * 2000} -->{SVG}",
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [<!ENTITY a "b">]>'
        f"{SVG}",
        '<s:svg xmlns:s="http://www.w3.org/2000/svg"/>',
        "<svg>" + "<g/>" * 5000,
    ],
)
def test_text_format__svg(text: str) -> None:
    assert extension_of(text, "text/plain", "a.txt") == "svg"


@pytest.mark.parametrize(
    "text",
    [
        "<!doctype html><title>Fox</title>",
        "\n<!-- a comment --><HTML lang=en>",
        "<html>",
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>',
        "<head><script>1</script></head>",
        "<!DOCTYPE html><svg></svg>",
        "<script>alert(1)</script>",
        "<h1>Fox</h1>",
    ],
)
def test_text_format__html(text: str) -> None:
    assert extension_of(text) == "html"


def test_text_format__markup_in_markdown() -> None:
    text = '<h1 align="center">Fox</h1>\n\nQuick.\n'
    assert extension_of(text, filename="README.md") == "md"
    assert extension_of(text, "text/html") == "html"
    assert extension_of("<!-- badges -->\n# Fox\n", filename="README.md") == "md"
    assert extension_of("<fox@example.com> wrote:") == "txt"
    assert extension_of("<note>quick</note>", filename="a.xml") == "xml"
    assert extension_of("<note>quick</note>") == "txt"


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0"?><note/>',
        "<!DOCTYPE plist><plist/>",
        "<?xml version='1.0'?>",
    ],
)
def test_text_format__xml(text: str) -> None:
    assert extension_of(text) == "xml"


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        " [1, 2.5e3, null] \n",
        '[{"a": "<svg>"}]',
        json.dumps({"key": "x" * 10_000}),
        json.dumps(list(range(5000))),
        json.dumps([{"a": [True, False, None]}] * 500, indent=2),
        json.dumps(["\\u00e9"] * 3000),
        json.dumps({str(number): number / 7 for number in range(999)}),
    ],
)
def test_text_format__json(text: str) -> None:
    assert extension_of(text) == "json"


@pytest.mark.parametrize(
    "text",
    [
        "[link](https://example.com)",
        "[1] A footnote.\n[2] Another one.",
        "{name} was here",
        "[draft] notes\n" * 1000,
        "[ini]\nkey = value\n",
        f"[{'9' * 5000}]"[:4090],
        "{'single': 'quotes'}" * 500,
    ],
)
def test_text_format__brackets_without_json(text: str) -> None:
    assert extension_of(text) == "txt"


def test_text_format__nesting_without_end() -> None:
    # How deep the standard library's parser goes depends on the version of Python.
    assert extension_of("[" * 100_000) in ("txt", "json")


@pytest.mark.parametrize("text", ["0", '"fox"', "true\n", "null", "-1.5e3"])
def test_text_format__json_scalar_needs_its_name(text: str) -> None:
    assert extension_of(text) == "txt"
    assert extension_of(text, "application/json") == "json"
    assert extension_of(text, filename="a.json") == "json"


def test_text_format__json_lines() -> None:
    assert extension_of('{"a": 1}\n{"a": 2}\n') == "jsonl"
    assert extension_of('{"a": 1}\r\n{"a": 2}\r\n' * 1000) == "jsonl"
    assert extension_of('{"a": 1} {"a": 2}') == "txt"
    long = json.dumps({"key": "x" * 10_000})
    assert extension_of(f"{long}\n{long}\n", filename="a.jsonl") == "jsonl"


@pytest.mark.parametrize(
    "text",
    [
        *(LINK, f"{LINK}\n", f" {LINK}\r\n", "HTTP://EXAMPLE.COM"),
        *("http://[::1]:80/a", "https://例え.jp/狐", f"https://a.b/{'a' * 7000}"),
    ],
)
def test_text_format__link(text: str) -> None:
    assert extension_of(text) == "url"
    assert extension_of(text, "application/octet-stream", "link") == "url"
    assert extension_of(text, "text/uri-list") == "url"
    assert extension_of(text, "text/plain") == "txt"
    assert extension_of(text, filename="notes.md") == "md"


@pytest.mark.parametrize(
    "text",
    [
        *(
            f"{LINK}\n{LINK}\n",
            f"See {LINK}",
            "ftp://example.com/",
            "https://",
            "//a.b",
        ),
        *(
            "http:///a",
            "https://exa mple.com",
            "http://[1",
            f"https://a.b/{'a' * 9000}",
        ),
    ],
)
def test_text_format__no_link(text: str) -> None:
    assert extension_of(text) == "txt"
