"""LightOn's v3 as a plain HTTP client sees it; no package on PyPI speaks it."""

from __future__ import annotations

import base64
from datetime import datetime
from io import BytesIO

import pytest
from PIL import Image

from tests.clients.server import Server

FIELDS = {
    "id": str,
    "user": int,
    "filename": str,
    "storage_path": str,
    "bytes": int,
    "mime_type": str,
    "created_at": str,
    "thumbnail_base64": str,
}


def test_retrieve__has_the_eight_fields_for_every_kind(
    server: Server, demo_files: dict[str, bytes]
) -> None:
    for session in ("demo-session", "demo-live"):
        path = f"/v1/artifacts/list?session_id={session}"
        for item in server.ask("GET", path).json()["items"]:
            answer = server.ask("GET", f"/api/v3/artifacts/{item['id']}")
            assert answer.headers["Content-Type"] == "application/json"
            found = answer.json()
            assert {name: type(value) for name, value in found.items()} == FIELDS
            assert datetime.fromisoformat(found["created_at"]).tzinfo is not None
            assert found["filename"] == item["filename"]
            if item["filename"] in demo_files:
                assert found["bytes"] == len(demo_files[item["filename"]])


@pytest.mark.parametrize("name", ["mountain-lake.jpg", "night-waves.mp4"])
def test_retrieve__thumbnail_is_a_picture(server: Server, name: str) -> None:
    found = server.ask("GET", f"/api/v3/artifacts?filename={name}").json()["results"]
    for artifact in found:
        data = base64.b64decode(artifact["thumbnail_base64"], validate=True)
        with Image.open(BytesIO(data)) as picture:
            picture.load()
            assert max(picture.size) == 256
        path = f"/api/v3/artifacts/{artifact['id']}/thumbnail"
        assert server.ask("GET", path).content == data


def test_errors__have_the_platforms_shape(server: Server) -> None:
    missing = server.ask("GET", "/api/v3/artifacts/nothing")
    refused = server.ask("GET", "/api/v3/artifacts/nothing", token="pat_wrong")
    for answer, status, code in (
        (missing, 404, "not_found"),
        (refused, 401, "authentication_failed"),
    ):
        body = answer.json()
        assert answer.status_code == body["code"] == status
        assert (body["id"], body["error"]) == ("nothing", code)
        assert body["detail"]
        assert server.ask("GET", "/api/docs/").url == body["doc_url"]


def test_pages__give_every_artifact_once(server: Server) -> None:
    seen: list[str] = []
    token = server.manage("create_token", "pages")
    for number in range(7):
        server.put(b"%d" % number, session_id="pages", token=token)
    path = "/api/v3/artifacts?page_size=3"
    while path:
        page = server.ask("GET", path, token=token).json()
        seen += [artifact["id"] for artifact in page["results"]]
        path = (page["next"] or "").removeprefix(server.url)
    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen, reverse=True)
