"""nginx opens a file that the service has named; a save may move it in between."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clients.readers import Service, read_during_saves
from tests.deploy import proxy
from tests.servers.holding import HoldingProxy


@dataclass(frozen=True, slots=True)
class Site:
    """The service that lets nginx send the bytes."""

    folder: Path
    data: Path
    behind: int
    "gunicorn's port."
    token: str

    def service(self, port: int, **headers: str) -> Service:
        return Service(
            f"http://127.0.0.1:{port}",
            {
                "Host": "artifacts.example.com",
                "Authorization": f"Bearer {self.token}",
                "X-Forwarded-Proto": "https",
                **headers,
            },
        )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    data = folder / "data"
    proxy.manage(data, "migrate", "--verbosity", "0")
    token = proxy.manage(data, "create_token", "alice")
    with proxy.gunicorn(data, ARTIFACTS_DELIVERY="x-accel") as behind:
        yield Site(folder, data, behind, token)


@pytest.mark.parametrize("part", [None, (100, 199)], ids=["whole", "part"])
def test_file__saved_before_nginx_opens_it(
    site: Site, part: tuple[int, int] | None
) -> None:
    """The moment that a race would have to meet: no reader waits for chance here."""
    direct = site.service(site.behind)
    session = f"held-{secrets.token_hex(4)}"
    artifact = direct.put(session)
    first, last = part or (0, len(artifact.content) - 1)
    headers = {"Range": f"bytes={first}-{last}"} if part else {}
    with (
        HoldingProxy(site.behind) as holding,
        proxy.nginx(site.folder, data=site.data, upstream=holding.port) as proxied,
        ThreadPoolExecutor(1) as pool,
    ):
        reader = pool.submit(site.service(proxied, **headers).get, artifact.v1)
        assert holding.answered.wait(30)
        assert direct.save(session) == 200
        holding.release()
        found = reader.result()
    assert found.status_code == (206 if part else 200)
    assert found.content == artifact.content[first : last + 1]


def test_file__readers_get_every_byte_all_the_while(site: Site) -> None:
    with proxy.nginx(site.folder, data=site.data, upstream=site.behind) as proxied:
        read_during_saves(site.service(proxied))
