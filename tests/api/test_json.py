"""JSON is what DRF would answer, only sooner."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import gettext_lazy
from rest_framework.renderers import JSONRenderer as DRFRenderer
from rest_framework.test import APIClient

from artifacts.api.json import JSONRenderer
from artifacts.models import FileArtifact

Put = Callable[..., FileArtifact]


@pytest.mark.parametrize(
    "data",
    [
        {"at": datetime(2026, 3, 1, 12, 30, 15, 999_000, tzinfo=UTC), "none": None},
        {
            "id": uuid.UUID(int=7),
            "size": Decimal("1.50"),
            "names": ("é", "\u4e2d", '"'),
        },
        [gettext_lazy("Yes"), True, 2**53, 1.5, {}],
        None,
    ],
)
def test_render__is_the_same_as_drfs(data: Any) -> None:
    assert JSONRenderer().render(data) == DRFRenderer().render(data)


def test_render__indented_where_it_is_asked_for(api: APIClient, put: Put) -> None:
    path = f"/api/v3/artifacts/{put('png').pk}"
    plain = api.get(path)
    indented = api.get(path, headers={"Accept": "application/json; indent=2"})
    assert indented.content.startswith(b'{\n  "id": ')
    assert json.loads(indented.content) == json.loads(plain.content)
    assert b"\n" not in plain.content


def test_negotiation__programs_get_json_and_people_a_page(
    api: APIClient, put: Put
) -> None:
    path = f"/api/v3/artifacts/{put('png').pk}"
    for accept in ("*/*", "application/json", "application/json, text/plain, */*"):
        answer = api.get(path, headers={"Accept": accept})
        assert answer.headers["Content-Type"] == "application/json"
    for page in (
        api.get(path, headers={"Accept": "text/html"}),
        api.get(f"{path}?format=api"),
    ):
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert api.get(path, headers={"Accept": "image/png"}).status_code == 406
