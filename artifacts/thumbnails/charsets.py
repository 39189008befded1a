"""How a text file is encoded: what it says itself counts unless it is UTF-8."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED_BYTES = 2048
"""Of the beginning. HTML asks for the first 1024; a comment may come before."""
# HTML's `charset=`, XML's `encoding=`, CSS's `@charset` and Python's `coding:`.
_DECLARATION = re.compile(
    rb"""(?:charset|coding)\s{0,9}[\s=:]\s{0,9}["']?([-\w]{3,20})""", re.IGNORECASE
)
_WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}
"""What files that name these are in fact written in: https://encoding.spec.whatwg.org/."""
_KNOWN = frozenset(
    {*_WIDER.values(), "big5", "big5hkscs", "euc_jp", "johab"}
    | {"cp866", "koi8-r", "koi8-u", "mac-cyrillic", "mac-roman"}
    | {f"cp{page}" for page in range(1250, 1259)}
    | {f"iso8859-{part}" for part in range(2, 17)}
)
"""Python's names. Not every codec may be asked for: some are slow, some no text."""


def decode(head: bytes) -> str:
    """Read text by its byte order mark, as UTF-8, as it declares, or as Windows-1252.

    A character that the end of `head` cuts in two is left out.
    """
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return _decode(head[len(bom) :], encoding, "replace")
    try:
        return _decode(head, "utf-8", "strict")
    except UnicodeDecodeError:
        return _decode(head, declared(head) or "cp1252", "replace")


def _decode(data: bytes, encoding: str, errors: str) -> str:
    return codecs.getincrementaldecoder(encoding)(errors).decode(data)


def declared(head: bytes) -> str:
    """Return Python's name of the encoding that a file declares, or nothing."""
    for match in _DECLARATION.finditer(head[:_DECLARED_BYTES]):
        name = match[1].decode("ascii", "replace").lower()
        try:
            found = codecs.lookup(name.removeprefix("x-")).name
        except LookupError:
            continue
        found = _WIDER.get(found, found)
        if found in _KNOWN:
            return found
    return ""
