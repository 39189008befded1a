"""Many rows at once, by SQL: what a service has after months, without its bytes."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from artifacts.models import FileArtifact, Namespace, search_index
from artifacts.thumbnails.result import VERSION

IN_SESSION = 10
"""Artifacts of an ordinary session."""
RARE = 5
"""Artifacts of a rare kind, at every size."""
NEEDLE = "the only Needle.png"
"""The file name of one artifact."""
_BEGINNING = "2026-01-01 00:00:00"
"""When the first artifact was put; then one a second."""
_PICTURE = "UklGRg" * 10


@dataclass(frozen=True, slots=True)
class Filled:
    """What there is to ask for."""

    owner: User
    "Has nine tenths of all sessions, and may use the admin."
    small: Namespace
    "Ten artifacts, from the middle of all."
    large: Namespace
    "The newest tenth of all artifacts."
    artifact: FileArtifact
    "One of the small session."


def fill(rows: int) -> Filled:
    """Make users, sessions and saved artifacts, and have the statistics made."""
    owner = User.objects.create_superuser("owner", password=None)
    other = User.objects.create_user("other")
    large = Namespace.objects.create(
        owner=owner, kind="session", external_id="large", saved_at=timezone.now()
    )
    values: dict[str, str | int] = {
        "owner": owner.pk,
        "other": other.pk,
        "large": _key(large),
        "version": VERSION,
        "picture": _PICTURE,
        "needle": NEEDLE,
        "in_session": IN_SESSION,
        "rare": rows // RARE,
        "rows": rows,
        "in_sessions": rows - rows // 10,
    }
    with connection.cursor() as cursor:
        for table in search_index.SEARCHED:  # in one go, after the rows
            kind = "INDEX" if connection.vendor == "postgresql" else "TRIGGER"
            cursor.execute(f"DROP {kind} IF EXISTS {table}_parts")
        cursor.execute(_adapted(_SESSIONS), values)
        cursor.execute(_adapted(_ARTIFACTS), values)
        search_index.make_missing(using="default")
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
    middle = rows // IN_SESSION // 2
    small = Namespace.objects.get(external_id=f"session-{middle - middle % 10 + 1}")
    return Filled(owner, small, large, small.artifacts_oldest_first[4])


# The first session of ten is the other user's.
_SESSIONS = """
    INSERT INTO artifacts_namespace (id, owner_id, kind, external_id, sequence,
                                     created_at, last_put_at, saved_at)
    SELECT {id of n}, CASE WHEN n %% 10 = 0 THEN %(other)s ELSE %(owner)s END,
           'session', 'session-' || n, %(in_session)s,
           {time of n}, {time of n}, {time of n}
    FROM (SELECT n FROM {numbers}) AS numbers WHERE n < %(in_sessions)s / %(in_session)s
"""
_ARTIFACTS = """
    INSERT INTO artifacts_fileartifact (id, user_id, namespace_id, object_id, kind,
        filename, storage_path, bytes, mime_type, sha256, source, created_at,
        thumbnail_base64, thumbnail_reason, thumbnail_version)
    SELECT {id of n},
           CASE WHEN n < %(in_sessions)s AND n / %(in_session)s %% 10 = 0
                THEN %(other)s ELSE %(owner)s END,
           CASE WHEN n < %(in_sessions)s
                THEN {id of n / %(in_session)s} ELSE {large} END,
           'img_' || LPAD({hex of n}, 6, '0'),
           CASE WHEN n %% %(rare)s = 7 THEN 'recon'
                WHEN n %% 4 = 0 THEN 'doc' ELSE 'img' END,
           CASE WHEN n = %(rows)s / 3 THEN %(needle)s
                ELSE 'picture-' || n || '.png' END,
           'artifacts/' || n, 1000 + n,
           CASE WHEN n %% %(rare)s = 7 THEN 'model/gltf-binary'
                WHEN n %% 4 = 0 THEN 'application/pdf' ELSE 'image/png' END,
           MD5(CAST(n AS TEXT)) || MD5(CAST(n AS TEXT)), 'manifest', {time of n},
           %(picture)s, '', %(version)s
    FROM {numbers}
"""
_NUMBERS = {
    "postgresql": "generate_series(0, %(rows)s - 1) AS numbers (n)",
    "sqlite": "(WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1"
    " FROM numbers WHERE n < %(rows)s - 1) SELECT n FROM numbers) AS numbers",
}
_FORMS = {
    "postgresql": {
        "{hex of n}": "to_hex(n)",
        "{id of n}": "LPAD(to_hex(n), 32, '0')::uuid",
        "{id of n / %(in_session)s}": "LPAD(to_hex(n / %(in_session)s), 32, '0')::uuid",
        "{time of n}": f"TIMESTAMPTZ '{_BEGINNING}+00' + n * INTERVAL '1 second'",
        "{large}": "%(large)s::uuid",
    },
    "sqlite": {
        "{hex of n}": "printf('%%x', n)",
        "{id of n}": "printf('%%032x', n)",
        "{id of n / %(in_session)s}": "printf('%%032x', n / %(in_session)s)",
        "{time of n}": f"datetime('{_BEGINNING}', '+' || n || ' seconds')",
        "{large}": "%(large)s",
    },
}


def _adapted(statement: str) -> str:
    """Write a statement in the words of this database."""
    for name, form in _FORMS[connection.vendor].items():
        statement = statement.replace(name, form)
    return statement.replace("{numbers}", _NUMBERS[connection.vendor])


def _key(namespace: Namespace) -> str:
    field = Namespace._meta.pk
    return str(field.get_db_prep_value(namespace.pk, connection))
