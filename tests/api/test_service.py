from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from artifacts import stores


def test_livez__asks_nobody(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/livez").json() == {"status": "ok"}


def test_readyz__writes_and_reads_both_stores(client: Client, db: None) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"database": "ok", "live": "ok", "persisted": "ok"}
    for store in (stores.live(), stores.persisted()):
        assert not list(store.list("probes"))


@pytest.mark.parametrize("place", ["live", "persisted"])
def test_readyz__store_that_gives_back_other_bytes(
    place: str, client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    alias = "live" if place == "live" else "default"
    store = type(getattr(stores, place)())
    place_ = store.place

    def corrupt(self, key, content):
        if self.alias == alias:
            content.truncate(3)
        return place_(self, key, content)

    monkeypatch.setattr(store, "place", corrupt)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()[place] == "failed"
    assert list(response.json().values()).count("ok") == 2


def test_readyz__database_away(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OperationalError("host db.internal")

    with monkeypatch.context() as patched:
        patched.setattr(connection, "cursor", refuse)
        response = client.get("/readyz")
    assert response.json()["database"] == "failed"
    assert "internal" not in response.text


def test_bad_token__is_refused_everywhere(client: Client, db: None) -> None:
    routes = ["/livez", "/readyz", "/api/schema/", "/api/docs/", "/v1/none",
              "/v1/health", "/api/v3/none", "/api/v3/artifacts"]  # fmt: skip
    for route in routes:
        response = client.get(route, headers={"Authorization": "Bearer bad"})
        assert response.status_code == 401, route
        assert response.headers["WWW-Authenticate"] == "Bearer", route


def test_root__leads_to_the_docs(client: Client, db: None) -> None:
    assert client.get("/").headers["Location"] == "/api/docs/"


def test_schema__takes_no_version_from_just_anybody(client: Client) -> None:
    whole = client.get("/api/schema/").content
    for version in ("v9", "os", "v3"):
        answer = client.get("/api/schema/", {"version": version})
        assert (answer.status_code, answer.content) == (200, whole)
