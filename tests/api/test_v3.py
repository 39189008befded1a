from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache  # noqa: TID251 - throttles count there
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient
from rest_framework.throttling import SimpleRateThrottle

from artifacts import services
from artifacts.models import FileArtifact
from artifacts.refs import NamespaceKind, NamespaceRef
from tests.media import FILES

Put = Callable[..., FileArtifact]
URL = "/api/v3/artifacts"


def test_retrieve__all_eight_fields(api: APIClient, put: Put, user: User) -> None:
    artifact = put("png")
    response = api.get(f"{URL}/{artifact.pk}")
    assert response.status_code == 200
    assert response.json() == {
        "id": str(artifact.pk),
        "user": user.pk,
        "filename": "sample.png",
        "storage_path": artifact.storage_path,
        "bytes": len(FILES["png"]()),
        "mime_type": "image/png",
        "created_at": artifact.created_at.isoformat().replace("+00:00", "Z"),
        "thumbnail_base64": artifact.thumbnail_base64,
    }
    assert base64.b64decode(response.json()["thumbnail_base64"])[8:12] == b"WEBP"


def test_retrieve__no_picture_is_an_empty_text(api: APIClient, put: Put) -> None:
    artifact = put(b"\x00\x01\x02")
    response = api.get(f"{URL}/{artifact.pk}").json()
    assert response["thumbnail_base64"] == ""
    assert None not in response.values()


def test_retrieve__two_queries(
    api: APIClient, put: Put, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    artifact = put("png")
    with django_assert_num_queries(2):
        api.get(f"{URL}/{artifact.pk}")


@pytest.mark.parametrize("id", ["none", "0", "%00", "x" * 300])
def test_retrieve__what_is_no_id_is_not_found(id: str, api: APIClient) -> None:
    response = api.get(f"{URL}/{id}")
    assert response.status_code == 404
    assert response.json()["error"] == "not_found"


def test_error__in_lightons_shape(api: APIClient) -> None:
    id = "01a1faf9-3a23-7c1c-bcf0-f6416b68b206"
    response = api.get(f"{URL}/{id}")
    assert response.json() == {
        "id": id,
        "code": 404,
        "error": "not_found",
        "detail": "There is no such artifact.",
        "doc_url": "http://testserver/api/docs/",
    }


def test_error__without_a_token(client: Client, put: Put) -> None:
    response = client.get(f"{URL}/{put('png').pk}")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert response.json()["error"] == "not_authenticated"


def test_error__method(api: APIClient, put: Put) -> None:
    response = api.post(f"{URL}/{put('png').pk}")
    assert response.status_code == 405
    assert response.json()["code"] == 405


def test_error__route(api: APIClient) -> None:
    assert api.get("/api/v3/agents").json()["detail"] == "There is no such route."


def test_error__throttled(
    api: APIClient, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    monkeypatch.setattr(SimpleRateThrottle, "THROTTLE_RATES", {"user": "1/hour"})
    url = f"{URL}/{put('png').pk}"
    assert api.get(url).status_code == 200
    response = api.get(url)
    assert response.status_code == 429
    assert 3500 < int(response.headers["Retry-After"]) <= 3600
    assert response.json()["error"] == "throttled"


def test_retrieve__another_users_is_a_missing_one(
    other_api: APIClient, put: Put
) -> None:
    url = f"{URL}/{put('png').pk}"
    response = other_api.get(url)
    assert response.status_code == 404
    assert response.json()["detail"] == "There is no such artifact."
    assert other_api.get(f"{url}/content").status_code == 404
    assert other_api.get(f"{url}/thumbnail").status_code == 404


def test_content__both_live_and_saved(api: APIClient, put: Put) -> None:
    artifact = put("pdf")
    url = f"{URL}/{artifact.pk}/content"
    for _ in range(2):
        response: Any = api.get(url)
        assert b"".join(response.streaming_content) == FILES["pdf"]()
        assert response.headers["Content-Disposition"].startswith("attachment")
        services.save_namespace(artifact.namespace)


def test_thumbnail__as_an_image(api: APIClient, put: Put) -> None:
    artifact = put("png")
    url = f"{URL}/{artifact.pk}/thumbnail"
    response = api.get(url, headers={"Accept": "image/png"})
    assert response.headers["Content-Type"] == "image/webp"
    assert response.content == artifact.thumbnail
    again = api.get(url, headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304


def test_thumbnail__none_and_why(api: APIClient, put: Put) -> None:
    artifact = put(b"\x00\x01\x02")
    response = api.get(f"{URL}/{artifact.pk}/thumbnail")
    assert response.status_code == 404
    assert "unsupported" in response.json()["detail"]


def test_list__newest_first_in_pages(api: APIClient, put: Put) -> None:
    ids = [str(put(b"\x00").pk) for _ in range(5)]
    page = api.get(URL, {"page_size": 2}).json()
    seen = [item["id"] for item in page["results"]]
    put(b"\x01")  # what comes meanwhile moves no page
    while page["next"]:
        page = api.get(page["next"]).json()
        seen += [item["id"] for item in page["results"]]
    assert seen == ids[::-1]


def test_list__only_the_callers(other_api: APIClient, put: Put) -> None:
    put("png")
    assert other_api.get(URL).json()["results"] == []


def test_list__three_queries_at_most(
    api: APIClient, put: Put, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(4):
        put(b"\x00")
    with django_assert_max_num_queries(3):
        api.get(URL)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"kind": "img"}, {"a.png"}),
        ({"mime_type": "text/csv"}, {"b.csv"}),
        ({"filename": "B.C"}, {"b.csv"}),
        ({"session_id": "s-1"}, {"a.png"}),
        ({"execution_id": "e-1"}, {"b.csv"}),
        ({"session_id": "e-1"}, set()),
        ({"kind": "img", "execution_id": "e-1"}, set()),
    ],
)
def test_list__filters(
    filters: dict[str, str], names: set[str], api: APIClient, put: Put
) -> None:
    put("png", filename="a.png")
    put("csv", filename="b.csv", namespace=NamespaceRef(NamespaceKind.EXECUTION, "e-1"))
    results = api.get(URL, filters).json()["results"]
    assert {item["filename"] for item in results} == names


