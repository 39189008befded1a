from __future__ import annotations

import io

import pytest
from hypothesis import given, settings, strategies as st

from artifacts.media_types import OCTET_STREAM, TABLE, find, sniff
from artifacts.refs import ArtifactKind
from tests.media import FILES

KINDS = {
    ArtifactKind.IMAGE: "jpg png webp gif tiff bmp avif heic ico ppm svg",
    ArtifactKind.VIDEO: "mp4 webm mov mkv avi",
    ArtifactKind.AUDIO: "mp3 wav flac ogg m4a",
    ArtifactKind.DOCUMENT: "pdf docx xlsx pptx odt ods odp rtf txt md csv html json",
    ArtifactKind.RECONSTRUCTION: "spz ply glb",
    ArtifactKind.ARRAY: "npy npz",
    ArtifactKind.URL: "url",
    ArtifactKind.FILE: "zip bin",
}
KIND_OF = {
    extension: kind
    for kind, extensions in KINDS.items()
    for extension in extensions.split()
}
# Bytes cannot tell these from plain text.
NEEDS_HINT = {"md", "csv"}
# What VLM Run's clients compare `Content-Type` with.
COMPARED = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
    "pdf": "application/pdf",
    "spz": "application/octet-stream",
}


class CountingFile(io.BytesIO):
    """A file that knows how many bytes were read from it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self.count += len(content)
        return content


def extension_of(content: bytes, declared: str = "", filename: str = "") -> str:
    file = io.BytesIO(content)
    file.seek(0, io.SEEK_END)
    found = sniff(file, declared=declared, filename=filename)
    assert file.tell() == 0
    return found.extension


def test_table__extensions_are_unique() -> None:
    assert len({entry.extension for entry in TABLE}) == len(TABLE)


def test_table__find_returns_every_row() -> None:
    assert [find(entry.kind, entry.name) for entry in TABLE] == list(TABLE)


def test_table__names_that_clients_compare() -> None:
    names = {entry.extension: entry.name for entry in TABLE}
    assert {extension: names[extension] for extension in COMPARED} == COMPARED


def test_table__nothing_inline_can_run_scripts() -> None:
    inline = {entry.extension for entry in TABLE if entry.inline}
    assert not inline & {"svg", "html", "xml", "pdf", "json", "bin", "url", "docx"}
    assert {"jpg", "png", "mp4", "mp3", "txt"} <= inline


def test_find__unknown() -> None:
    assert find(ArtifactKind.IMAGE, "image/unheard-of") is OCTET_STREAM
    assert find(ArtifactKind.IMAGE, "application/pdf") is OCTET_STREAM


def test_media__covers_every_kind() -> None:
    assert set(KIND_OF) == set(FILES)
    assert set(KIND_OF.values()) == set(ArtifactKind)


@pytest.mark.parametrize("extension", FILES)
def test_sniff__by_bytes_and_name(extension: str) -> None:
    found = sniff(io.BytesIO(FILES[extension]()), filename=f"Some.{extension.upper()}")
    assert (found.extension, found.kind) == (extension, KIND_OF[extension])


@pytest.mark.parametrize("extension", sorted(set(FILES) - NEEDS_HINT))
def test_sniff__by_bytes_alone(extension: str) -> None:
    assert extension_of(FILES[extension]()) == extension


@pytest.mark.parametrize("extension", sorted(set(FILES) - NEEDS_HINT - {"txt", "url"}))
@pytest.mark.parametrize(
    ("declared", "filename"),
    [
        ("image/png", "picture.png"),
        ("application/pdf", ""),
        ("text/html", "page.html"),
        ("text/plain; charset=utf-8", "notes.txt"),
        ("application/octet-stream", "data.bin"),
    ],
)
def test_sniff__a_false_declaration_changes_nothing(
    extension: str, declared: str, filename: str
) -> None:
    assert extension_of(FILES[extension](), declared, filename) == extension


@pytest.mark.parametrize(
    ("declared", "filename", "extension"),
    [
        ("", "", "txt"),
        ("text/plain", "", "txt"),
        ("text/csv", "", "csv"),
        ("Text/CSV; header=present", "", "csv"),
        ("text/markdown", "", "md"),
        ("text/tab-separated-values", "", "tsv"),
        ("", "table.CSV", "csv"),
        ("", "README.markdown", "md"),
        ("application/octet-stream", "table.csv", "csv"),
        # Browsers on Windows with Excel.
        ("application/vnd.ms-excel", "table.csv", "csv"),
        ("text/x-python", "table.csv", "txt"),
        ("text/plain", "table.csv", "txt"),
        ("image/png", "picture.png", "txt"),
        ("text/html", "page.html", "txt"),
        ("application/json", "", "txt"),
        ("text/uri-list", "", "txt"),
    ],
)
def test_sniff__plain_text_is_what_the_client_calls_it(
    declared: str, filename: str, extension: str
) -> None:
    assert extension_of(b"one,two\nthree,four\n", declared, filename) == extension


@pytest.mark.parametrize("declared", ["", "text/plain", "image/png"])
def test_sniff__empty(declared: str) -> None:
    assert sniff(io.BytesIO(), declared=declared, filename="a.txt") is OCTET_STREAM


@pytest.mark.parametrize("extension", FILES)
def test_sniff__reads_little_of_a_big_file(extension: str) -> None:
    file = CountingFile(FILES[extension]() + bytes(10_000_000))
    sniff(file, filename=f"big.{extension}")
    assert file.count <= 3 * 65_536


@given(
    content=st.binary(max_size=300),
    declared=st.sampled_from(["", "text/plain", "text/csv", "application/json", "é;/"]),
    filename=st.text(max_size=8) | st.sampled_from(["a.json", "a.url", ".csv", "."]),
)
def test_sniff__takes_any_bytes(content: bytes, declared: str, filename: str) -> None:
    extension_of(content, declared, filename)


@settings(deadline=None)
@given(
    extension=st.sampled_from(sorted(FILES)),
    at=st.floats(0, 1),
    patch=st.binary(min_size=1, max_size=12),
    near_an_end=st.booleans(),
    cut=st.none() | st.floats(0, 1),
)
def test_sniff__takes_any_damage(
    extension: str, at: float, patch: bytes, *, near_an_end: bool, cut: float | None
) -> None:
    content = bytearray(FILES[extension]())
    start = int(at * (len(content) if not near_an_end else min(len(content), 64)))
    if near_an_end and at > 0.5:
        start = max(0, len(content) - start)
    content[start : start + len(patch)] = patch
    size = len(content) if cut is None else int(cut * len(content))
    extension_of(bytes(content[:size]), filename=f"a.{extension}")
