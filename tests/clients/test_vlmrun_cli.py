"""VLM Run's command line, against the running server."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.clients.sdk import Sdk, install
from tests.clients.server import Server


@pytest.fixture(params=["0.9.2", "0.8.2"])
def sdk(request: pytest.FixtureRequest, tmp_path: Path) -> Sdk:
    return Sdk(install(request.param), tmp_path)


def run(
    sdk: Sdk, server: Server, *arguments: str, token: str = ""
) -> subprocess.CompletedProcess[str]:
    return sdk.run(
        "vlmrun",
        "artifacts",
        *arguments,
        check=False,
        VLMRUN_API_KEY=token or server.token,
        VLMRUN_BASE_URL=f"{server.url}/v1",
    )


def object_ids(server: Server) -> dict[str, str]:
    path = "/v1/artifacts/list?execution_id=demo-execution"
    found = server.ask("GET", path).json()["items"]
    return {item["filename"]: item["object_id"] for item in found}


def test_list__shows_every_artifact(sdk: Sdk, server: Server) -> None:
    done = run(sdk, server, "list", "--execution-id", "demo-execution")
    assert done.returncode == 0, done.stdout
    for filename, object_id in object_ids(server).items():
        row = next(line for line in done.stdout.splitlines() if object_id in line)
        assert filename in row
        assert "manifest" in row


def test_get__writes_the_file(
    sdk: Sdk, server: Server, tmp_path: Path, demo_files: dict[str, bytes]
) -> None:
    for filename in ("quarterly-report.pdf", "night-waves.mp4", "flight.tlm"):
        output = tmp_path / "out" / filename
        named = (object_ids(server)[filename], "-e", "demo-execution")
        done = run(sdk, server, "get", *named, "--output", str(output))
        assert done.returncode == 0, done.stdout
        assert output.read_bytes() == demo_files[filename]


def test_get__raw_writes_the_bytes_of_a_picture(
    sdk: Sdk, server: Server, tmp_path: Path, demo_files: dict[str, bytes]
) -> None:
    output = tmp_path / "lake.jpg"
    named = (object_ids(server)["mountain-lake.jpg"], "-e", "demo-execution")
    done = run(sdk, server, "get", *named, "--raw", "-o", str(output))
    assert done.returncode == 0, done.stdout
    assert output.read_bytes() == demo_files["mountain-lake.jpg"]


def test_get__missing_says_so(sdk: Sdk, server: Server) -> None:
    done = run(sdk, server, "get", "img_zzzzzz", "--session-id", "demo-session")
    assert done.returncode == 1
    assert "There is no such artifact." in done.stdout


def test_list__wrong_token_says_so(sdk: Sdk, server: Server) -> None:
    done = run(sdk, server, "list", "-s", "demo-session", token="pat_wrong")
    assert done.returncode == 1
    assert "Invalid API key" in done.stdout
