"""System checks: every setting that can be wrong, with what to do about it."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.checks import (
    CheckMessage,
    Error,
    Info,
    Warning as CheckWarning,
    register,
)
from PIL import features
from rest_framework.throttling import SimpleRateThrottle

from artifacts.conf import DELIVERIES, conf
from artifacts.stores import live, persisted
from artifacts.stores.disk import DiskStore
from artifacts.stores.object_store import ObjectStore
from artifacts.stores.redis import RedisStore

_BROKERS = ("redis", "rediss", "amqp", "amqps", "sqs")
_DECODERS = {
    "pypdfium2": "PDF pages",
    "av": "video frames and audio waveforms",
    "numpy": "arrays and point clouds",
    "resvg_py": "SVG images",
    "defusedxml": "SVG images and office documents",
    "pillow_heif": "HEIC images",
}


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


@register("artifacts")
def check_decoders(**_: Any) -> list[CheckMessage]:
    """Say which pictures cannot be drawn for want of a library."""
    return [
        CheckWarning(
            f"{module} is not installed: no pictures of {subject}.",
            hint="pip install paradigm-artifacts"
            + ("[heic] (its wheel is GPL-2)" if module == "pillow_heif" else ""),
            id="artifacts.W001",
        )
        for module, subject in _DECODERS.items()
        if importlib.util.find_spec(module) is None
        # An extra that nobody has to want.
        and module != "pillow_heif"
    ]


@register("artifacts", deploy=True)
def check_live_redis(**_: Any) -> list[CheckMessage]:
    """Ask a Redis that holds live artifacts whether it may forget them."""
    store = live()
    if not isinstance(store, RedisStore):
        return []
    return [
        CheckWarning(
            warning,
            hint="Live artifacts rest there alone until their session is saved.",
            id="artifacts.W004",
        )
        for warning in store.warnings()
    ]


@register("artifacts")
def check_shaping(**_: Any) -> list[CheckMessage]:
    """Say whether text in Arabic and Indic scripts is joined in pictures."""
    if features.check("raqm") and features.check("fribidi"):
        return []
    return [
        Info(
            "FriBidi is not installed: pictures of text do not join Arabic letters.",
            hint="Install the system's libfribidi (Debian: libfribidi0).",
            id="artifacts.I001",
        )
    ]


def _numbers() -> Iterator[CheckMessage]:
    for name in (
        "ARTIFACTS_MAX_BYTES",
        "ARTIFACTS_REDIRECT_SECONDS",
        "ARTIFACTS_IDLE_SECONDS",
        "ARTIFACTS_GRACE_SECONDS",
        "ARTIFACTS_TOKEN_DAYS",
        "ARTIFACTS_THUMBNAIL_MEMORY",
        "ARTIFACTS_THUMBNAIL_SECONDS",
        "ARTIFACTS_THUMBNAIL_PROCESSES",
    ):
        value = getattr(conf, name)
        if not isinstance(value, int) or value < 1:
            yield Error(
                f"{name} is {value!r}.",
                hint="Give a whole number of 1 or more.",
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
    try:
        SimpleRateThrottle.parse_rate(
            SimpleRateThrottle.__new__(SimpleRateThrottle), rate
        )
    except (ValueError, KeyError, IndexError):
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
    if _place(live()) == _place(persisted()):
        yield Error(
            "The live and the persisted store are one and the same.",
            hint="Give them different folders, buckets or prefixes: saving a session "
            "deletes the live copy.",
            id="artifacts.E007",
        )
    if _is_in_memory(persisted()):
        yield CheckWarning(
            "The persisted store is memory: saved artifacts end with the process.",
            hint="Set ARTIFACTS_PERSISTED_STORE to disk, s3://… or gs://….",
            id="artifacts.W003",
        )
    workers = os.environ.get("WEB_CONCURRENCY", "1")
    if _is_in_memory(live()) and workers != "1":
        yield Error(
            "The live store is memory, which several processes do not share.",
            hint="Unset WEB_CONCURRENCY, or set ARTIFACTS_LIVE_STORE to disk or redis://….",
            id="artifacts.E008",
        )


def _place(store: ObjectStore) -> tuple[object, ...]:
    """Where a store's objects rest, however its URL spells it."""
    storage = store.storage
    if isinstance(store, DiskStore):
        return (Path(store.storage.location).resolve(),)
    names = ("server", "prefix", "endpoint_url", "bucket_name", "azure_container")
    parts = [getattr(storage, name, None) for name in (*names, "location")]
    return (type(storage), *parts)


def _is_in_memory(store: ObjectStore) -> bool:
    return type(store.storage).__name__ == "InMemoryStorage"
