"""How operators find an artifact by what they have in hand."""

from __future__ import annotations

import re
import uuid

from django.db.models import Q, QuerySet

from artifacts.models import FileArtifact
from artifacts.refs import ArtifactKind

_OBJECT_ID = re.compile(rf"({'|'.join(ArtifactKind)})_\w{{0,6}}")
_DIGEST = re.compile(r"[0-9a-f]{6,64}", re.IGNORECASE)


def search(queryset: QuerySet[FileArtifact], text: str) -> QuerySet[FileArtifact]:
    """Keep the artifacts that every word of `text` matches in one way or another."""
    for word in text.split():
        queryset = queryset.filter(_matching(word))
    return queryset


def _matching(word: str) -> Q:
    found = Q(filename__icontains=word) | Q(namespace__external_id__icontains=word)
    if _OBJECT_ID.fullmatch(word):
        found |= Q(object_id__startswith=word)
    if _DIGEST.fullmatch(word):
        found |= Q(sha256__startswith=word.lower())
    try:
        return found | Q(pk=uuid.UUID(word))
    except ValueError:
        return found
