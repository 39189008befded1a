"""Many rows without bytes, made at once, and what a database would do to read them."""

from __future__ import annotations

import re
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from artifacts.models import FileArtifact, Namespace
from artifacts.refs import uuid7
from artifacts.thumbnails.result import VERSION

IN_SESSION = 4
_NARROWED = re.compile(
    r'"artifacts_fileartifact"\."(kind|mime_type|filename|namespace_id)" (=|LIKE)'
).search
PAGE = 100
"""Rows of the longest page; a small table may be read whole for one."""


def make_rows(owner: User, count: int) -> list[FileArtifact]:
    """Make saved artifacts, four in each session, oldest first; tell the database."""
    now = timezone.now()
    sessions = [
        Namespace(
            owner=owner,
            kind="session",
            external_id=f"session-{number}",
            last_put_at=now - timedelta(seconds=count - number),
            saved_at=now,
        )
        for number in range(count // IN_SESSION)
    ]
    Namespace.objects.bulk_create(sessions)
    rows = []
    for number in range(count):
        artifact_id = uuid7()
        row = FileArtifact(
            id=artifact_id,
            user=owner,
            namespace=sessions[number // IN_SESSION],
            object_id=f"img_{number:06x}",
            kind="img",
            filename=f"picture-{number}.png",
            storage_path=f"artifacts/{artifact_id}",
            bytes=number,
            mime_type="image/png",
            sha256=f"{number * 7919:08x}" * 8,
            source="manifest",
            created_at=now - timedelta(seconds=count - number),
            thumbnail_version=VERSION,
        )
        rows.append(row)
    FileArtifact.objects.bulk_create(rows)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return rows


def rows_in_vain(queries: CaptureQueriesContext) -> list[str]:
    """Give what in the plans of these queries reads rows for nothing."""
    selects = [
        query["sql"]
        for query in queries.captured_queries
        if query["sql"].lstrip().startswith(("SELECT", "WITH"))
        and "artifacts_" in query["sql"]
    ]
    judge = _postgresql if connection.vendor == "postgresql" else _sqlite
    return [f"{line} in: {sql}" for sql in selects for line in judge(sql)]


def _sqlite(sql: str) -> list[str]:
    """Every row is read by a scan, and every one of a user where no more is asked for.

    A LIMIT ends what goes as the list is sorted, if nothing is passed over.
    """
    if re.search(r"FROM \(SELECT 1 FROM artifacts_\w+_parts", sql):
        return []
    found = []
    for line in _explained("EXPLAIN QUERY PLAN", sql):
        scan = re.match(r"SCAN artifacts_(fileartifact|namespace)\b(?!.*_saved)", line)
        if scan and not (sql.endswith("LIMIT 1001") and "WHERE" not in sql):
            found.append(line)
        if re.search(
            r"\((user|owner)_id=\?( AND created_at\S+)?\)", line
        ) and _NARROWED(sql):
            found.append(line)
    return found


def _postgresql(sql: str) -> list[str]:
    """What was read and thrown away is counted, where it could use an index."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    found = []
    for line in _explained("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF)", sql):
        removed = re.search(r"Rows Removed by .*: (\d+)", line)
        if (removed and int(removed[1]) > PAGE) or re.search(
            r"Seq Scan on artifacts_(fileartifact|namespace)\b", line
        ):
            found.append(line)
    return found


def _explained(command: str, sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"{command} {sql}")
        return [str(row[-1]).strip() for row in cursor.fetchall()]
