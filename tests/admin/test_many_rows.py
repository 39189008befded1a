from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from artifacts.admin import many_rows
from artifacts.admin.file_artifact import FileArtifactAdmin
from artifacts.models import FileArtifact, Namespace
from tests.admin.conftest import LIST
from tests.rows import make_rows

MOST = 5
NAMESPACES = "/admin/artifacts/namespace/"


@pytest.fixture
def rows(user: User, monkeypatch: pytest.MonkeyPatch) -> list[FileArtifact]:
    monkeypatch.setattr(many_rows, "MOST", MOST)
    monkeypatch.setattr(FileArtifactAdmin, "list_per_page", 2)
    return make_rows(user, 12)


def shown(client: Client, query: str = "") -> Any:
    response = client.get(f"{LIST}{query}")
    assert response.status_code == 200
    return response.context["cl"]


def sizes(client: Client, query: str) -> list[int]:
    return [artifact.bytes for artifact in shown(client, query).result_list]


def test_list__pages_of_the_first_ones(
    admin_client: Client, rows: list[FileArtifact]
) -> None:
    pages = [sizes(admin_client, f"?p={page}") for page in (1, 2, 3)]

    assert pages == [[11, 10], [9, 8], [7]]
    page = admin_client.get(LIST).content.decode()
    assert "More than 5 artifacts" in " ".join(page.split())
    assert "5 results" not in page
    beyond = admin_client.get(f"{LIST}?p=4")
    assert (beyond.status_code, beyond["Location"]) == (302, f"{LIST}?e=1")


@pytest.mark.parametrize("query", ["?", "?o=8", "?o=4", "?o=-4", "?kind__exact=img"])
def test_list__goes_on_after_the_first_ones(
    admin_client: Client, rows: list[FileArtifact], query: str
) -> None:
    seen, further = [], query
    while further:
        found = shown(admin_client, further)
        for page in found.paginator.page_range:
            seen += sizes(admin_client, f"{further}&p={page}")
        further = found.further

    wanted = range(12) if query in ("?o=8", "?o=4") else range(11, -1, -1)
    assert seen == list(wanted)


def test_list__all_alike__have_no_next_ones(
    admin_client: Client, rows: list[FileArtifact]
) -> None:
    FileArtifact.objects.update(bytes=7)

    page = admin_client.get(f"{LIST}?o=4").content.decode()

    assert "More than 5" in page
    assert "Those after them" not in page


def test_list__few__counts_them(admin_client: Client, rows: list[FileArtifact]) -> None:
    page = admin_client.get(f"{LIST}?bytes__lt=3").content.decode()

    assert "3 artifacts" in page
    assert "Those after them" not in page


def test_list__all_of_few__on_one_page(
    admin_client: Client, rows: list[FileArtifact]
) -> None:
    assert sizes(admin_client, "?bytes__lt=3&all=") == [2, 1, 0]


@pytest.mark.parametrize("query", ["?o=2", "?o=3.1", "?o=99", "?o=x", "?o=6.5"])
def test_list__sorted_by_what_has_no_index__is_newest_first(
    admin_client: Client, rows: list[FileArtifact], query: str
) -> None:
    assert sizes(admin_client, query) == [11, 10]


def test_list__all_are_selected_where_their_number_is_known(
    admin_client: Client, rows: list[FileArtifact]
) -> None:
    assert b"Select all 3 artifacts" in admin_client.get(f"{LIST}?bytes__lt=3").content
    many = admin_client.get(LIST).content
    assert b"Select all 5" not in many
    assert b"0 of 2 selected" in many


def test_list__facets__count_nothing(
    admin_client: Client, rows: list[FileArtifact]
) -> None:
    assert b"(12)" not in admin_client.get(f"{LIST}?_facets=True").content


def test_filter__media_types__that_are_there(
    admin_client: Client, rows: list[FileArtifact]
) -> None:
    FileArtifact.objects.filter(bytes__lt=3).update(mime_type="text/csv")

    page = admin_client.get(LIST).content.decode()

    assert FileArtifact.objects.media_types() == ["image/png", "text/csv"]
    assert "?mime_type=text%2Fcsv" in page
    assert "application/pdf" not in page
    assert sizes(admin_client, "?mime_type=text%2Fcsv") == [2, 1]


def test_filter__no_artifacts__no_media_types(admin_client: Client) -> None:
    assert FileArtifact.objects.media_types() == []
    assert admin_client.get(LIST).status_code == 200


@pytest.mark.parametrize(
    ("saved", "ids"), [("once", "012"), ("never", "3"), ("", "0123")]
)
def test_filter__saved(admin_client: Client, user: User, saved: str, ids: str) -> None:
    make_rows(user, 16)
    Namespace.objects.filter(external_id="session-3").update(saved_at=None)

    found = admin_client.get(f"{NAMESPACES}?saved={saved}").context["cl"].result_list

    assert sorted(row.external_id for row in found) == [f"session-{n}" for n in ids]


def test_sessions__owner_and_id__both_are_found(
    admin_client: Client, user: User, other_user: User
) -> None:
    make_rows(user, 4)
    Namespace.objects.create(owner=other_user, kind="session", external_id="of alice")
    Namespace.objects.create(owner=other_user, kind="session", external_id="another")

    found = admin_client.get(f"{NAMESPACES}?q=ALICE").context["cl"].result_list

    assert {row.external_id for row in found} == {"session-0", "of alice"}


def test_sessions__many_of_a_word__all_are_found(
    admin_client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artifacts.admin.search.MOST", 1)
    make_rows(user, 12)
    User.objects.create_user("alison")

    def count(path: str) -> int:
        return len(admin_client.get(path).context["cl"].result_list)

    assert count(f"{NAMESPACES}?q=session") == 3
    assert count(f"{NAMESPACES}?q=ali") == 3
    assert count(f"{LIST}?q=session") == 12
