"""The database connection of a request, while bytes are under way."""

from __future__ import annotations

from django.db import close_old_connections, connection


def release_connection() -> None:
    """Give it back to the pool: a slow client may take minutes; the next query gets one."""
    if not connection.in_atomic_block:
        close_old_connections()
