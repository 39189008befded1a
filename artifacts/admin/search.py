"""Search of the admin: an artifact or a session by what operators have in hand.

Each way to match a word is one that an index answers, so that the database can take
them one by one; a condition on a joined table would make it look at every row.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from artifacts.models import FileArtifact, Namespace
from artifacts.models.search_index import begins, contains
from artifacts.refs import ArtifactKind

MOST = 200
"""Related rows that a word may stand for; where there are more, a page is soon full."""
_OBJECT_ID = re.compile(rf"({'|'.join(ArtifactKind)})_\w{{0,6}}")
_DIGEST = re.compile(r"[0-9a-f]{6,64}", re.IGNORECASE)


def search(queryset: QuerySet[FileArtifact], text: str) -> QuerySet[FileArtifact]:
    """Keep the artifacts that every word of `text` matches in one way or another."""
    for word in text.split():
        queryset = queryset.filter(_artifact(word, queryset.db))
    return queryset


def search_namespaces(queryset: QuerySet[Namespace], text: str) -> QuerySet[Namespace]:
    """Keep those of which id or owner's name match every word of `text`."""
    for word in text.split():
        owners = User.objects.filter(username__istartswith=word)
        owned = _related("owner", owners) or Q(owner__username__istartswith=word)
        named = contains(Namespace, word, using=queryset.db)
        few = _related("pk", Namespace.objects.filter(named))
        queryset = queryset.filter((few or named) | owned)
    return queryset


def _artifact(word: str, using: str) -> Q:
    within = Namespace.objects.filter(contains(Namespace, word, using=using))
    found = contains(FileArtifact, word, using=using) | (
        _related("namespace", within) or Q(namespace__external_id__icontains=word)
    )
    if _OBJECT_ID.fullmatch(word):
        found |= begins("object_id", word, using=using)
    if _DIGEST.fullmatch(word):
        found |= begins("sha256", word.lower(), using=using)
    try:
        return found | Q(pk=uuid.UUID(word))
    except ValueError:
        return found


def _related(name: str, rows: QuerySet[Any]) -> Q | None:
    """Name the related rows by their keys, if they are few."""
    keys = list(rows.values_list("pk", flat=True)[: MOST + 1])
    return Q((f"{name}__in", keys)) if len(keys) <= MOST else None
