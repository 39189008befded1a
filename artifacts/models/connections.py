"""The database connection of this thread."""

from __future__ import annotations

from django.db import close_old_connections, connection


def release_connection() -> None:
    """Give it back to the pool before something that takes long; the next query gets one.

    Within a transaction it stays.
    """
    if not connection.in_atomic_block:
        close_old_connections()
