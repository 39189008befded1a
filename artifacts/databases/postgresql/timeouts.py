"""Time limits of PostgreSQL: the defaults, and how a URL's query changes them.

`postgres://host/name?statement_timeout=120`: seconds, 0 for no limit. libpq's own
parameters are taken as they are, `options` among them, which is sent last and wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LIBPQ: Mapping[str, object] = {
    "connect_timeout": 5,
    # A host that is gone sends nothing, not even that it is gone.
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}
"""Parameters of libpq, by its names and in its units."""
SERVER: Mapping[str, int] = {
    "lock_timeout": 30,
    "statement_timeout": 60,
    "idle_in_transaction_session_timeout": 60,
}
"""Parameters of the server, in seconds; 0 sends nothing, which poolers need."""
CLIENT: Mapping[str, int] = {"silence_timeout": 5, "pool_timeout": 10}
"""Ours, in seconds: see `Timeouts`."""
_MARGIN = 5
"""Seconds in which a living server says that a statement took too long."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that the client waits."""

    silence: float
    "Without an answer for so long, it is looked whether the server answers at all."
    statement: float | None
    "The longest that a statement is waited for, None for no limit."
    pool: float
    "How long a thread waits for a connection while all are in use."


def timeouts(options: Mapping[str, Any]) -> Timeouts:
    """Read the client's from a database's `OPTIONS`."""
    given = {**SERVER, **CLIENT, **options}
    statement = float(given["statement_timeout"])
    return Timeouts(
        silence=float(given["silence_timeout"]),
        statement=statement + _MARGIN if statement else None,
        pool=float(given["pool_timeout"]),
    )


def connection_parameters(parameters: dict[str, Any]) -> dict[str, Any]:
    """Make libpq's parameters of those that Django read from `OPTIONS`."""
    found = {**LIBPQ, **parameters}
    limits = {name: found.pop(name, default) for name, default in SERVER.items()}
    for name in CLIENT:
        found.pop(name, None)
    sent = [
        f"-c {name}={round(float(seconds) * 1000)}"
        for name, seconds in limits.items()
        if float(seconds)
    ]
    options = " ".join([*sent, *filter(None, [found.pop("options", "")])])
    return {**found, "options": options} if options else found
