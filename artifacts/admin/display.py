"""How values look in lists and on pages: pictures, badges, sizes, ages."""

from __future__ import annotations

import re
from datetime import datetime

from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timesince import timesince

from artifacts.models import FileArtifact
from artifacts.models.file_artifact import Source
from artifacts.thumbnails.result import MIME_TYPE

# They reorder what is around them: "exe.fdp" of a name may read as "pdf.exe".
_BIDI = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def marked(text: str) -> str:
    """Show the controls of writing direction by their numbers; safe HTML stays safe."""
    plain = _BIDI.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)
    return mark_safe(plain) if isinstance(text, SafeString) else plain  # noqa: S308


def name(text: str) -> SafeString:
    """Show what a client named, which turns no text around, nor what follows it."""
    return format_html("<bdi>{}</bdi>", marked(text))


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
        name(artifact.filename),
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
        marked(artifact.filename),
    )


def code(text: str) -> SafeString:
    """Show an identifier; one click selects it whole."""
    return format_html('<code class="pa-code">{}</code>', text)
