from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import OperationalError
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from artifacts import services, stores
from artifacts.exceptions import StoreError
from artifacts.models import FileArtifact
from artifacts.refs import NamespaceKind, NamespaceRef
from tests.api.support import body
from tests.media import FILES

Put = Callable[..., FileArtifact]
URL = "/v1/artifacts"


def test_get__bytes_by_object_id(api: APIClient, put: Put) -> None:
    artifact = put("png")
    query = {"session_id": "s-1", "object_id": artifact.object_id}
    response = api.get(URL, query)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/png"
    assert body(response) == FILES["png"]()


def test_get__in_an_execution(api: APIClient, put: Put) -> None:
    ref = NamespaceRef(NamespaceKind.EXECUTION, "e-1")
    artifact = put("pdf", namespace=ref)
    query = {"execution_id": "e-1", "object_id": artifact.object_id}
    assert body(api.get(URL, query)) == FILES["pdf"]()
    query = {"session_id": "e-1", "object_id": artifact.object_id}
    assert api.get(URL, query).status_code == 404


def test_get__newest_of_a_file_name(api: APIClient, put: Put) -> None:
    put(b"old", filename="a.bin")
    put(b"new", filename="a.bin")
    response = api.get(URL, {"session_id": "s-1", "filename": "a.bin"})
    assert body(response) == b"new"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"object_id": "img_a1b2c3"}, "session_id"),
        ({"object_id": "img_a1b2c3", "session_id": ""}, "session_id"),
        (
            {"object_id": "img_a1b2c3", "session_id": "a", "execution_id": "b"},
            "execution_id",
        ),
        ({"session_id": "a"}, "object_id"),
        ({"session_id": "a", "object_id": "img_a1b2c3", "filename": "b"}, "filename"),
        ({"session_id": "a", "object_id": "img_a1b2c3d"}, "object_id"),
        ({"session_id": "a", "object_id": "cat_a1b2c3"}, "object_id"),
        ({"session_id": "a\0", "object_id": "img_a1b2c3"}, "session_id"),
        ({"session_id": "a" * 256, "object_id": "img_a1b2c3"}, "session_id"),
        ({"session_id": "a", "filename": "b\0"}, "filename"),
    ],
)
def test_get__unusable_query_is_422_in_the_contracts_form(
    query: dict[str, str], field: str, api: APIClient
) -> None:
    response = api.get(URL, query)
    assert response.status_code == 422
    (error,) = response.json()["detail"]
    assert error["loc"] == ["query", field]
    assert error["msg"]
    assert error["type"] in ("missing", "value_error")


def test_get__two_queries(
    api: APIClient, put: Put, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    artifact = put("png")
    with django_assert_num_queries(2):
        body(api.get(URL, {"session_id": "s-1", "object_id": artifact.object_id}))


@pytest.mark.parametrize("accept", ["application/json", "image/*", "text/html", "x"])
def test_get__whatever_is_accepted(accept: str, api: APIClient, put: Put) -> None:
    query = {"session_id": "s-1", "object_id": put("png").object_id}
    response = api.get(URL, query, headers={"Accept": accept})
    assert (response.status_code, body(response)) == (200, FILES["png"]())


def test_get__another_users_is_a_missing_one(other_api: APIClient, put: Put) -> None:
    query = {"session_id": "s-1", "object_id": put("png").object_id}
    theirs = other_api.get(URL, query)
    missing = other_api.get(URL, {**query, "object_id": "img_000000"})
    assert theirs.status_code == missing.status_code == 404
    assert theirs.json() == missing.json()
    assert "ETag" not in theirs.headers


def test_get__row_without_bytes_is_404(api: APIClient, put: Put) -> None:
    artifact = put(b"lost")
    stores.live().delete(artifact.storage_path)
    query = {"session_id": "s-1", "object_id": artifact.object_id}
    assert api.get(URL, query).status_code == 404
    assert api.head(URL, query).status_code == 404


def test_head__headers_without_a_body(api: APIClient, put: Put) -> None:
    query = {"session_id": "s-1", "object_id": put("png").object_id}
    head, get = api.head(URL, query), api.get(URL, query)
    assert dict(head.headers) == dict(get.headers)
    assert head.content == b""
    assert body(get) == FILES["png"]()


def test_list__live_then_saved(api: APIClient, put: Put) -> None:
    first = put(b"\x00one", filename="1.bin")
    services.save_namespace(first.namespace)
    second = put("png")
    response = api.get(f"{URL}/list", {"session_id": "s-1"}).json()
    assert response["namespace_id"] == "s-1"
    assert [
        (item["object_id"], item["filename"], item["source"])
        for item in response["items"]
    ] == [
        (first.object_id, "1.bin", "manifest"),
        (second.object_id, "sample.png", "store"),
    ]


def test_list__unknown_or_anothers_is_404(
    api: APIClient, other_api: APIClient, put: Put
) -> None:
    put("png")
    assert api.get(f"{URL}/list", {"session_id": "none"}).status_code == 404
    assert other_api.get(f"{URL}/list", {"session_id": "s-1"}).status_code == 404


def test_list__three_queries(
    api: APIClient, put: Put, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(5):
        put(b"\x00")
    with django_assert_num_queries(3):
        api.get(f"{URL}/list", {"session_id": "s-1"})


@pytest.mark.parametrize("route", ["health", "domains"])
def test_key_checks(route: str, api: APIClient, client: APIClient) -> None:
    assert api.get(f"/v1/{route}").status_code == 200
    bad = {"Authorization": "Bearer nonsense"}
    refused = client.get(f"/v1/{route}", headers=bad)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert refused.json()["detail"]


def test_health__needs_no_token(client: APIClient, db: None) -> None:
    assert client.get("/v1/health").json() == {"status": "ok"}
    assert client.get("/v1/domains").status_code == 401


def test_domains__none(api: APIClient) -> None:
    assert api.get("/v1/domains").json() == []


def test_unknown_route__in_this_apis_shape(api: APIClient) -> None:
    response = api.get("/v1/predictions")
    assert response.status_code == 404
    assert response.json() == {"detail": "There is no such route."}


def test_unknown_method(api: APIClient) -> None:
    response = api.put(URL)
    assert response.status_code == 405
    assert "GET" in response.headers["Allow"]


def test_store_away__503_to_try_again(
    api: APIClient, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = put("png")

    def refuse(*args: object) -> None:
        raise StoreError("host s3.internal")

    monkeypatch.setattr("artifacts.selectors.open_content", refuse)
    query = {"session_id": "s-1", "object_id": artifact.object_id}
    response = api.get(URL, query)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "internal" not in response.json()["detail"]


def test_fault_of_the_service__in_this_apis_shape(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("artifacts.selectors.get_by_object_id", fault)
    response = api.get(URL, {"session_id": "s", "object_id": "img_a1b2c3"})
    assert response.status_code == 500
    assert response.json() == {"detail": "This is a fault of the service."}


def test_database_away__503_to_try_again(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError("host db.internal")

    monkeypatch.setattr("artifacts.selectors.get_by_object_id", away)
    response = api.get(URL, {"session_id": "s", "object_id": "img_a1b2c3"})
    assert response.status_code == 503
    assert "internal" not in response.text
