"""The core's exceptions as HTTP has them; each API then renders them in its shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, UnreadablePostError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from artifacts.api.failures import (
    failure_of,
    in_a_line,
    log_failure,
    logger,
    subject_of,
)
from artifacts.exceptions import (
    BytesMissingError,
    ChecksumError,
    InvalidError,
    NotFoundError,
    TooLargeError,
)


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
    is_logged: bool = False
    "Whether the log has its line already."

    def response(self, body: object) -> Response:
        response = Response(body, status=self.status, headers=dict(self.headers))
        if self.is_logged:  # Django, too, writes a line for each error, but for these
            response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001
        return response


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


def problem_of(error: Exception, context: Mapping[str, Any]) -> Problem:
    """Say what to answer for `error`; `context` is that of DRF's exception handlers."""
    set_rollback()
    for kind, make in _DJANGO:
        if isinstance(error, kind):
            error = make()
            break
    if isinstance(error, exceptions.APIException):
        return _of_api_exception(error)
    for kind, status, code in _CORE:
        if isinstance(error, kind):
            missing = isinstance(error, BytesMissingError)
            if missing:  # the client's request was right
                logger.error("%s: %s", _subject(context), in_a_line(error))
            field = getattr(error, "field", "")
            return Problem(status, code, str(error), field, is_logged=missing)
    # From here on it is ours to mend. What it was goes to the log, not to the client.
    failure = failure_of(error)
    log_failure(error, failure, _subject(context))
    return Problem(
        failure.status,
        failure.code,
        failure.detail,
        headers=failure.headers,
        is_logged=True,
    )


def _subject(context: Mapping[str, Any]) -> str:
    request = context["request"]
    body = getattr(request, "_full_data", None)  # only where it was read already
    more = (context["kwargs"], body) if isinstance(body, Mapping) else ()
    return subject_of(request._request, *(more or (context["kwargs"],)))  # noqa: SLF001 - Django's own request


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
