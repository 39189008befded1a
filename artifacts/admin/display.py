"""How values look in lists and on pages: pictures, badges, sizes, ages."""

from __future__ import annotations

from datetime import datetime

from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from artifacts.models import FileArtifact
from artifacts.models.file_artifact import Source
from artifacts.thumbnails.result import MIME_TYPE


def badge(text: str, tone: str) -> SafeString:
    """Make a small label; `tone` is good, busy, bad or plain."""
    return format_html('<span class="pa-badge pa-{}">{}</span>', tone, text)


def source_badge(artifact: FileArtifact) -> SafeString:
    tone = "busy" if artifact.is_live else "good"
    return badge(str(Source(artifact.source).label), tone)


def size(number: int) -> SafeString:
    """Write a number of bytes for people, and exactly on hover."""
    exact = f"{number:,} bytes"
    return format_html('<span title="{}">{}</span>', exact, filesizeformat(number))


def age(moment: datetime) -> SafeString:
    """Write how long ago it was, and the moment itself on hover."""
    return format_html(
        '<time datetime="{}" title="{} UTC">{} ago</time>',
        moment.isoformat(),
        f"{moment:%Y-%m-%d %H:%M:%S}",
        timesince(moment, depth=1),
    )


def named(artifact: FileArtifact) -> SafeString:
    """Show the file name, and the object id below it."""
    return format_html(
        '<span class="pa-name">{}</span><span class="pa-reference">{}</span>',
        artifact.filename,
        artifact.object_id,
    )


def picture(artifact: FileArtifact) -> SafeString:
    """Show the thumbnail within the page, or a sign that names its kind."""
    if not artifact.thumbnail_base64:
        return format_html(
            '<span class="pa-picture pa-none" title="No picture: {}">{}</span>',
            artifact.thumbnail_reason or "not drawn yet",
            artifact.kind,
        )
    return format_html(
        '<img class="pa-picture" src="data:{};base64,{}" alt="Picture of {}"'
        ' loading="lazy" decoding="async">',
        MIME_TYPE,
        artifact.thumbnail_base64,
        artifact.filename,
    )


def code(text: str) -> SafeString:
    """Show an identifier; one click selects it whole."""
    return format_html('<code class="pa-code">{}</code>', text)
