from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from artifacts.models import FileArtifact
from artifacts.refs import NamespaceRef
from tests.admin.conftest import LIST, page_of

Put = Callable[..., FileArtifact]


def test_list__hundred_rows__takes_few_queries(
    admin_client: Client, put: Put, django_assert_max_num_queries: Any
) -> None:
    artifact = put("url")
    rows = [
        FileArtifact(
            user=artifact.user,
            namespace=artifact.namespace,
            object_id=f"url_{number:06x}",
            kind="url",
            filename=f"{number}.url",
            bytes=number,
        )
        for number in range(120)
    ]
    FileArtifact.objects.bulk_create(rows)

    with django_assert_max_num_queries(10):
        page = admin_client.get(LIST)

    assert page.content.count(b'class="action-select"') == 100


def test_list__row__shows_what_operators_look_for(
    admin_client: Client, put: Put
) -> None:
    artifact = put("png", filename="<b>fox</b>.png")

    page = admin_client.get(LIST).content.decode()

    assert f"data:image/webp;base64,{artifact.thumbnail_base64}" in page
    assert "&lt;b&gt;fox&lt;/b&gt;.png" in page
    assert "<b>fox" not in page
    assert artifact.object_id in page
    assert 'class="pa-badge pa-busy">live' in page
    assert "session s-1" in page
    assert "0\xa0minutes ago" in page


def test_list__without_picture__names_the_kind(admin_client: Client, put: Put) -> None:
    put("bin")

    assert b'title="No picture: unsupported">file<' in admin_client.get(LIST).content


@pytest.mark.parametrize("query", ["kind__exact=img", "source__exact=store", "q=fox"])
def test_list__filtered__keeps_what_matches(
    admin_client: Client, put: Put, query: str
) -> None:
    put("png", filename="fox.png")
    other = put("txt", filename="other.txt")
    FileArtifact.objects.filter(pk=other.pk).update(source="manifest")

    page = admin_client.get(f"{LIST}?{query}").content

    assert b"fox.png" in page
    assert b"other.txt" not in page


def test_list__by_owner__keeps_other_filters(
    admin_client: Client, put: Put, other_user: Any
) -> None:
    put("txt", filename="mine.txt")
    put("txt", filename="theirs.txt", owner=other_user)
    query = f"user__id__exact={other_user.pk}&kind__exact=doc&p=1&_facets=True"

    page = admin_client.get(f"{LIST}?{query}").content.decode()

    assert "theirs.txt" in page
    assert "mine.txt" not in page
    assert f'<option value="{other_user.pk}" selected>bob</option>' in page
    assert '<input type="hidden" name="kind__exact" value="doc">' in page
    assert '<input type="hidden" name="p"' not in page


def test_list__by_namespace__says_which(
    admin_client: Client, put: Put, execution: NamespaceRef
) -> None:
    artifact = put("txt", filename="in.txt", namespace=execution)
    put("txt", filename="out.txt")

    url = f"{LIST}?namespace__id__exact={artifact.namespace_id}"
    page = admin_client.get(url).content.decode()

    assert "By namespace" in page
    assert "in.txt" in page
    assert "out.txt" not in page
    assert "By namespace" not in admin_client.get(LIST).content.decode()


HUGE = "9" * 23


@pytest.mark.parametrize(
    "query",
    [
        "namespace__id__exact=x",
        "user__id__exact=x",
        # SQLite's adapter refuses it only when the query runs.
        f"user__id__exact={HUGE}",
        f"user__id__exact=1&user__id__exact={HUGE}",
    ],
)
def test_list__bad_filter__shows_the_whole_list(
    admin_client: Client, query: str
) -> None:
    response = admin_client.get(f"{LIST}?{query}")

    assert (response.status_code, response["Location"]) == (302, f"{LIST}?e=1")


