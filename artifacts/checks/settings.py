"""Every setting that can be wrong, with what to do about it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import Any, cast

from django.conf import settings
from django.core.checks import (
    CheckMessage,
    Error,
    Warning as CheckWarning,
    register,
)

from artifacts.checks.places import overlap
from artifacts.conf import DELIVERIES, conf
from artifacts.models.access_token import MAX_DAYS
from artifacts.stores import live, persisted

_BROKERS = ("redis", "rediss", "amqp", "amqps", "sqs")
_DECADE = 10 * 365 * 24 * 3600
_LARGEST = {
    "ARTIFACTS_IDLE_SECONDS": _DECADE,
    "ARTIFACTS_SWEEP_SECONDS": 24 * 3600,
    "ARTIFACTS_GRACE_SECONDS": _DECADE,
    "ARTIFACTS_REDIRECT_SECONDS": 7 * 24 * 3600,  # S3 signs for no longer
    "ARTIFACTS_TOKEN_DAYS": MAX_DAYS,
}
_RATE = re.compile(r"[1-9]\d*/(s|sec|second|m|min|minute|h|hour|d|day)")


@register("artifacts")
def check_settings(**_: Any) -> list[CheckMessage]:
    """Check what can be said without talking to any server."""
    return [
        *_numbers(),
        *_delivery(),
        *_queue(),
        *_throttle(),
        *_staging(),
        *_stores(),
    ]


def _numbers() -> Iterator[CheckMessage]:
    for name in (
        "ARTIFACTS_MAX_BYTES",
        "ARTIFACTS_REDIRECT_SECONDS",
        "ARTIFACTS_IDLE_SECONDS",
        "ARTIFACTS_GRACE_SECONDS",
        "ARTIFACTS_STORE_CALLS",
        "ARTIFACTS_TOKEN_DAYS",
        "ARTIFACTS_THUMBNAIL_MEMORY",
        "ARTIFACTS_THUMBNAIL_SECONDS",
        "ARTIFACTS_THUMBNAIL_PROCESSES",
    ):
        value = getattr(conf, name)
        largest = _LARGEST.get(name, sys.maxsize)
        least = 0 if name == "ARTIFACTS_SWEEP_SECONDS" else 1
        if not isinstance(value, int) or not least <= value <= largest:
            yield Error(
                f"{name} is {value!r}.",
                hint=f"Give a whole number from {least} to {largest}.",
                id="artifacts.E001",
            )
    if conf.ARTIFACTS_THUMBNAIL_MEMORY < 256 * 1024**2:
        yield Error(
            "ARTIFACTS_THUMBNAIL_MEMORY is too small for any picture.",
            hint="Give 268435456 (256 MiB) or more.",
            id="artifacts.E002",
        )


def _delivery() -> Iterator[CheckMessage]:
    delivery = conf.ARTIFACTS_DELIVERY
    if delivery not in DELIVERIES:
        yield Error(
            f"ARTIFACTS_DELIVERY is {delivery!r}.",
            hint=f"Give one of {', '.join(DELIVERIES)}.",
            id="artifacts.E003",
        )
    if delivery == "x-accel" and persisted().path("x") is None:
        yield CheckWarning(
            "ARTIFACTS_DELIVERY is x-accel, but saved bytes are not on local disk.",
            hint="They are streamed instead; use redirect for S3 and Google Cloud.",
            id="artifacts.W002",
        )


def _queue() -> Iterator[CheckMessage]:
    scheme, separator, _ = conf.ARTIFACTS_THUMBNAIL_QUEUE.partition("://")
    if scheme and (not separator or scheme not in _BROKERS):
        yield Error(
            "ARTIFACTS_THUMBNAIL_QUEUE names no broker that is known.",
            hint=f"Give a URL that begins with one of {', '.join(_BROKERS)}.",
            id="artifacts.E009",
        )


def _throttle() -> Iterator[CheckMessage]:
    framework = cast("dict[str, Any]", settings.REST_FRAMEWORK)
    rate = framework["DEFAULT_THROTTLE_RATES"]["user"]
    # DRF looks at a unit's first letter alone: a month would be a minute.
    if rate is not None and not _RATE.fullmatch(rate):
        yield Error(
            f"ARTIFACTS_THROTTLE is {rate!r}.",
            hint="Give a number and a unit, such as 600/min; nothing turns it off.",
            id="artifacts.E004",
        )


def _staging() -> Iterator[CheckMessage]:
    folder = conf.ARTIFACTS_STAGING_DIR
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        yield Error(
            f"ARTIFACTS_STAGING_DIR: {existing} cannot be written.",
            hint="Name a folder that this user may write; uploads are received there.",
            id="artifacts.E005",
        )


def _stores() -> Iterator[CheckMessage]:
    for alias in ("default", "live"):
        if alias not in settings.STORAGES:
            yield Error(
                f"STORAGES has no {alias!r}.",
                hint="Artifacts need `live` (active sessions) and `default` (saved).",
                id="artifacts.E006",
            )
            return
    if overlap(live(), persisted()):
        yield Error(
            "The live and the persisted store are one, or one lies within the other.",
            hint="Give them folders, buckets or prefixes beside each other: saving a "
            "session deletes the live copy.",
            id="artifacts.E007",
        )
    if persisted().is_in_memory:
        yield CheckWarning(
            "The persisted store is memory: saved artifacts end with the process.",
            hint="Set ARTIFACTS_PERSISTED_STORE to disk, s3://… or gs://….",
            id="artifacts.W003",
        )
    workers = os.environ.get("WEB_CONCURRENCY", "1")
    if live().is_in_memory and workers != "1":
        yield Error(
            "The live store is memory, which several processes do not share.",
            hint="Unset WEB_CONCURRENCY, or set ARTIFACTS_LIVE_STORE to disk or redis://….",
            id="artifacts.E008",
        )
