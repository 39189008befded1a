"""Checks of a Redis that holds live artifacts and may forget them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning as CheckWarning, register

from artifacts.exceptions import StoreError
from artifacts.stores import live
from artifacts.stores.redis import RedisStore

_HINT = "Live artifacts rest there alone until their session is saved."


@register("artifacts")
def check_live_redis(**_: Any) -> list[CheckMessage]:
    """Ask a Redis that holds live artifacts whether it may forget them."""
    if "live" not in settings.STORAGES or not isinstance(store := live(), RedisStore):
        return []
    return list(_warnings(store))


def _warnings(store: RedisStore) -> Iterator[CheckMessage]:
    try:
        for warning in store.warnings():
            yield CheckWarning(warning, hint=_HINT, id="artifacts.W004")
    except StoreError:
        yield CheckWarning(
            "The Redis that holds live artifacts does not answer.",
            hint="Puts fail until it does; whether it keeps what it has is not known.",
            id="artifacts.W006",
        )
