from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from rest_framework.test import APIClient

from artifacts.models import FileArtifact
from artifacts.refs import NamespaceKind, NamespaceRef
from tests.api.support import body, upload
from tests.conftest import bearer

Put = Callable[..., FileArtifact]
URL = "/v1/artifacts"


def test_post__is_acknowledged_and_readable(api: APIClient) -> None:
    response = api.post(URL, {"file": upload(), "session_id": "s-1"})
    assert response.status_code == 201
    put = response.json()
    assert put.keys() == {
        "id", "object_id", "namespace_id", "filename", "bytes", "mime_type",
        "sha256", "source", "created_at",
    }  # fmt: skip
    assert (put["filename"], put["namespace_id"]) == ("hello.txt", "s-1")
    assert (put["bytes"], put["source"]) == (5, "store")
    query = {"session_id": "s-1", "object_id": put["object_id"]}
    assert body(api.get(URL, query)) == b"hello"
    assert api.get(f"/api/v3/artifacts/{put['id']}").json()["bytes"] == 5


def test_post__file_name_of_the_clients_choice(api: APIClient) -> None:
    data = {"file": upload(), "execution_id": "e", "filename": "ünïcode ☃.txt"}
    assert api.post(URL, data).json()["filename"] == "ünïcode ☃.txt"


def test_post__link_as_json(api: APIClient) -> None:
    url = "https://example.com/a.mp4"
    response = api.post(URL, {"url": url, "session_id": "s-1"}, format="json")
    assert response.status_code == 201
    assert response.json()["object_id"].startswith("url_")
    query = {"session_id": "s-1", "object_id": response.json()["object_id"]}
    assert body(api.get(URL, query)) == url.encode()


def test_post__file_and_link_at_once(api: APIClient) -> None:
    data = {"file": upload(), "url": "https://example.com/", "session_id": "s-1"}
    response = api.post(URL, data)
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"][-1] == "url"


def test_post__file_without_a_name(api: APIClient) -> None:
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename=".."\r\n'
    form += b"\r\nx\r\n--b--\r\n"
    response = api.post(URL, form, content_type="multipart/form-data; boundary=b")
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"][-1] == "file"


def test_post__form_that_is_none(api: APIClient) -> None:
    response = api.post(URL, b"x", content_type="multipart/form-data; boundary=\xe9")
    assert response.status_code == 400


def test_post__other_bytes_than_announced(api: APIClient) -> None:
    data = {"file": upload(), "session_id": "s-1", "sha256": "0" * 64}
    response = api.post(URL, data)
    assert response.status_code == 409
    assert "SHA-256" in response.json()["detail"]


@pytest.mark.parametrize(
    ("data", "format", "field"),
    [
        ({"session_id": "s"}, "multipart", "file"),
        ({"session_id": "s", "file": "text"}, "multipart", "file"),
        ({"file": "…"}, "json", "session_id"),
        ({"url": "https://a.b", "session_id": 5}, "json", "session_id"),
        ({"url": ["https://a.b"], "session_id": "s"}, "json", "url"),
        ({"url": "nonsense", "session_id": "s"}, "json", "url"),
        ({"url": "https://a.b"}, "json", "session_id"),
    ],
)
def test_post__unusable_body_is_422(
    data: dict[str, object], format: str, field: str, api: APIClient
) -> None:
    response = api.post(URL, data, format=format)
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["body", field]


def test_post__text_that_no_database_can_hold(api: APIClient) -> None:
    data = r'{"url": "https://a.b", "session_id": "\ud800"}'
    response = api.post(URL, data, content_type="application/json")
    assert response.status_code == 422


def test_post__neither_object_nor_json(api: APIClient) -> None:
    response = api.post(URL, "[1]", content_type="application/json")
    assert response.json()["detail"][0]["loc"] == ["body"]
    response = api.post(URL, "{", content_type="application/json")
    assert response.status_code == 400
    response = api.post(URL, "x", content_type="text/plain")
    assert response.status_code == 415


def test_post__too_large_before_it_is_read(api: APIClient) -> None:
    response = api.post(URL, data=b"", content_type="multipart/form-data; boundary=x",
                        headers={"Content-Length": str(10**15)})  # fmt: skip
    assert response.status_code == 413
    response = api.post(URL, data=b"", content_type="application/json",
                        headers={"Content-Length": str(2 * 1024**2)})  # fmt: skip
    assert response.status_code == 413


def test_post__too_large_file_of_a_small_enough_body(
    api: APIClient, settings: pytest.FixtureRequest
) -> None:
    settings.ARTIFACTS_MAX_BYTES = 4  # type: ignore[attr-defined]
    response = api.post(URL, {"file": upload(), "session_id": "s"})
    assert response.status_code == 413
    assert not list(settings.ARTIFACTS_STAGING_DIR.iterdir())  # type: ignore[attr-defined]


def test_post__unknown_length(api: APIClient) -> None:
    response = api.post(
        URL, data=b"", content_type="multipart/form-data; boundary=x",
        headers={"Transfer-Encoding": "chunked"},
    )  # fmt: skip
    assert response.status_code == 411


def test_post__takes_a_writing_token(user: User) -> None:
    reader = bearer(user, "read")
    response = reader.post(URL, {"file": upload(), "session_id": "s"})
    assert response.status_code == 403
    assert response.json() == {"detail": "This token may only read."}


@pytest.mark.parametrize("kind", ["session", "execution"])
def test_save__answers_the_list(kind: str, api: APIClient, put: Put) -> None:
    put("png", namespace=NamespaceRef(NamespaceKind(kind), "a/b c"))
    response = api.post(f"/v1/{kind}s/a%2Fb%20c/save")
    assert response.status_code == 200
    assert response.json()["namespace_id"] == "a/b c"
    assert response.json()["items"][0]["source"] == "manifest"
    assert api.post(f"/v1/{kind}s/a%2Fb%20c/save").json() == response.json()


def test_save__unknown(api: APIClient, other_api: APIClient, put: Put) -> None:
    put("png")
    assert api.post("/v1/sessions/none/save").status_code == 404
    assert other_api.post("/v1/sessions/s-1/save").status_code == 404
    response = api.post(f"/v1/sessions/{'x' * 256}/save")
    assert response.status_code == 422
    assert response.json()["detail"][0]["loc"] == ["path", "session_id"]


def test_delete__then_404(api: APIClient, other_api: APIClient, put: Put) -> None:
    artifact = put("png")
    url = f"{URL}?session_id=s-1&object_id={artifact.object_id}"
    assert other_api.delete(url).status_code == 404
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == 404
    assert api.delete(url).status_code == 404


def test_post__too_many_fields(api: APIClient) -> None:
    data = {f"field{number}": "x" for number in range(1200)}
    response = api.post(URL, {"file": upload(), "session_id": "s", **data})
    assert response.status_code == 400
    assert response.json()["detail"]


def test_upload__to_a_route_that_takes_none_is_not_kept(
    client: APIClient, db: None, settings: pytest.FixtureRequest
) -> None:
    """Nobody signed in: the login page must not fill the disk."""
    response = client.post("/admin/login/", {"file": upload(b"x" * 10**6)})
    assert response.status_code == 200
    assert not settings.ARTIFACTS_STAGING_DIR.exists()  # type: ignore[attr-defined]


def test_post__json_that_is_nested_without_end(api: APIClient) -> None:
    response = api.post(URL, "[" * 200_000, content_type="application/json")
    assert response.status_code == 400
