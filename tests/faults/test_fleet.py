"""PostgreSQL, Redis and S3 that refuse, hang or cut, while the service runs."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from tests.faults.service import SECONDS, Service, serve
from tests.servers.faults import FaultProxy, Mode
from tests.servers.ports import free_port, wait_for
from tests.servers.postgresql import Cluster

_S3 = os.environ.get("ARTIFACTS_TEST_S3", "")
pytestmark = pytest.mark.needs("postgresql", "redis", "s3")
MODES: tuple[Mode, ...] = ("refuse", "hang", "cut")


@dataclass
class Fleet:
    service: Service
    cluster: Cluster
    postgresql: FaultProxy
    redis: FaultProxy
    s3: FaultProxy
    saved: str = ""
    live: str = ""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("fleet")
    with contextlib.ExitStack() as stack:
        cluster = stack.enter_context(Cluster())
        port = free_port()
        command = [shutil.which("redis-server") or "", "--port", str(port)]
        command += ["--save", "", "--dir", str(folder)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        stack.callback(server.wait)
        stack.callback(server.kill)
        wait_for(port)
        s3 = urlsplit(_S3)
        s3_port = urlsplit(dict(parse_qsl(s3.query))["endpoint_url"]).port or 80
        postgresql, redis, behind = (
            stack.enter_context(FaultProxy(it)) for it in (cluster.port, port, s3_port)
        )
        endpoint = f"endpoint_url=http%3A%2F%2F127.0.0.1%3A{behind.port}"
        place = f"s3://{s3.netloc}/faults-{secrets.token_hex(4)}"
        service = stack.enter_context(
            serve(
                folder / "service",
                DATABASE_URL=f"postgres://postgres@127.0.0.1:{postgresql.port}/postgres"
                "?connect_timeout=2&silence_timeout=0.5&pool_timeout=1",
                ARTIFACTS_LIVE_STORE=f"redis://127.0.0.1:{redis.port}/0"
                "?socket_timeout=1&socket_connect_timeout=1",
                ARTIFACTS_PERSISTED_STORE=f"{place}?{endpoint}&addressing_style=path"
                "&read_timeout=1&connect_timeout=1",
            )
        )
        yield Fleet(service, cluster, postgresql, redis, behind)


@pytest.fixture
def prepared(fleet: Fleet) -> Fleet:
    """One artifact that is saved, and one that is live, after all is well again."""
    fleet.service.wait_until_ready()
    fleet.service.session = f"s-{secrets.token_hex(4)}"
    fleet.service.kept.clear()
    fleet.saved = fleet.service.put(b"saved").json()["object_id"]
    assert fleet.service.save().status_code == 200
    fleet.live = fleet.service.put(b"live").json()["object_id"]
    return fleet


def statuses(fleet: Fleet) -> dict[str, int]:
    """Try everything; whatever is refused for now says when to try again."""
    service = fleet.service
    answers = {
        "put": service.put(b"while it is away"),
        "get saved": service.get(fleet.saved),
        "get live": service.get(fleet.live),
        "v3 list": service.ask("GET", "/api/v3/artifacts"),
        "v1 list": service.ask(
            "GET", "/v1/artifacts/list", params={"session_id": service.session}
        ),
        "save": service.save(),
        "readyz": service.ask("GET", "/readyz"),
        "livez": service.ask("GET", "/livez"),
    }
    for name, answer in answers.items():
        if answer.status_code >= 500:
            assert answer.headers["Retry-After"], name
    return {name: answer.status_code for name, answer in answers.items()}


def is_well_again(fleet: Fleet) -> bool:
    fleet.service.wait_until_ready()
    after = set(statuses(fleet).values())
    return after == {200, 201} and fleet.service.lost() == []


@pytest.mark.parametrize("mode", MODES)
def test_postgresql(mode: Mode, prepared: Fleet) -> None:
    with prepared.postgresql.being(mode):
        found = statuses(prepared)
    # Whoever has a token is asked of the database, but for livez without one.
    assert set(found.values()) == {503}
    assert is_well_again(prepared)


@pytest.mark.parametrize("mode", MODES)
def test_redis(mode: Mode, prepared: Fleet) -> None:
    with prepared.redis.being(mode):
        found = statuses(prepared)
    away = {name for name, status in found.items() if status == 503}
    assert away == {"put", "get live", "save", "readyz"}
    assert is_well_again(prepared)


@pytest.mark.parametrize("mode", MODES)
def test_s3(mode: Mode, prepared: Fleet) -> None:
    with prepared.s3.being(mode):
        found = statuses(prepared)
    away = {name for name, status in found.items() if status == 503}
    assert away == {"get saved", "save", "readyz"}
    assert found["put"] == 201
    assert is_well_again(prepared)


def test_postgresql__restarted_between_requests(prepared: Fleet) -> None:
    threads = [threading.Thread(target=statuses, args=(prepared,)) for _ in range(8)]
    for thread in threads:  # many connections, which all are cut
        thread.start()
    for thread in threads:
        thread.join()
    for _ in range(2):
        prepared.cluster.restart()
        for _ in range(10):
            assert set(statuses(prepared).values()) == {200, 201}
    assert prepared.service.lost() == []


def test_postgresql__hung_stops_nothing_that_does_not_need_it(prepared: Fleet) -> None:
    service = prepared.service
    codes: list[int] = []

    def read() -> None:
        codes.append(service.get(prepared.live).status_code)

    readers = [threading.Thread(target=read) for _ in range(24)]
    with prepared.cluster.frozen():
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        assert codes == [503] * 24
        livez = requests.get(f"{service.url}/livez", timeout=SECONDS)
        assert livez.status_code == 200
    assert is_well_again(prepared)


def test_s3__hung_leaves_threads_to_others(prepared: Fleet) -> None:
    service = prepared.service
    codes: list[int] = []

    def read() -> None:
        codes.append(service.get(prepared.saved).status_code)

    readers = [threading.Thread(target=read) for _ in range(24)]
    with prepared.s3.being("hang"):
        for reader in readers:
            reader.start()
        prepared.s3.until_waiting(3)
        assert service.ask("GET", "/api/v3/artifacts").status_code == 200
        assert service.get(prepared.live).status_code == 200
        for reader in readers:
            reader.join()
    assert codes == [503] * 24
    assert is_well_again(prepared)


@pytest.mark.parametrize("name", ["redis", "s3"])
def test_slow__is_waited_for(name: str, prepared: Fleet) -> None:
    with getattr(prepared, name).being("slow"):
        assert set(statuses(prepared).values()) == {200, 201}
    assert prepared.service.lost() == []


def test_s3__other_bytes_are_never_saved(prepared: Fleet) -> None:
    with prepared.s3.being("lie"):
        assert prepared.service.save().status_code >= 500
    assert is_well_again(prepared)


def test_log__has_no_traceback_of_an_outage(prepared: Fleet) -> None:
    before = len(prepared.service.logged)
    with prepared.redis.being("refuse"), prepared.s3.being("refuse"):
        statuses(prepared)
    lines = prepared.service.logged[before:]
    assert len(lines) <= 8
    assert not [line for line in lines if "Traceback" in line]
    assert any(f"object_id='{prepared.live}'" in line for line in lines)
