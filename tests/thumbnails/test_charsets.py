from __future__ import annotations

import codecs

import pytest

from artifacts.thumbnails import charsets
from artifacts.thumbnails.child import Child
from tests.thumbnails import golden


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("Grüße, 世界".encode(), "Grüße, 世界"),
        ("é".encode()[:1], ""),
        ("aé".encode()[:2], "a"),
        (codecs.BOM_UTF8 + b"a", "a"),
        ("aé".encode("utf-16"), "aé"),
        (codecs.BOM_UTF16_BE + "aé".encode("utf-16-be"), "aé"),
        (codecs.BOM_UTF32_LE + "aé".encode("utf-32-le"), "aé"),
        ("naïve \u2013 €".encode("cp1252"), "naïve \u2013 €"),
        (b"", ""),
    ],
)
def test_decode__encodings(data: bytes, expected: str) -> None:
    assert charsets.decode(data) == expected


@pytest.mark.parametrize(
    ("start", "word", "encoding"),
    [
        ('<meta charset="Shift_JIS">', "名前", "shift_jis"),
        ("<meta charset=x-sjis>", "①", "cp932"),
        ('<meta content="text/html; charset=windows-1251">', "Привет", "cp1251"),
        ("<?xml version='1.0' encoding='EUC-KR'?>", "한국어", "euc_kr"),
        ('<?xml version="1.0" encoding="GB2312"?>', "東京", "gb18030"),
        ('@charset "Big5";', "繁體中文", "big5"),
        ("# -*- coding: koi8-r -*-", "Привет", "koi8-r"),
        ('<meta charset="iso-8859-1">', "naïve \u2013 €", "cp1252"),
        ('<meta charset="UTF-8">', "naïve", "cp1252"),
        ('<meta charset="punycode"><meta charset="rot13">', "naïve", "cp1252"),
        ('<meta charset="no-such"><meta charset="greek">', "Ελλάδα", "iso8859-7"),
        ('<meta charset="Shift_JIS">', "naïve, 世界", "utf-8"),
    ],
)
def test_decode__as_declared(start: str, word: str, encoding: str) -> None:
    """Pages of the nineties were drawn as Windows-1252."""
    assert charsets.decode(f"{start}{word}".encode(encoding)) == f"{start}{word}"


def test_decode__declared_encodings_in_the_sandbox() -> None:
    """Python imports the decoder of an encoding when it is first asked for."""
    page = '<meta charset="{}"><h1>名前</h1>'
    child = Child(golden.LIMITS)
    try:
        one, other = (
            golden.drawn(child, "html", page.format(encoding).encode(encoding))
            for encoding in ("euc-jp", "utf-8")
        )
    finally:
        child.kill()

    assert one.reason is None
    assert one == other
