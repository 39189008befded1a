"""The list of a session has no pages: a long one is sent while it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from artifacts.api.v1 import listing
from artifacts.api.v1.serializers import ArtifactListSerializer
from artifacts.models import FileArtifact, Namespace

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def namespace(user: User) -> Namespace:
    return Namespace.objects.create(owner=user, kind="session", external_id='s "1"')


def fill(namespace: Namespace, count: int) -> None:
    FileArtifact.objects.bulk_create(
        FileArtifact(
            id=UUID(int=count - number),  # in another order than they were made
            user=namespace.owner,
            namespace=namespace,
            object_id=f"img_{number:06x}",
            kind="img",
            filename=f"größe {number}.png",
            bytes=number,
            mime_type="image/png",
            sha256="0" * 64,
            # Two at each time.
            created_at=BEGIN + timedelta(microseconds=number // 2),
        )
        for number in range(count)
    )


def listed(api: APIClient, namespace: Namespace) -> tuple[Any, Any]:
    response: Any = api.get("/v1/artifacts/list", {"session_id": namespace.external_id})
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    body = response.getvalue() if response.streaming else response.content
    return response, json.loads(body)


@pytest.mark.parametrize("count", [0, 1, 6, 7, 12, 13, 31])
def test_list__is_what_the_serializer_says(
    count: int, api: APIClient, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "BATCH", 6)
    fill(namespace, count)
    response, body = listed(api, namespace)
    assert body == ArtifactListSerializer(namespace).data
    assert response.streaming == (count > 6)


def test_list__reads_some_at_a_time(
    api: APIClient, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "BATCH", 10)
    fill(namespace, 95)
    response: Any = api.get("/v1/artifacts/list", {"session_id": namespace.external_id})
    pieces = iter(response.streaming_content)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(4):
            next(pieces)
    assert len(queries) <= 2
    assert len(b"".join(pieces).split(b"object_id")) > 60


def test_save__answers_with_the_list(
    api: APIClient, put: Callable[..., FileArtifact]
) -> None:
    artifact = put(b"one")
    answer = api.post("/v1/sessions/s-1/save")
    assert json.loads(answer.content)["items"][0]["source"] == "manifest"
    assert json.loads(answer.content)["items"][0]["id"] == str(artifact.pk)
