"""Errors in the shape of VLM Run's API: `{"detail": …}`, as FastAPI makes it."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response

from artifacts.api.problems import Problem, problem_of
from artifacts.exceptions import InvalidError


class MissingError(InvalidError):
    """A value that has to be sent was not."""

    def __init__(self, message: str = "Field required", *, field: str) -> None:
        super().__init__(message, field=field)


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler for the views of this API."""
    problem = problem_of(error, context)
    if problem.status != 422:
        return problem.response({"detail": problem.detail})
    kind = "missing" if isinstance(error, MissingError) else "value_error"
    return problem.response({"detail": [_validation_error(problem, kind, context)]})


def _validation_error(
    problem: Problem, kind: str, context: dict[str, Any]
) -> dict[str, object]:
    """One `ValidationError` of the contract; `loc` says where the value was looked for."""
    if problem.field in context["kwargs"]:
        place = "path"
    else:
        place = "body" if context["request"].method == "POST" else "query"
    location = [place, problem.field] if problem.field else [place]
    return {"loc": location, "msg": problem.detail, "type": kind}