def test_list__a_key_among_others_that_no_row_has(admin_client: Client) -> None:
    response = admin_client.get(f"{LIST}?user__id__in={HUGE}")

    # PostgreSQL knows that it can have none.
    assert response.status_code in (200, 302)


@pytest.mark.parametrize(
    ("model", "query"),
    [("accesstoken", "user__id__exact"), ("namespace", "owner__id__exact")],
)
def test_list__of_a_user_beyond_all_numbers(
    admin_client: Client, put: Put, model: str, query: str
) -> None:
    put("txt")
    path = f"/admin/artifacts/{model}/"

    response = admin_client.get(f"{path}?{query}={HUGE}")

    assert (response.status_code, response["Location"]) == (302, f"{path}?e=1")
    assert admin_client.get(f"{path}?e=1").status_code == 200


def test_page__shows_all_and_edits_nothing(admin_client: Client, put: Put) -> None:
    artifact = put("png", filename="fox.png")

    page = admin_client.get(page_of(artifact)).content.decode()

    assert f'src="{LIST}{artifact.pk}/content/?inline"' in page
    for shown in (artifact.sha256, artifact.storage_path, "image/png", "session s-1"):
        assert shown in page
    assert f"http://testserver/api/v3/artifacts/{artifact.pk}</code>" in page
    query = f"object_id={artifact.object_id}&amp;session_id=s-1"
    assert f"http://testserver/v1/artifacts?{query}</code>" in page
    assert "Save and continue" not in page
    assert 'type="text"' not in page


def test_page__not_shown_by_browsers__shows_the_thumbnail(
    admin_client: Client, put: Put
) -> None:
    artifact = put("tiff")

    page = admin_client.get(page_of(artifact)).content.decode()

    assert f"base64,{artifact.thumbnail_base64}" in page
    assert "?inline" not in page


def test_page__without_picture__says_why(admin_client: Client, put: Put) -> None:
    page = admin_client.get(page_of(put("bin"))).content

    assert b"No picture: unsupported" in page


def test_page__link__shows_its_address_as_text(admin_client: Client, put: Put) -> None:
    page = admin_client.get(page_of(put("url"))).content.decode()

    assert "https://example.com/reports/2026?page=1#summary" in page
    assert 'href="https://example.com' not in page


def test_page__link_without_bytes__says_so(admin_client: Client, put: Put) -> None:
    artifact = put("url")
    FileArtifact.objects.update(storage_path="artifacts/00/none")

    page = admin_client.get(page_of(artifact)).content.decode()

    assert f"The bytes of {artifact.object_id} are missing." in page


def test_page__posted_to__is_refused(admin_client: Client, put: Put) -> None:
    artifact = put("png", filename="fox.png")

    response = admin_client.post(page_of(artifact), {"filename": "cat.png"})

    assert response.status_code == 403
    artifact.refresh_from_db()
    assert artifact.filename == "fox.png"


def test_page__of_nothing__leads_to_the_index(admin_client: Client) -> None:
    assert admin_client.get(f"{LIST}nothing/change/")["Location"] == "/admin/"


def test_viewer__sees_and_changes_nothing(
    operator: Callable[..., Client], put: Put
) -> None:
    client, artifact = operator("view_fileartifact"), put("png")

    listed = client.get(LIST)
    page = client.get(page_of(artifact)).content.decode()

    assert artifact.object_id in listed.content.decode()
    assert b'name="action"' not in listed.content
    assert "Draw the picture again" not in page
    assert "Delete" not in page
    assert "By user" not in listed.content.decode()
    for path in ("add/", f"{artifact.pk}/delete/"):
        assert client.get(f"{LIST}{path}").status_code == 403


def test_staff__without_permission__see_nothing(
    operator: Callable[..., Client], put: Put
) -> None:
    client, artifact = operator("view_namespace"), put("png")

    for path in ("", f"{artifact.pk}/change/", f"{artifact.pk}/content/"):
        assert client.get(f"{LIST}{path}").status_code == 403
