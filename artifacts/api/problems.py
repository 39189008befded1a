"""The core's exceptions as HTTP has them; each API then renders them in its shape."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from artifacts.exceptions import (
    ArtifactError,
    ChecksumError,
    InvalidError,
    NotFoundError,
    TooLargeError,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Problem:
    """One error, before it has a body."""

    status: int
    code: str
    "A word for programs, such as `not_found`."
    detail: object
    "A sentence, or DRF's errors by field."
    field: str = ""
    "Which of the client's values is wrong, where one is."
    headers: tuple[tuple[str, str], ...] = ()

    def response(self, body: object) -> Response:
        return Response(body, status=self.status, headers=dict(self.headers))


class TooLarge(exceptions.APIException):
    """The body is announced to be larger than what is accepted."""

    status_code = 413
    default_code = "too_large"


class LengthRequired(exceptions.APIException):
    """A body of unknown length (RFC 9110, section 15.5.12)."""

    status_code = 411
    default_code = "length_required"
    default_detail = "Send a Content-Length: a chunked body has no known length."


_DJANGO: tuple[tuple[type[Exception], Callable[[], exceptions.APIException]], ...] = (
    (Http404, exceptions.NotFound),
    (PermissionDenied, exceptions.PermissionDenied),
    # Too many fields, too long ones; a client that hung up while it sent.
    (SuspiciousOperation, exceptions.ParseError),
    (UnreadablePostError, exceptions.ParseError),
    # JSON that is nested deeper than Python goes.
    (RecursionError, exceptions.ParseError),
)
_CORE = (
    (NotFoundError, 404, "not_found"),
    (ChecksumError, 409, "checksum_mismatch"),
    (TooLargeError, 413, "too_large"),
    (InvalidError, 422, "invalid"),
)


def problem_of(error: Exception) -> Problem:
    """Say what to answer for `error`, whatever it is."""
    set_rollback()
    for kind, make in _DJANGO:
        if isinstance(error, kind):
            error = make()
            break
    if isinstance(error, exceptions.APIException):
        return _of_api_exception(error)
    for kind, status, code in _CORE:
        if isinstance(error, kind):
            return Problem(status, code, str(error), getattr(error, "field", ""))
    # From here on it is ours to mend. What it was goes to the log, not to the client.
    logger.error("A request failed", exc_info=error)
    if isinstance(error, ArtifactError | OSError | OperationalError | InterfaceError):
        # A store or the database is away, a disk is full, bytes are damaged.
        detail = "The store cannot answer now; try again later."
        headers = (("Retry-After", "5"),)
        return Problem(503, "store_unavailable", detail, headers=headers)
    return Problem(500, "internal_error", "This is a fault of the service.")


def _of_api_exception(error: exceptions.APIException) -> Problem:
    headers: list[tuple[str, str]] = []
    if challenge := getattr(error, "auth_header", None):
        headers.append(("WWW-Authenticate", challenge))
    if wait := getattr(error, "wait", None):
        headers.append(("Retry-After", f"{wait:.0f}"))
    code = getattr(error.detail, "code", None) or error.default_code
    return Problem(
        error.status_code,
        str(code),
        error.detail,
        headers=tuple(headers),
    )
