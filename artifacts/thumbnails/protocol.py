"""What the child and its parent say to each other over their Unix socket.

A request is `REQUEST` with an open file as ancillary data; a reply is `REPLY` and
its payload. Before the first request the child says `READY`.
"""

from __future__ import annotations

import enum
import struct

READY = b"!"
REQUEST = struct.Struct("!8sI")
"""Format, CPU seconds."""
REPLY = struct.Struct("!BI")
"""`Status`, length of the payload that follows."""
MAX_REPORT = 8192
"""Bytes of a traceback that are passed on."""


class Status(enum.IntEnum):
    """What the payload of a reply is."""

    PICTURE = 0
    REASON = 1
    BUG = 2
    """A traceback: the decoder failed in a way that it should have foreseen."""


MODULES = {
    "images": "jpg png webp gif tiff bmp ico ppm avif heic heif",
    "svg": "svg",
    "pdf": "pdf",
    "office": "docx xlsx pptx odt ods odp",
    "video": "mp4 webm mov mkv avi ogv 3gp mpg flv",
    "audio": "mp3 wav flac ogg m4a aac aiff",
    "text": "txt md csv tsv html json jsonl xml",
    "points": "spz ply glb",
    "arrays": "npy npz",
    "links": "url",
}
FORMATS = {name: module for module, names in MODULES.items() for name in names.split()}
"""Every drawable format, by the file extension of its media type."""
