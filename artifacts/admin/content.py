"""The bytes of an artifact for an operator, whoever its owner is."""

from __future__ import annotations

from typing import BinaryIO, cast

from django.http import FileResponse
from django.utils.http import content_disposition_header

from artifacts import selectors
from artifacts.models import FileArtifact
from artifacts.refs import ArtifactKind

MAX_PREVIEW_BYTES = 8 * 1024 * 1024
"""Larger images are shown by their thumbnail alone."""
MAX_LINK_BYTES = 4096


class _Response(FileResponse):
    block_size = 256 * 1024


def content_response(artifact: FileArtifact, *, inline: bool) -> FileResponse:
    """Answer with the bytes; what a browser may not show safely is never inline."""
    reader = selectors.open_content(artifact)
    response = _Response(
        # It asks for `read` and `close`, and looks before it uses more.
        cast("BinaryIO", reader),
        content_type=artifact.mime_type,
    )
    # Django's own keeps only what follows the last slash of a name.
    as_attachment = not (inline and artifact.media_type.inline)
    disposition = content_disposition_header(as_attachment, artifact.filename)
    response.headers["Content-Disposition"] = disposition or "inline"
    response.headers["Content-Length"] = str(artifact.bytes)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def is_previewable(artifact: FileArtifact) -> bool:
    """Whether the page shows the artifact itself instead of its thumbnail."""
    return (
        artifact.kind == ArtifactKind.IMAGE
        and artifact.media_type.inline
        and artifact.bytes <= MAX_PREVIEW_BYTES
    )


def link_address(artifact: FileArtifact) -> str:
    """Read the address that a link artifact is."""
    reader = selectors.open_content(artifact)
    try:
        return reader.read(MAX_LINK_BYTES).decode(errors="replace").strip()
    finally:
        reader.close()
