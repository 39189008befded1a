"""No list, search or look-up reads rows in vain, also where there is nothing to find."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from artifacts import selectors, services
from artifacts.models import FileArtifact, Namespace
from artifacts.refs import NamespaceKind, NamespaceRef
from artifacts.services import fencing
from tests.rows import make_rows, rows_in_vain

ROWS = 2_000
_V3 = "/api/v3/artifacts"
_ARTIFACTS = "/admin/artifacts/fileartifact/"
_SESSIONS = "/admin/artifacts/namespace/"


@pytest.fixture
def rows(user: User) -> list[FileArtifact]:
    return make_rows(user, ROWS)


def captured(call: Callable[[], object]) -> CaptureQueriesContext:
    with CaptureQueriesContext(connection) as queries:
        call()
    return queries


def test_v3_list__every_filter(api: APIClient, rows: list[FileArtifact]) -> None:
    middle = rows[ROWS // 2].created_at.isoformat()
    filters: list[dict[str, str]] = [
        {},
        {"session_id": "session-7"},
        {"session_id": "none"},
        {"execution_id": "session-7"},
        {"session_id": "session-7", "kind": "img"},
        {"kind": "img"},
        {"kind": "arr"},
        {"mime_type": "image/png"},
        {"mime_type": "text/csv"},
        {"filename": "PICTURE-1234."},
        {"filename": "haystack"},
        {"filename": "haystack", "kind": "img"},
        {"created_before": middle},
        {"created_after": middle, "kind": "arr"},
        {"created_before": "2020-01-01T00:00:00Z"},
    ]
    in_vain = {}
    for query in filters:
        queries = captured(functools.partial(api.get, _V3, query))
        if found := rows_in_vain(queries):
            in_vain[str(query)] = found
    assert in_vain == {}


def test_v3_list__later_pages(api: APIClient, rows: list[FileArtifact]) -> None:
    for query in ({}, {"kind": "img"}, {"session_id": "session-7", "page_size": "3"}):
        page = api.get(_V3, query).json()
        queries = captured(functools.partial(api.get, page["next"]))
        assert rows_in_vain(queries) == []


def test_admin_artifacts__every_list_and_search(
    admin_client: Client, user: User, rows: list[FileArtifact]
) -> None:
    row = rows[ROWS // 2]
    lists = [
        {},
        {"p": "10"},
        {"o": "8"},
        {"o": "-4"},
        {"kind__exact": "img"},
        {"kind__exact": "arr"},
        {"source__exact": "store"},
        {"mime_type": "text/csv"},
        {"thumbnail_reason__exact": "damaged"},
        {"user__id__exact": str(user.pk)},
        {"namespace__id__exact": str(row.namespace_id)},
        {"created_at__lte": row.created_at.isoformat()},
        {"q": "picture-1234"},
        {"q": "haystack"},
        {"q": "picture haystack"},
        {"q": row.object_id},
        {"q": row.object_id[:8]},
        {"q": str(row.pk)},
        {"q": row.sha256},
        {"q": row.sha256[:7]},
        {"q": "session-77"},
    ]
    in_vain = {}
    for query in lists:
        queries = captured(functools.partial(admin_client.get, _ARTIFACTS, query))
        if found := rows_in_vain(queries):
            in_vain[str(query)] = found
    assert in_vain == {}


def test_admin_sessions__every_list_and_search(
    admin_client: Client, user: User, rows: list[FileArtifact]
) -> None:
    namespace = rows[0].namespace
    paths = [
        f"{_SESSIONS}{query}"
        for query in (
            "",
            "?o=7",
            "?kind__exact=execution",
            f"?owner__id__exact={user.pk}",
            "?saved=never",
            "?q=session-77",
            "?q=haystack",
            "?q=alice",
            f"{namespace.pk}/change/",
        )
    ]
    in_vain = {}
    for path in paths:
        queries = captured(functools.partial(admin_client.get, path))
        if found := rows_in_vain(queries):
            in_vain[path] = found
    assert in_vain == {}


@pytest.mark.parametrize("failed", [False, True])
def test_to_render__nothing(rows: list[FileArtifact], failed: bool) -> None:
    artifacts = selectors.to_render(failed=failed)
    queries = captured(lambda: (artifacts.count(), artifacts.order_by("-pk").first()))
    assert rows_in_vain(queries) == []


@pytest.mark.parametrize("path", [_V3, _ARTIFACTS, _SESSIONS, f"{_ARTIFACTS}?q=ture"])
def test_queries__as_many_whatever_is_there(
    admin_client: Client, api: APIClient, user: User, path: str
) -> None:
    client = api if path == _V3 else admin_client
    make_rows(user, 20)
    client.get(path)
    few = len(captured(lambda: client.get(path)))
    FileArtifact.objects.all().delete()
    user.artifact_namespaces.all().delete()
    make_rows(user, ROWS)
    assert len(captured(lambda: client.get(path))) == few


def test_sweep__nothing_to_do(rows: list[FileArtifact]) -> None:
    """It asked for live artifacts of all namespaces, every minute."""
    Namespace.objects.update(unsaved=False)
    fencing.check()  # which is once a minute
    queries = captured(lambda: list(services.sweep(idle_seconds=0)))
    # All of that index is to be done: it has no other rows.
    in_vain = [one for one in rows_in_vain(queries) if "INDEX namespace_due" not in one]
    assert in_vain == []


def test_delete__in_a_large_session(
    user: User, put: Callable[..., FileArtifact]
) -> None:
    """Each delete wrote the manifest of all others anew."""
    few = put(b"one", namespace=NamespaceRef(NamespaceKind.SESSION, "small"))
    many = [put(b"%d" % number) for number in range(20)]
    for namespace in Namespace.objects.all():
        services.save_namespace(namespace)
    asked = [
        len(captured(functools.partial(services.delete, row))) for row in (few, many[7])
    ]
    assert asked[0] == asked[1]
