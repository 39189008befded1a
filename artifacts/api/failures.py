"""Failures that are not the client's: what each one is, and its one line in the log."""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db import Error as DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError

from artifacts.exceptions import (
    ArtifactError,
    IncompleteSaveError,
    OutdatedError,
    StoreFullError,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer to a client; the cause goes to the log alone."""

    status: int
    code: str
    "A word for programs."
    detail: str
    retry_after: int = 0
    "Seconds; 0 where trying again does not help."

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        if not self.retry_after:
            return ()
        return (("Retry-After", str(self.retry_after)),)


FULL = Failure(
    507, "storage_full", "There is no room left for this; try again later.", 60
)
CROWDED = Failure(503, "overloaded", "The service is at its limits; try again.", 2)
AWAY = Failure(
    503, "store_unavailable", "The store cannot answer now; try again later.", 5
)
OUTDATED = Failure(
    503,
    "database_outdated",
    "The database of this service does not belong to its store: its operator has to "
    "mend that. Nothing was written.",
    60,
)
FAULT = Failure(500, "internal_error", "This is a fault of the service.")

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NO_DESCRIPTOR = (errno.EMFILE, errno.ENFILE)
_FULL_STATES = ("53100", "SQLITE_FULL")
"""PostgreSQL's SQLSTATE `disk_full`, and SQLite's name for it."""
_AWAY_STATES = ("25006", "25P03")
"""SQLSTATEs of a standby that is read-only, and of a session that was idle too long."""
_NAMED = ("session_id", "execution_id", "object_id", "filename", "id")
"""What a request may name, in the words of both APIs."""


def failure_of(error: BaseException) -> Failure:
    """Say what failed, by the error and what caused it."""
    if isinstance(error, OutdatedError):
        return OUTDATED
    if isinstance(error, IncompleteSaveError):  # no other try makes it better
        return Failure(500, "incomplete_save", str(error))
    causes = list(_chain(error))
    if any(_is_full(cause) for cause in causes):
        return FULL
    if any(getattr(cause, "errno", None) in _NO_DESCRIPTOR for cause in causes):
        return CROWDED
    if _is_away(error):
        return AWAY
    # An import, or the look-up of a codec, does not say for want of what it failed.
    return CROWDED if _no_descriptor_is_left() else FAULT


def log_failure(error: Exception, failure: Failure, subject: str) -> None:
    """Write its line, with a traceback where it is a fault of ours to mend."""
    logger.error(
        "%s: %s %s: %s",
        subject,
        failure.status,
        failure.code,
        in_a_line(error),
        exc_info=error if failure is FAULT else None,
    )


def subject_of(request: HttpRequest, *more: Mapping[str, object]) -> str:
    """Name a request, and the session and artifact that it or `more` names."""
    named: dict[str, object] = {}
    for values in (request.GET, *more):
        for name in _NAMED:
            value = values.get(name)
            if isinstance(value, str) and value:
                named[name] = value
    words = [f"{request.method} {request.path}"]
    words += [f"{name}={str(value)[:255]!r}" for name, value in named.items()]
    return " ".join(words)


def in_a_line(error: BaseException) -> str:
    """Say what an error was, its notes and what caused it, without line breaks."""
    parts = []
    for it in _chain(error):
        notes = "".join(f" ({note})" for note in getattr(it, "__notes__", ()))
        parts.append(" ".join(f"{type(it).__name__}: {it}{notes}".split()))
    return " <- ".join(parts)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer what failed outside of the APIs; Django calls it while it is handled."""
    error = sys.exc_info()[1]
    failure = failure_of(error) if error is not None else FAULT
    return HttpResponse(
        failure.detail,
        status=failure.status,
        content_type="text/plain",
        headers=dict(failure.headers),
    )


class OutageFilter(logging.Filter):
    """Makes one line of what others log with a traceback, where nothing is to mend."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and failure_of(error) is not FAULT:
            record.msg = f"{record.getMessage()}: {in_a_line(error)}"
            record.args = None
            record.exc_info = record.exc_text = None
        return True


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        hidden = error.__suppress_context__
        error = error.__cause__ or (None if hidden else error.__context__)


def _state(error: BaseException | None) -> object:
    return getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)


def _is_full(error: BaseException) -> bool:
    no_room = isinstance(error, OSError) and error.errno in _NO_ROOM
    return no_room or isinstance(error, StoreFullError) or _state(error) in _FULL_STATES


def _is_away(error: BaseException) -> bool:
    kinds = (ArtifactError, OSError, OperationalError, InterfaceError, RedisError)
    if isinstance(error, kinds):
        return True
    return isinstance(error, DatabaseError) and _state(error.__cause__) in _AWAY_STATES


def _no_descriptor_is_left() -> bool:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in _NO_DESCRIPTOR
    return False
