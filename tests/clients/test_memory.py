"""A gigabyte in and out: no process of the server holds it in memory."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.server import Server, start

SIZE = 1024**3
PEAK_BYTES = 200_000_000
"""Resident, of any one process of the server."""
SECONDS = 600
"""After which curl gives up: a server that hangs is found by it."""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server of its own: a peak is remembered for a process's whole life."""
    running = start(tmp_path_factory.mktemp("memory"))
    yield running
    running.stop()


@pytest.mark.timeout(3 * SECONDS)
def test_gigabyte__goes_in_and_out_in_little_memory(
    fresh: Server, tmp_path: Path
) -> None:
    sent, received = tmp_path / "sparse.bin", tmp_path / "received.bin"
    with sent.open("wb") as file:
        file.truncate(SIZE)
    url = f"{fresh.url}/v1/artifacts"

    answer, peak = curl(fresh, "-F", "session_id=g", "-F", f"file=@{sent}", url)
    body, _, status = answer.rpartition("\n")
    assert status == "201", answer
    stored = json.loads(body)
    assert stored["bytes"] == SIZE
    assert max(peak.values()) < PEAK_BYTES, peak

    query = f"session_id=g&object_id={stored['object_id']}"
    answer, peak = curl(fresh, "--output", str(received), f"{url}?{query}")
    assert answer.strip() == "200"
    assert max(peak.values()) < PEAK_BYTES, peak
    subprocess.run(["cmp", sent, received], check=True)

    # From the live store to the persisted one as well.
    save = ("--request", "POST", f"{fresh.url}/v1/sessions/g/save")
    answer, peak = curl(fresh, *save)
    assert answer.endswith("\n200"), answer
    assert max(peak.values()) < PEAK_BYTES, peak


def curl(server: Server, *arguments: str) -> tuple[str, dict[str, int]]:
    """Run curl; give what it wrote and the peak of each process that there was."""
    peaks: dict[str, int] = {}
    with subprocess.Popen(
        [
            "/usr/bin/curl",
            "--max-time",
            str(SECONDS),
            "--silent",
            "--show-error",
            "--write-out",
            "\n%{http_code}",
            "--header",
            f"Authorization: Bearer {server.token}",
            *arguments,
        ],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        while process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
            peaks |= dict(_peaks(server.process.pid))
        output, _ = process.communicate()
    assert process.returncode == 0, output
    return output, peaks


def _peaks(root: int) -> Iterator[tuple[str, int]]:
    """Give the largest resident size so far of each descendant, in bytes."""
    described = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            lines = (folder / "status").read_text().splitlines()
            described[int(folder.name)] = dict(
                line.split(":", 1) for line in lines if ":" in line
            )
    family = {root}
    # A child's number may be below its parent's once numbers start anew.
    while more := {
        number
        for number, status in described.items()
        if int(status["PPid"]) in family and number not in family
    }:
        family |= more
    for number in family & set(described):
        status = described[number]
        if "VmHWM" in status:
            kilobytes = int(status["VmHWM"].split()[0])
            yield f"{status['Name'].strip()} {number}", kilobytes * 1024
