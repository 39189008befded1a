from __future__ import annotations

import struct
import zipfile

import pytest

from artifacts.thumbnails import archives
from artifacts.thumbnails.result import Reason
from tests.thumbnails.test_office import reason, word, zipped


@pytest.mark.parametrize(
    "data", [b"", b"PK\5\6", b"PK\5\6" + bytes(18), zipped({"a": "b"})[:-9], bytes(99)]
)
def test_draw__no_archive(data: bytes) -> None:
    assert reason(data) is Reason.DAMAGED


def test_draw__encrypted() -> None:
    key = "<m><encryption-data/></m>"
    flagged = bytearray(zipped(word(("", "x"))))
    flagged[6] |= 1
    flagged[flagged.index(b"PK\1\2") + 8] |= 1

    assert reason(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)) is Reason.ENCRYPTED
    assert reason(zipped({"META-INF/manifest.xml": key}), "odt") is Reason.ENCRYPTED
    assert reason(bytes(flagged)) is Reason.ENCRYPTED


def test_draw__unusual_compression() -> None:
    data = zipped(word(("", "x")), method=zipfile.ZIP_BZIP2)

    assert reason(data) is Reason.UNSUPPORTED


def test_opened__directory_beyond_the_ceiling() -> None:
    members = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 65535, 65535, 0, 0, 0)
    directory = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, 2**31, 0, 0)

    assert reason(members) is Reason.TOO_LARGE
    assert reason(directory) is Reason.TOO_LARGE
    assert archives.MAX_MEMBERS < 65535


def test_opened__version_of_the_far_future() -> None:
    data = bytearray(zipped(word(("", "x"))))
    data[data.index(b"PK\1\2") + 6] = 250

    assert reason(bytes(data)) is Reason.UNSUPPORTED


def test_opened__damage_within() -> None:
    data = bytearray(zipped(word(*[("", f"text {n}") for n in range(500)])))
    data[60:200] = bytes(140)

    assert reason(bytes(data)) is Reason.DAMAGED
