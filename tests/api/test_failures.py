from __future__ import annotations

import errno
import logging
import os
import resource
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import InternalError, OperationalError
from django.test import Client
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework.test import APIClient

from artifacts import stores
from artifacts.api.failures import AWAY, CROWDED, FAULT, FULL, Failure, failure_of
from artifacts.exceptions import NoAnswerError, StoreError, StoreFullError
from artifacts.models import FileArtifact

URL = "/v1/artifacts"
Put = Callable[..., FileArtifact]


class SQLiteFullError(sqlite3.OperationalError):
    sqlite_errorname = "SQLITE_FULL"


class StandbyError(Exception):
    sqlstate = "25006"


class DiskFullError(Exception):
    sqlstate = "53100"


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (OSError(errno.ENOSPC, "full"), FULL),
        (OSError(errno.EDQUOT, "quota"), FULL),
        (StoreFullError("full"), FULL),
        (caused(OperationalError(), SQLiteFullError()), FULL),
        (caused(OperationalError(), DiskFullError()), FULL),
        (OSError(errno.EMFILE, "descriptors"), CROWDED),
        (caused(ImportError(), OSError(errno.ENFILE, "descriptors")), CROWDED),
        (StoreError("refused"), AWAY),
        (NoAnswerError("silent"), AWAY),
        (OSError(errno.EIO, "disk"), AWAY),
        (OperationalError("locked"), AWAY),
        (caused(InternalError(), StandbyError()), AWAY),
        (RedisConnectionError("the cache"), AWAY),
        (InternalError("a fault"), FAULT),
        (caused(KeyError(), StoreError("that was handled")), FAULT),
    ],
    ids=lambda value: type(value).__name__,
)
def test_failure_of(error: Exception, failure: Failure) -> None:
    assert failure_of(error) is failure


@pytest.fixture
def no_descriptors() -> Iterator[None]:
    """Leave this process without a descriptor to open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    taken = []
    try:
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("no_descriptors")
def test_failure_of__want_of_a_descriptor_that_the_error_does_not_name() -> None:
    assert failure_of(LookupError("unknown encoding: unicode_escape")) is CROWDED


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records]


def test_log__one_line_that_names_artifact_and_session(
    api: APIClient,
    put: Put,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    artifact = put("png")

    def refuse(*args: object) -> None:
        raise NoAnswerError("S3 did not answer.") from ValueError("two\nlines")

    monkeypatch.setattr("artifacts.selectors.open_content", refuse)
    query = {"session_id": "s-1", "object_id": artifact.object_id}
    assert api.get(URL, query).status_code == 503
    assert api.get(f"/api/v3/artifacts/{artifact.pk}/content").status_code == 503
    first, second = lines(caplog)
    assert f"session_id='s-1' object_id='{artifact.object_id}'" in first
    assert "NoAnswerError: S3 did not answer. <- ValueError: two lines" in first
    assert str(artifact.pk) in second
    assert not any(record.exc_info for record in caplog.records)


def test_log__of_a_put_names_what_its_body_named(
    api: APIClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> bool:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(type(stores.live()), "place", full)
    body = {"session_id": "s-1\nforged", "url": "https://example.org/"}
    answer = api.post(URL, {**body, "session_id": "s-1"}, format="json")
    assert answer.status_code == 507
    assert answer.headers["Retry-After"] == "60"
    (line,) = lines(caplog)
    assert "POST /v1/artifacts session_id='s-1': 507 storage_full" in line


def test_log__a_fault_has_its_traceback(
    api: APIClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("artifacts.selectors.get_artifact", fault)
    assert api.get("/api/v3/artifacts/x").status_code == 500
    (record,) = caplog.records
    assert record.exc_info


def test_log__names_what_has_no_bytes(
    api: APIClient, put: Put, caplog: pytest.LogCaptureFixture
) -> None:
    artifact = put("png")
    stores.live().delete(artifact.storage_path)
    query = {"session_id": "s-1", "object_id": artifact.object_id}
    assert api.get(URL, query).status_code == 404
    (line,) = lines(caplog)
    assert "session_id='s-1'" in line
    assert str(artifact.pk) in line


def test_page__database_away(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no API answers alike: no 500 with a traceback in the log."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise OperationalError("host db.internal")

    monkeypatch.setattr("artifacts.models.AccessToken.objects.find", refuse)
    client.raise_request_exception = False
    answer = client.get("/admin/", headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "internal" not in answer.text


def emitted(error: Exception, settings: Any) -> str:
    """Say what the configured handler's filter leaves of a logged error."""
    record = logging.LogRecord("any", logging.ERROR, "", 0, "Not %s", ("so",), None)
    record.exc_info = (type(error), error, None)
    dotted = settings.LOGGING["filters"]["outages"]["()"]
    module, _, name = dotted.rpartition(".")
    kind = getattr(__import__(module, fromlist=[name]), name)
    assert kind().filter(record)
    return logging.Formatter().format(record)


def test_filter__one_line_for_an_outage(settings: Any) -> None:
    assert emitted(StoreError("away"), settings) == "Not so: StoreError: away"
    assert "ZeroDivisionError" in emitted(ZeroDivisionError(), settings)
