"""The app's settings, typed, with their defaults; read when used, never at import."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar, cast

from django.conf import settings

Delivery = Literal["stream", "x-accel", "redirect"]
DELIVERIES = ("stream", "x-accel", "redirect")
Value = TypeVar("Value")


class Conf:
    """One property for each setting, named as the setting is."""

    @property
    def ARTIFACTS_MAX_BYTES(self) -> int:
        """The largest artifact that is accepted, in bytes."""
        return self._get("ARTIFACTS_MAX_BYTES", 2 * 1024**3)

    @property
    def ARTIFACTS_STAGING_DIR(self) -> Path:
        """Where uploads are received; on the live store's file system they are moved.

        Elsewhere they are copied.
        """
        return Path(self._get("ARTIFACTS_STAGING_DIR", "var/staging"))

    @property
    def ARTIFACTS_DELIVERY(self) -> Delivery:
        """Who sends the bytes: this process, nginx, or the object store itself."""
        return cast("Delivery", self._get("ARTIFACTS_DELIVERY", "stream"))

    @property
    def ARTIFACTS_REDIRECT_SECONDS(self) -> int:
        """How long a presigned link to the object store is good for."""
        return self._get("ARTIFACTS_REDIRECT_SECONDS", 60)

    @property
    def ARTIFACTS_IDLE_SECONDS(self) -> int:
        """A live session without a put for this long is saved by the sweeper."""
        return self._get("ARTIFACTS_IDLE_SECONDS", 3600)

    @property
    def ARTIFACTS_SWEEP_SECONDS(self) -> int:
        """Between two rounds of the server's own sweeper; 0 where another one sweeps."""
        return self._get("ARTIFACTS_SWEEP_SECONDS", 10)

    @property
    def ARTIFACTS_GRACE_SECONDS(self) -> int:
        """Bytes without a row are left alone for this long: their put may be under way."""
        return self._get("ARTIFACTS_GRACE_SECONDS", 24 * 3600)

    @property
    def ARTIFACTS_STORE_CALLS(self) -> int:
        """Calls of one process to one far store at a time; fewer than it has threads."""
        return self._get("ARTIFACTS_STORE_CALLS", 15)

    @property
    def ARTIFACTS_TOKEN_DAYS(self) -> int:
        """How long a new token is good for, unless said otherwise."""
        return self._get("ARTIFACTS_TOKEN_DAYS", 90)

    @property
    def ARTIFACTS_THUMBNAIL_MEMORY(self) -> int:
        """Address space of a drawing process, in bytes."""
        return self._get("ARTIFACTS_THUMBNAIL_MEMORY", 768 * 1024**2)

    @property
    def ARTIFACTS_THUMBNAIL_SECONDS(self) -> int:
        """Processor time for one picture; on the wall clock it has two seconds more."""
        return self._get("ARTIFACTS_THUMBNAIL_SECONDS", 6)

    @property
    def ARTIFACTS_THUMBNAIL_PROCESSES(self) -> int:
        """Drawing processes for each server process."""
        return self._get("ARTIFACTS_THUMBNAIL_PROCESSES", 1)

    @property
    def ARTIFACTS_THUMBNAIL_QUEUE(self) -> str:
        """The broker of the workers that draw; "" to draw within the put."""
        return self._get("ARTIFACTS_THUMBNAIL_QUEUE", "")

    def _get(self, name: str, default: Value) -> Value:
        value: Value = getattr(settings, name, default)
        return value


conf = Conf()
