from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks

from artifacts import checks
from paradigm.storages import storage

HERE = Path("/nonexistent")
SHAPING = "artifacts.I001"
OF_THIS_RUN = {SHAPING, "artifacts.W004"}
"""Whether this machine has FriBidi and its Redis forgets is asked in tests of their own."""


def ids() -> set[str]:
    found = run_checks(tags=["artifacts"])
    return {message.id or "" for message in found if message.id not in OF_THIS_RUN}


def test_checks__nothing_wrong_with_the_defaults() -> None:
    assert ids() == set()


@pytest.mark.parametrize(
    ("name", "value", "id"),
    [
        ("ARTIFACTS_MAX_BYTES", 0, "artifacts.E001"),
        ("ARTIFACTS_TOKEN_DAYS", "90", "artifacts.E001"),
        ("ARTIFACTS_TOKEN_DAYS", 36501, "artifacts.E001"),
        ("ARTIFACTS_GRACE_SECONDS", 10**12, "artifacts.E001"),
        ("ARTIFACTS_THUMBNAIL_MEMORY", 1024, "artifacts.E002"),
        ("ARTIFACTS_DELIVERY", "nginx", "artifacts.E003"),
        ("ARTIFACTS_STAGING_DIR", __file__ + "/staging", "artifacts.E005"),
    ],
)
def test_checks__setting(name: str, value: object, id: str, settings: Any) -> None:
    setattr(settings, name, value)
    assert ids() == {id}


@pytest.mark.parametrize(
    ("variable", "value", "id"),
    [
        ("THREADS", "many", "artifacts.E010"),
        ("CLIENT_TIMEOUT", "-1", "artifacts.E010"),
        ("PORT", "0", "artifacts.E010"),
        ("ARTIFACTS_MAX_BYTE", "5", "artifacts.W005"),
    ],
)
def test_checks__environment(
    variable: str, value: str, id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    assert ids() == {id}


def test_checks__misspelt_variable_is_named() -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ARTIFACTS_MAX_BYTE", "5")
        (message,) = checks.environment.check_environment()
    assert message.hint == "Is it ARTIFACTS_MAX_BYTES?"


@pytest.mark.parametrize(
    "rate", ["fast", "5", "5/fortnight", "x/min", "600/month", "-5/min", "0/s"]
)
def test_checks__throttle(rate: str, settings: Any) -> None:
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {"user": rate},
    }
    assert ids() == {"artifacts.E004"}


def with_stores(settings: Any, live: str, persisted: str) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "live": storage(live, data_dir=HERE, folder="live"),
        "default": storage(persisted, data_dir=HERE, folder="persisted"),
    }


def test_checks__store_that_is_not_there(settings: Any) -> None:
    settings.STORAGES = {
        alias: entry for alias, entry in settings.STORAGES.items() if alias != "live"
    }
    assert {message.id for message in checks.settings._stores()} == {"artifacts.E006"}


@pytest.mark.parametrize(
    ("live", "persisted", "delivery", "id"),
    [
        ("file:///a", "file:///a", "stream", "artifacts.E007"),
        ("disk", "s3://bucket", "x-accel", "artifacts.W002"),
        ("disk", "memory", "stream", "artifacts.W003"),
    ],
)
def test_checks__stores(
    live: str, persisted: str, delivery: str, id: str, settings: Any
) -> None:
    with_stores(settings, live, persisted)
    settings.ARTIFACTS_DELIVERY = delivery
    assert ids() == {id}


def test_checks__memory_shared_by_nobody(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_stores(settings, "memory", "disk")
    assert ids() == set()
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    assert ids() == {"artifacts.E008"}


def test_checks__decoder_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.decoders, "_DECODERS", {"no_such_module": "anything"})
    (message,) = checks.decoders.check_decoders()
    assert isinstance(message, CheckMessage)
    assert "anything" in message.msg


def test_checks__shaping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PIL.features.check", lambda name: True)
    assert checks.decoders.check_shaping() == []
    monkeypatch.setattr("PIL.features.check", lambda name: name != "fribidi")
    (message,) = checks.decoders.check_shaping()
    assert message.id == SHAPING


def test_checks__every_message_has_a_hint(settings: Any) -> None:
    settings.ARTIFACTS_MAX_BYTES = 0
    settings.ARTIFACTS_DELIVERY = "?"
    settings.ARTIFACTS_STORE_CALLS = 0
    with_stores(settings, "memory", "memory")
    found = run_checks(tags=["artifacts"])
    assert len(found) >= 4
    assert all(message.hint for message in found)
