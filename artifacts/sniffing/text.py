"""Texts: whether the bytes are one, and which, as far as its beginning tells."""

from __future__ import annotations

import codecs
import json
import re
from urllib.parse import urlsplit

from artifacts.sniffing.binary import has_controls

LINK_CHARACTERS = 8192
"""The longest text that can be a link and nothing else."""

_PLAIN = frozenset({"txt", "md", "csv", "tsv"})
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DECLARED_MARKUP = (b"<?xml", b"<!doc", b"<html")


def text_format(head: bytes, *, hint: str, complete: bool) -> str:
    """Return the extension of the text that the head begins, `""` if it is no text.

    `complete` says that the head is the whole file. `hint` is which text the client
    calls it, `""` if none; it chooses where the bytes leave a choice.
    """
    text = _decode(head, hint=hint, complete=complete)
    if text is None:
        return ""
    text = text.lstrip()
    if text.startswith("<") and (found := _markup(text, hint)):
        return found
    if (text[:1] in {"{", "["} or hint == "json") and (
        found := _json(text, hint=hint, complete=complete)
    ):
        return found
    if complete and hint in {"", "url"} and _is_link(text.rstrip()):
        return "url"
    return hint if hint in _PLAIN else "txt"


def _decode(head: bytes, *, hint: str, complete: bool) -> str | None:
    """Decode UTF-8, -16 or -32; the head's end may cut a character.

    Latin-1 fits any bytes, so that it is tried only where a client calls them a text
    or they open as markup, which may declare its encoding.
    """
    try:
        if head.startswith(_UTF_32):  # first: one of its marks begins with UTF-16's
            text, _ = codecs.utf_32_decode(head, "strict", complete)
        elif head.startswith(_UTF_16):
            text, _ = codecs.utf_16_decode(head, "strict", complete)
        else:
            plain = head.removeprefix(codecs.BOM_UTF8)
            text, _ = codecs.utf_8_decode(plain, "strict", complete)
            return None if has_controls(head) else text
    except UnicodeDecodeError:
        called_text = hint not in {"", "url"}
        if has_controls(head) or not (
            called_text or head[:5].lower() in _DECLARED_MARKUP
        ):
            return None
        return head.decode("latin-1")
    return None if has_controls(text.encode()) else text


# Comments, processing instructions and the XML declaration.
_MISCELLANY = re.compile(r"\s*(?:<!--.*?-->|<\?.*?\?>)", re.DOTALL)
_ROOT = re.compile(r"\s*<(!doctype\s+)?([a-z_][\w.:-]*)(?=[\s/>\[]|$)", re.IGNORECASE)
# Elements that open an HTML text without its root, after section 7.1 of the WHATWG's
# MIME Sniffing Standard. Markdown may open with most of them too.
_HTML_ROOTS = frozenset({"html", "head", "body"})
_HTML_ELEMENTS = frozenset(
    {"a", "b", "br", "div", "font", "form", "h1", "h2", "h3", "iframe", "img", "link"}
    | {"main", "meta", "ol", "p", "pre", "script", "section", "span", "style", "table"}
    | {"title", "ul"}
)


def _markup(text: str, hint: str) -> str:
    """Go by the root element, past comments and the document type: SVG, HTML or XML."""
    position = 0
    while match := _MISCELLANY.match(text, position):
        position = match.end()
    declared = text.startswith("<?xml")
    root = _ROOT.match(text, position)
    if root is None:
        return "xml" if declared else ""
    name = root[2].rpartition(":")[2].lower()
    if name == "svg":
        return "svg"
    if name in _HTML_ROOTS:
        return "html"
    if declared or root[1] or hint in {"xml", "svg"}:
        return "xml"
    return "html" if name in _HTML_ELEMENTS and hint not in _PLAIN else ""


def _json(text: str, *, hint: str, complete: bool) -> str:
    """Read one JSON value: all of the text, or as much of it as the head holds."""
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except json.JSONDecodeError as error:
        if complete or not _is_cut(text, error):
            return ""
        return "jsonl" if hint == "jsonl" else "json"
    except (ValueError, RecursionError):  # a number or a nesting beyond any use
        return ""
    rest = text[end:]
    if not rest or rest.isspace():
        return "json"
    line = rest.lstrip(" \t\r")
    return "jsonl" if text[0] == "{" and line.lstrip("\n")[:1] == "{" != line[0] else ""


def _is_cut(text: str, error: json.JSONDecodeError) -> bool:
    """Tell whether the reader stopped for want of more: in a string, or at the end."""
    # The longest token that has no quotes and is refused when cut: `false`, `-1.5e`.
    return error.msg.startswith("Unterminated") or error.pos >= len(text.rstrip()) - 5


_LINK = re.compile(r"https?://[^\s<>\"\\^`{|}\x00-\x20]+", re.IGNORECASE)


def _is_link(text: str) -> bool:
    """Tell whether the text is one absolute http(s) URL (RFC 3986), international too."""
    if len(text) > LINK_CHARACTERS or not _LINK.fullmatch(text):
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:  # brackets that hold no IPv6 address
        return False
