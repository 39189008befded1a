"""VLM Run's own Python SDK, three of its generations, against the running server."""

from __future__ import annotations

import secrets
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.clients.sdk import Sdk, install
from tests.clients.server import Server
from tests.media import FILES, image

NEWEST = "0.9.2"
VERSIONS = (NEWEST, "0.8.2", "0.5.12")
"""The newest releases of the lines that differ in what they ask for and accept."""
NAMESPACES = (
    {"session_id": "demo-session"},
    {"execution_id": "demo-execution"},
    {"session_id": "demo-live"},
)
KINDS = {
    "img": "jpg png webp gif tiff bmp avif heic ico ppm svg",
    "vid": "mp4 webm mov mkv avi",
    "aud": "mp3 wav flac ogg m4a",
    "doc": "pdf docx xlsx pptx odt ods odp rtf txt md csv html json",
    "url": "url",
    "recon": "spz ply glb",
    "arr": "npy npz",
    "file": "zip bin",
}


@pytest.fixture(params=VERSIONS)
def sdk(request: pytest.FixtureRequest, tmp_path: Path) -> Sdk:
    return Sdk(install(request.param), tmp_path)


@pytest.fixture
def newest(tmp_path: Path) -> Sdk:
    return Sdk(install(NEWEST), tmp_path)


@pytest.fixture(params=[version for version in VERSIONS if version != "0.5.12"])
def lister(request: pytest.FixtureRequest, tmp_path: Path) -> Sdk:
    """Give the versions that can list, ask by file name, and have the command line."""
    return Sdk(install(request.param), tmp_path)


def items(server: Server, namespace: dict[str, str]) -> dict[str, str]:
    """Give the object references of a namespace by file name."""
    listing = server.ask("GET", "/v1/artifacts/list", params=namespace).json()
    return {item["filename"]: item["object_id"] for item in listing["items"]}


@pytest.mark.parametrize(
    "namespace", NAMESPACES, ids=lambda given: "".join(given.values())
)
def test_get__every_kind_is_what_was_put(
    sdk: Sdk, server: Server, namespace: dict[str, str], demo_files: dict[str, bytes]
) -> None:
    names = items(server, namespace)
    assert set(names) == {*demo_files, "logo.svg"}
    calls = [
        {"method": "artifacts.get", "object_id": object_id, **namespace}
        for object_id in names.values()
    ]
    got = dict(zip(names, sdk.call(server, *calls), strict=True))

    picture = Image.open(BytesIO(demo_files["mountain-lake.jpg"]))
    assert got["mountain-lake.jpg"]["type"] == "Image"
    assert got["mountain-lake.jpg"]["size"] == list(picture.size)
    for filename, suffix in {
        "night-waves.mp4": "mp4",
        "chord.mp3": "mp3",
        "quarterly-report.pdf": "pdf",
        "trefoil-knot.spz": "spz",
    }.items():
        assert got[filename] == {
            "type": "Path",
            "name": f"{names[filename]}.{suffix}",
            "content": demo_files[filename],
        }
    for filename in ("interference.npy", "flight.tlm"):
        assert got[filename] == {"type": "bytes", "content": demo_files[filename]}
    array = np.load(BytesIO(got["interference.npy"]["content"]), allow_pickle=False)
    assert (array.shape, array.dtype) == ((320, 480), np.float32)
    # The SDK downloads what the link names, from this very server.
    logo = server.ask("GET", "/static/artifacts/logo.svg", token=None).content
    assert got["logo.svg"]["type"] == "Path"
    assert got["logo.svg"]["content"] == logo


def test_get__raw_gives_the_bytes_of_every_format(sdk: Sdk, server: Server) -> None:
    session = f"formats-{secrets.token_hex(4)}"
    kinds = {name: kind for kind, names in KINDS.items() for name in names.split()}
    assert set(kinds) == set(FILES)
    stored = {
        name: server.put(make(), session_id=session, filename=f"sample.{name}")
        for name, make in FILES.items()
    }
    prefixes = {name: ack["object_id"].split("_")[0] for name, ack in stored.items()}
    assert prefixes == kinds

    calls = [
        {
            "method": "artifacts.get",
            "object_id": ack["object_id"],
            "session_id": session,
            "raw_response": True,
        }
        for ack in stored.values()
    ]
    for name, got in zip(stored, sdk.call(server, *calls), strict=True):
        assert got == {"type": "bytes", "content": FILES[name]()}, name


def test_get__png_is_a_picture(lister: Sdk, server: Server) -> None:
    stored = server.put(image("PNG"), session_id="png", filename="plot.png")
    (got,) = lister.call(server, get("png", stored["object_id"]))
    expected = Image.open(BytesIO(image("PNG"))).convert("RGB").tobytes()
    assert (got["type"], got["content"]) == ("Image", expected)


def test_get__by_filename_gives_the_newest(lister: Sdk, server: Server) -> None:
    session = f"names-{secrets.token_hex(4)}"
    for content in (b"first\x00", b"second\x00"):
        server.put(content, session_id=session, filename="état & plan #1.bin")
    by_name = {"method": "artifacts.get", "session_id": session}
    found, missing = lister.call(
        server,
        {**by_name, "filename": "état & plan #1.bin"},
        {**by_name, "filename": "plan"},
    )
    assert found == {"type": "bytes", "content": b"second\x00"}
    assert missing["error"] == "ResourceNotFoundError"


def test_list__says_where_the_bytes_rest(lister: Sdk, server: Server) -> None:
    listings = lister.call(
        server, *({"method": "artifacts.list", **given} for given in NAMESPACES)
    )
    for listing, namespace, source in zip(
        listings, NAMESPACES, ("manifest", "manifest", "store"), strict=True
    ):
        assert [listing["namespace_id"]] == list(namespace.values())
        assert {item["source"] for item in listing["items"]} == {source}
        found = {item["filename"]: item["object_id"] for item in listing["items"]}
        assert found == items(server, namespace)
        assert len(set(found.values())) == len(listing["items"]) == 8


def test_client__wrong_token_is_an_invalid_key(sdk: Sdk, server: Server) -> None:
    (answer,) = sdk.call(server, token="pat_wrong")
    assert answer["error"] == "AuthenticationError"
    assert (answer["status"], answer["message"]) == (401, "Invalid API key")


def test_client__checks_health_and_has_no_domains(sdk: Sdk, server: Server) -> None:
    health, domains = sdk.call(
        server, {"method": "healthcheck"}, {"method": "list_domains"}
    )
    assert health["value"] is True
    assert domains["value"] == []


def test_errors__are_the_sdks_own(sdk: Sdk, server: Server) -> None:
    missing, unknown, malformed = sdk.call(
        server,
        get("demo-session", "img_zzzzzz"),
        get("no-such-session", "img_000000"),
        get("demo-session", "img_12"),
    )
    for answer in (missing, unknown):
        assert (answer["error"], answer["status"]) == ("ResourceNotFoundError", 404)
        assert answer["message"] == "There is no such artifact."
    assert (malformed["error"], malformed["status"]) == ("APIError", 422)
    assert malformed["message"][0]["loc"] == ["query", "object_id"]


def test_list__unknown_session_is_not_found(lister: Sdk, server: Server) -> None:
    (answer,) = lister.call(
        server, {"method": "artifacts.list", "session_id": "no-such-session"}
    )
    assert answer["error"] == "ResourceNotFoundError"
    assert answer["message"] == "There is no such session or execution."


def get(session_id: str, object_id: str) -> dict[str, Any]:
    return {
        "method": "artifacts.get",
        "session_id": session_id,
        "object_id": object_id,
    }
