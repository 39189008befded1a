"""A few rounds of kill -9, and whether the tool sees what it looks for."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.crash.audit import Audit
from tools.crash.clients import Client
from tools.crash.ledger import Ledger, Namespace, Record, State, Wrong
from tools.crash.leftovers import leftovers
from tools.crash.rounds import Rounds
from tools.crash.site import Site

ROOT = Path(__file__).resolve().parents[2]
STORES = "fleet" if os.environ.get("ARTIFACTS_TEST_S3") else "disk"
"""The tests run twice: on one machine's disk, and with the servers of many."""
SESSION = Namespace("session", "s")


@pytest.mark.timeout(900)
def test_crash__ten_rounds_leave_nothing_wrong() -> None:
    command = [sys.executable, "-m", "tools.crash", "--stores", STORES]
    command += ["--rounds", "10", "--verify-every", "5"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("crash"))
    site.prepare()
    site.start()
    yield site
    site.kill()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def client(site: Site, ledger: Ledger) -> Client:
    return Client(site.url, site.token, ledger, random.Random(1))


def put(client: Client) -> Record:
    client.put(SESSION, 1000)
    return client.ledger.records[-1]


def seen(ledger: Ledger) -> set[Wrong]:
    return {violation.kind for violation in ledger.violations}


def live_file(site: Site, record: Record) -> Path:
    name = record.id.replace("-", "")
    return site.data / "live" / "artifacts" / name[-2:] / name


def test_audit__of_what_is_right_finds_nothing(
    site: Site, ledger: Ledger, client: Client
) -> None:
    record, deleted = put(client), put(client)
    deleted.state = State.DELETING
    client.delete_record(deleted)
    Audit(site, ledger).read([record, deleted])
    assert seen(ledger) == set()
    assert [record.state, deleted.state] == [State.KEPT, State.DELETED]


def test_audit__sees_lost_bytes(site: Site, ledger: Ledger, client: Client) -> None:
    record = put(client)
    live_file(site, record).unlink()
    Audit(site, ledger).read([record])
    assert seen(ledger) == {Wrong.LOST}


def test_audit__sees_half_of_the_bytes(
    site: Site, ledger: Ledger, client: Client
) -> None:
    record = put(client)
    live_file(site, record).write_bytes(bytes(record.size))
    Audit(site, ledger).read([record])
    assert seen(ledger) == {Wrong.HALF}


def test_audit__sees_rows_that_are_lost_back_or_nobody_s(
    site: Site, ledger: Ledger, client: Client
) -> None:
    namespace = Namespace("session", "of its own")
    client.put(namespace, 100)
    record = ledger.records[-1]
    record.state = State.DELETED
    Audit(site, ledger).settle([namespace])
    assert seen(ledger) == {Wrong.BACK}
    record.state = State.KEPT
    record.namespace = Namespace("session", "another")
    Audit(site, ledger).settle([namespace, record.namespace])
    assert seen(ledger) == {Wrong.BACK, Wrong.UNEXPECTED, Wrong.LOST}


def test_ledger__sees_an_id_that_is_used_twice(ledger: Ledger) -> None:
    for content in (b"one", b"two"):
        record = ledger.send(SESSION, content, "bin")
        answer = {"sha256": record.sha256, "bytes": record.size}
        ledger.keep(record, {"id": content, "object_id": "doc_000001", **answer})
    assert seen(ledger) == {Wrong.TWICE}


def test_leftovers__are_what_no_artifact_explains(
    site: Site, ledger: Ledger, client: Client
) -> None:
    put(client)
    there = set(leftovers(site, ledger))
    planted = {
        "staging/put-x",
        "live/artifacts/00/.partial-x",
        "persisted/manifests/.partial-x",
        f"persisted/artifacts/00/{'0' * 32}",
    }
    for name in planted:
        path = site.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    try:
        assert set(leftovers(site, ledger)) - there == planted
    finally:
        for name in planted:
            (site.data / name).unlink()


def test_rebuild__sees_what_no_manifest_has(tmp_path: Path, ledger: Ledger) -> None:
    site = Site(tmp_path)
    site.prepare()
    site.start()
    try:
        client = Client(site.url, site.token, ledger, random.Random(1))
        client.put(SESSION, 100)
        client.save(SESSION)
        for manifest in (site.data / "persisted" / "manifests").iterdir():
            manifest.unlink()
        Rounds(site, ledger, 1, longest=0).rebuild()
        assert seen(ledger) == {Wrong.LOST}
    finally:
        site.kill()
