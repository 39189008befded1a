"""All artifacts of a namespace as one JSON document, in constant memory.

The vendor's contract has no pages: a long list is sent while it is read.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db.models import Q
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from artifacts.api.v1.serializers import ArtifactItemSerializer
from artifacts.models import Namespace
from artifacts.models.connections import release_connection

BATCH = 500
"""Artifacts read at once; a list that is no longer has a `Content-Length`."""
_FIELDS = ArtifactItemSerializer.Meta.fields


def list_response(namespace: Namespace) -> HttpResponseBase:
    """Answer with `{"namespace_id": …, "items": […]}`, oldest first."""
    batches = _batches(namespace)
    first, second = next(batches, b""), next(batches, None)
    start = b'{"namespace_id":' + orjson.dumps(namespace.external_id) + b',"items":['
    if second is None:
        whole = start + first + b"]}"
        return HttpResponse(whole, content_type="application/json")
    rest = (b"," + batch for batch in itertools.chain([second], batches))
    pieces = itertools.chain([start, first], rest, [b"]}"])
    return StreamingHttpResponse(pieces, content_type="application/json")


def _batches(namespace: Namespace) -> Iterator[bytes]:
    """Give the items as JSON, separated by commas, some at a time."""
    rows = namespace.artifacts.order_by("created_at", "id").values(*_FIELDS)
    batch = list(rows[:BATCH])
    while batch:
        last = batch[-1]
        # A slow reader would keep a connection of the pool for as long as it reads.
        release_connection()
        yield orjson.dumps([_item(row) for row in batch])[1:-1]
        if len(batch) < BATCH:
            return
        at = last["created_at"]
        later = Q(created_at=at, id__gt=last["id"]) | Q(created_at__gt=at)
        batch = list(rows.filter(later, created_at__gte=at)[:BATCH])


def _item(row: dict[str, Any]) -> dict[str, Any]:
    """Represent one item, as the serializer of the specification has it."""
    created_at: datetime = row["created_at"]
    text = created_at.astimezone(UTC).replace(tzinfo=None).isoformat()
    return row | {"id": str(row["id"]), "created_at": f"{text}Z"}
