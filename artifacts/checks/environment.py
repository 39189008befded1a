"""Environment variables that no setting shows: the server's, and misspelt ones."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from typing import Any

from django.core.checks import (
    CheckMessage,
    Error,
    Warning as CheckWarning,
    register,
)

from artifacts.conf import Conf

_PREFIX = "ARTIFACTS_"
_KNOWN = {name for name in vars(Conf) if name.startswith(_PREFIX)} | {
    "ARTIFACTS_DATA_DIR",
    "ARTIFACTS_LIVE_STORE",
    "ARTIFACTS_PERSISTED_STORE",
    "ARTIFACTS_THROTTLE",
}


@register("artifacts")
def check_environment(**_: Any) -> list[CheckMessage]:
    """Check what gunicorn would stumble over, and what nothing reads."""
    return [*_server(), *_misspelt()]


def _server() -> Iterator[CheckMessage]:
    for name in ("PORT", "WEB_CONCURRENCY", "THREADS", "CLIENT_TIMEOUT"):
        value = os.environ.get(name, "")
        if value and not (value.isascii() and value.isdecimal() and int(value) > 0):
            yield Error(
                f"{name} is {value!r}.",
                hint="Give a whole number of 1 or more.",
                id="artifacts.E010",
            )


def _misspelt() -> Iterator[CheckMessage]:
    for name in sorted(os.environ):
        tests = name.startswith(f"{_PREFIX}TEST_")
        if name.startswith(_PREFIX) and name not in _KNOWN and not tests:
            near = difflib.get_close_matches(name, _KNOWN, n=1)
            yield CheckWarning(
                f"Nothing reads {name}.",
                hint=f"Is it {near[0]}?" if near else "See the README's table.",
                id="artifacts.W005",
            )
