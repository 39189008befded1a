"""Presigned addresses lead to the bytes, also when a save moves them meanwhile."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests

from tests.clients.readers import Service, read_during_saves
from tests.clients.server import start


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Give a service with both its stores on S3, whose bytes S3 sends."""
    server = start(
        tmp_path_factory.mktemp("redirecting"),
        ARTIFACTS_LIVE_STORE=_place("live"),
        ARTIFACTS_PERSISTED_STORE=_place("persisted"),
        ARTIFACTS_DELIVERY="redirect",
    )
    yield Service(server.url, {"Authorization": f"Bearer {server.token}"})
    server.stop()


def _place(name: str) -> str:
    place = f"/redirects-{secrets.token_hex(6)}/{name}"
    return urlunsplit(urlsplit(os.environ["ARTIFACTS_TEST_S3"])._replace(path=place))


@pytest.mark.parametrize("api", ["v1", "v3"])
def test_address__of_before_the_save_is_good_after_it(
    service: Service, api: str
) -> None:
    session = f"redirected-{secrets.token_hex(4)}"
    artifact = service.put(session)
    path = artifact.v1 if api == "v1" else f"{artifact.v3}/content"
    redirect = service.get(path, allow_redirects=False)
    assert redirect.status_code == 302
    assert service.save(session) == 200
    found = requests.get(redirect.headers["Location"], timeout=30)
    assert (found.status_code, found.content) == (200, artifact.content)


def test_address__readers_get_every_byte_all_the_while(service: Service) -> None:
    read_during_saves(service)
