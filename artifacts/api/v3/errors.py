"""Errors in the shape of LightOn's platform."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework.response import Response

from artifacts.api.problems import problem_of


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler for the views of this API."""
    problem = problem_of(error, context)
    return problem.response(
        {
            "id": context["kwargs"].get("id"),
            "code": problem.status,
            "error": problem.code,
            "detail": _sentence(problem.detail),
            "doc_url": context["request"].build_absolute_uri(reverse("docs")),
        }
    )


def _sentence(detail: object) -> str:
    """DRF's errors by field as one line of text, which this shape has room for."""
    if isinstance(detail, dict):
        return " ".join(f"{name}: {_sentence(item)}" for name, item in detail.items())
    if isinstance(detail, list):
        return " ".join(_sentence(item) for item in detail)
    return str(detail)