@pytest.mark.parametrize("name", ["session_id", "filename"])
def test_list__filters_take_blanks_as_they_are(
    name: str, api: APIClient, put: Put
) -> None:
    for text in ("S", "S "):
        ref = NamespaceRef(NamespaceKind.SESSION, text)
        put("txt", filename=f"{text}.txt", namespace=ref)
    results = api.get(URL, {name: "S "}).json()["results"]
    assert [item["filename"] for item in results] == ["S .txt"]
    assert api.get(URL, {"mime_type": " text/plain"}).json()["results"] == []


@pytest.mark.parametrize("id", ["a\nb", "x" * 256])
def test_list__session_that_cannot_be__is_empty(
    id: str, api: APIClient, put: Put
) -> None:
    put("txt")
    assert api.get(URL, {"session_id": id}).json()["results"] == []


def test_list__session_of_another__is_empty(other_api: APIClient, put: Put) -> None:
    put("txt")
    assert other_api.get(URL, {"session_id": "s-1"}).json()["results"] == []


def test_list__filters_by_date(api: APIClient, put: Put) -> None:
    put("png")
    now = timezone.now()
    before, after = now - timedelta(minutes=1), now + timedelta(minutes=1)

    def count(**query: str) -> int:
        return len(api.get(URL, query).json()["results"])

    assert count(created_after=before.isoformat()) == 1
    assert count(created_after=after.isoformat()) == 0
    assert count(created_before=before.isoformat()) == 0


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "cat"},
        {"created_after": "yesterday"},
        {"page_size": "0"},
        {"page_size": "many"},
    ],
)
def test_list__filter_that_makes_no_sense(
    query: dict[str, str], api: APIClient
) -> None:
    response = api.get(URL, query)
    assert response.status_code == 400
    assert next(iter(query)) in response.json()["detail"]


@pytest.mark.parametrize(
    "position",
    ["x", "p=abc", "p=2020-13-45", "p=9999-12-31T23:59:59.999999-23:59", "o=-1", "r=1"],
)
def test_list__cursor_that_is_not_ours(position: str, api: APIClient, put: Put) -> None:
    put("png")
    cursor = base64.b64encode(position.encode()).decode()
    assert api.get(URL, {"cursor": cursor}).status_code in (200, 404)


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"]
)
def test_list__moment_beyond_all_years(moment: str, api: APIClient) -> None:
    assert api.get(URL, {"created_after": moment}).status_code == 400


def test_session__reads_in_a_browser(client: Client, user: User, put: Put) -> None:
    client.force_login(user)
    artifact = put("png")
    url = f"{URL}/{artifact.pk}"
    page = client.get(url, headers={"Accept": "text/html"})
    assert page.headers["Content-Type"].startswith("text/html")
    assert f"data:image/webp;base64,{artifact.thumbnail_base64}" in page.text
    assert client.get(url).json()["id"] == str(artifact.pk)
    content: Any = client.get(f"{url}/content")
    assert b"".join(content.streaming_content) == FILES["png"]()


def test_session__never_widens_a_bearer_request(
    client: Client, user: User, put: Put
) -> None:
    client.force_login(user)
    url = f"{URL}/{put('png').pk}"
    for header in ("Bearer nonsense", "Basic dXNlcjpwYXNz", ""):
        response = client.get(url, headers={"Authorization": header})
        assert response.status_code == 401


def test_session__opens_nothing_of_v1(client: Client, user: User, put: Put) -> None:
    client.force_login(user)
    query = {"session_id": "s-1", "object_id": put("png").object_id}
    assert client.get("/v1/artifacts", query).status_code == 401
