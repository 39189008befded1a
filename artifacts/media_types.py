"""The media types that are told apart, their kinds, and `sniff`. No Django here.

The table is the project's own: `mimetypes` answers differently on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from artifacts.refs import ArtifactKind
from artifacts.sniffing.binary import HEAD_BYTES, binary_format
from artifacts.sniffing.containers import COMPOUND
from artifacts.sniffing.text import text_format

LONG_HEAD_BYTES = 65_536
"""Read of a text whose first `HEAD_BYTES` may end within a prologue or a link."""


@dataclass(frozen=True, slots=True)
class MediaType:
    """One row of the table, identified by its extension and by (kind, name) alike."""

    name: str
    kind: ArtifactKind
    extension: str
    """Without the dot; also the name of the format to whoever draws it."""
    inline: bool = False
    """Whether a browser may show it in place: it cannot run anything."""


_IMAGE, _VIDEO, _AUDIO = ArtifactKind.IMAGE, ArtifactKind.VIDEO, ArtifactKind.AUDIO
_DOCUMENT, _FILE = ArtifactKind.DOCUMENT, ArtifactKind.FILE
_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument"

OCTET_STREAM = MediaType("application/octet-stream", _FILE, "bin")

# The names of jpg, png, mp4, mp3, pdf and spz are compared for equality by VLM Run's
# clients; the others are IANA's where it has one, else the most usual.
TABLE: tuple[MediaType, ...] = (
    MediaType("image/jpeg", _IMAGE, "jpg", inline=True),
    MediaType("image/png", _IMAGE, "png", inline=True),
    MediaType("image/webp", _IMAGE, "webp", inline=True),
    MediaType("image/gif", _IMAGE, "gif", inline=True),
    MediaType("image/avif", _IMAGE, "avif", inline=True),
    MediaType("image/bmp", _IMAGE, "bmp", inline=True),
    MediaType("image/vnd.microsoft.icon", _IMAGE, "ico", inline=True),
    MediaType("image/tiff", _IMAGE, "tiff"),
    MediaType("image/heic", _IMAGE, "heic"),
    MediaType("image/heif", _IMAGE, "heif"),
    MediaType("image/svg+xml", _IMAGE, "svg"),
    MediaType("image/x-portable-anymap", _IMAGE, "ppm"),
    MediaType("image/jp2", _IMAGE, "jp2"),
    MediaType("image/jxl", _IMAGE, "jxl"),
    MediaType("image/vnd.adobe.photoshop", _IMAGE, "psd"),
    MediaType("image/x-tga", _IMAGE, "tga"),
    MediaType("image/sgi", _IMAGE, "sgi"),
    MediaType("video/mp4", _VIDEO, "mp4", inline=True),
    MediaType("video/webm", _VIDEO, "webm", inline=True),
    MediaType("video/quicktime", _VIDEO, "mov"),
    MediaType("video/matroska", _VIDEO, "mkv"),
    MediaType("video/x-msvideo", _VIDEO, "avi"),
    MediaType("video/ogg", _VIDEO, "ogv"),
    MediaType("video/3gpp", _VIDEO, "3gp"),
    MediaType("video/mpeg", _VIDEO, "mpg"),
    MediaType("video/x-flv", _VIDEO, "flv"),
    MediaType("audio/mpeg", _AUDIO, "mp3", inline=True),
    MediaType("audio/wav", _AUDIO, "wav", inline=True),
    MediaType("audio/flac", _AUDIO, "flac", inline=True),
    MediaType("audio/ogg", _AUDIO, "ogg", inline=True),
    MediaType("audio/mp4", _AUDIO, "m4a", inline=True),
    MediaType("audio/aac", _AUDIO, "aac", inline=True),
    MediaType("audio/aiff", _AUDIO, "aiff"),
    MediaType("audio/midi", _AUDIO, "mid"),
    MediaType("application/pdf", _DOCUMENT, "pdf"),
    MediaType(f"{_OPEN_XML}.wordprocessingml.document", _DOCUMENT, "docx"),
    MediaType(f"{_OPEN_XML}.spreadsheetml.sheet", _DOCUMENT, "xlsx"),
    MediaType(f"{_OPEN_XML}.presentationml.presentation", _DOCUMENT, "pptx"),
    MediaType(f"{_OPEN_DOCUMENT}.text", _DOCUMENT, "odt"),
    MediaType(f"{_OPEN_DOCUMENT}.spreadsheet", _DOCUMENT, "ods"),
    MediaType(f"{_OPEN_DOCUMENT}.presentation", _DOCUMENT, "odp"),
    MediaType("application/rtf", _DOCUMENT, "rtf"),
    MediaType("application/epub+zip", _DOCUMENT, "epub"),
    MediaType("text/plain", _DOCUMENT, "txt", inline=True),
    MediaType("text/markdown", _DOCUMENT, "md"),
    MediaType("text/csv", _DOCUMENT, "csv"),
    MediaType("text/tab-separated-values", _DOCUMENT, "tsv"),
    MediaType("text/html", _DOCUMENT, "html"),
    MediaType("application/json", _DOCUMENT, "json"),
    MediaType("application/x-ndjson", _DOCUMENT, "jsonl"),
    MediaType("application/xml", _DOCUMENT, "xml"),
    MediaType("application/octet-stream", ArtifactKind.RECONSTRUCTION, "spz"),
    MediaType("model/ply", ArtifactKind.RECONSTRUCTION, "ply"),
    MediaType("model/gltf-binary", ArtifactKind.RECONSTRUCTION, "glb"),
    MediaType("application/x-npy", ArtifactKind.ARRAY, "npy"),
    MediaType("application/x-npz", ArtifactKind.ARRAY, "npz"),
    MediaType("text/uri-list", ArtifactKind.URL, "url"),
    MediaType("application/zip", _FILE, "zip"),
    MediaType("application/gzip", _FILE, "gz"),
    MediaType("application/x-tar", _FILE, "tar"),
    MediaType("application/x-bzip2", _FILE, "bz2"),
    MediaType("application/x-xz", _FILE, "xz"),
    MediaType("application/zstd", _FILE, "zst"),
    MediaType("application/x-7z-compressed", _FILE, "7z"),
    MediaType("application/vnd.sqlite3", _FILE, "sqlite"),
    MediaType("application/vnd.apache.parquet", _FILE, "parquet"),
    OCTET_STREAM,
)

_BY_EXTENSION = {entry.extension: entry for entry in TABLE}
_BY_NAME = {(entry.kind, entry.name): entry for entry in TABLE}

_OPEN_XML_FORMATS = {"docx", "xlsx", "pptx"}
_TEXTS = ("txt", "md", "csv", "tsv", "html", "json", "jsonl", "xml", "svg", "url")
_DECLARED_TEXTS = {_BY_EXTENSION[text].name: text for text in _TEXTS} | {
    "text/x-markdown": "md",
    "application/csv": "csv",
    # What browsers on Windows with Excel declare for a .csv file.
    "application/vnd.ms-excel": "csv",
    "application/xhtml+xml": "html",
    "text/json": "json",
    "application/jsonl": "jsonl",
    "application/jsonlines": "jsonl",
    "text/xml": "xml",
}
_FILENAME_TEXTS = {text: text for text in _TEXTS} | {
    "text": "txt",
    "log": "txt",
    "ini": "txt",
    "toml": "txt",
    "yaml": "txt",
    "yml": "txt",
    "tex": "txt",
    "py": "txt",
    "js": "txt",
    "css": "txt",
    "sql": "txt",
    "markdown": "md",
    "htm": "html",
    "xhtml": "html",
    "geojson": "json",
    "ndjson": "jsonl",
    "uri": "url",
}


def find(kind: ArtifactKind, name: str) -> MediaType:
    """Return the row of a stored kind and media type; `OCTET_STREAM` if there is none."""
    return _BY_NAME.get((kind, name), OCTET_STREAM)


def sniff(content: BinaryIO, *, declared: str = "", filename: str = "") -> MediaType:
    """Tell what a seekable file is from at most 64 KiB of its head and of its tail.

    The declared media type, or else the file name's extension, only chooses among texts
    that bytes cannot tell apart: plain, CSV, Markdown, a lone link, a JSON scalar, and
    among Office files with a password. What is not recognised, an empty file too, is
    `OCTET_STREAM`. Leaves the position at 0.
    """
    try:
        content.seek(0)
        extension = _format(content, declared, filename)
    finally:
        content.seek(0)
    return _BY_EXTENSION[extension]


def _format(content: BinaryIO, declared: str, filename: str) -> str:
    head = content.read(HEAD_BYTES)
    if not head:
        return "bin"
    if found := binary_format(head, content):
        is_encrypted = head.startswith(COMPOUND)
        return _office_hint(declared, filename) or found if is_encrypted else found
    hint = _text_hint(declared, filename)
    complete = len(head) < HEAD_BYTES
    if not complete and head.lstrip()[:1] in {b"<", b"h", b"H", b"\xef", b"\xff"}:
        content.seek(0)
        head = content.read(LONG_HEAD_BYTES)
        complete = len(head) < LONG_HEAD_BYTES
    return text_format(head, hint=hint, complete=complete) or "bin"


def _office_hint(declared: str, filename: str) -> str:
    """Return which OOXML format the client calls it, `""` if none."""
    row = _BY_NAME.get((_DOCUMENT, declared.partition(";")[0].strip().lower()))
    named = filename.rpartition(".")[2].lower()
    found = (row.extension if row else "", named)
    return next((name for name in found if name in _OPEN_XML_FORMATS), "")


def _text_hint(declared: str, filename: str) -> str:
    """Return which text the client calls it, `""` if it says nothing of the sort."""
    name = declared.partition(";")[0].strip().lower()
    if hint := _DECLARED_TEXTS.get(name, ""):
        return hint
    if name.startswith("text/"):
        return "txt"
    return _FILENAME_TEXTS.get(filename.rpartition(".")[2].lower(), "")
