"""What the server serves is what `/api/schema/` says: schemathesis tries to disagree."""

from __future__ import annotations

import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients.server import ROOT, Server
from tests.media import FILES

# One of two parameters is needed, never both: no OpenAPI document can say so of query
# parameters. A request that breaks this is valid by the document, and gets a 422.
CONFIGURATION = """
seed = 2026

[generation]
deterministic = true
max-examples = 30

[[operations]]
include-path = "/v1/artifacts"
checks.positive_data_acceptance.expected-statuses = ["2xx", "404", "409", "422"]

[[operations]]
include-path = "/v1/artifacts/list"
checks.positive_data_acceptance.expected-statuses = ["2xx", "404", "409", "422"]
"""


@pytest.fixture
def token(server: Server) -> str:
    return server.manage("create_token", "schema")


def test_schema__holds_for_whatever_is_sent(
    server: Server, token: str, tmp_path: Path
) -> None:
    session = f"schema-{secrets.token_hex(4)}"
    for name in ("png", "txt"):
        server.put(FILES[name](), session_id=session, filename=f"a.{name}", token=token)
    check(server, token, tmp_path, CONFIGURATION)


def test_schema__holds_for_an_artifact_that_is_there(
    server: Server, token: str, tmp_path: Path
) -> None:
    session = f"schema-{secrets.token_hex(4)}"
    stored = server.put(
        FILES["png"](), session_id=session, filename="a.png", token=token
    )
    given = {
        "path.id": stored["id"],
        "path.session_id": session,
        "query.object_id": stored["object_id"],
        "query.session_id": session,
    }
    lines = "".join(f'"{name}" = "{value}"\n' for name, value in given.items())
    configuration = f"{CONFIGURATION}\n[parameters]\n{lines}"
    excluded = ("--exclude-method", "DELETE", "--mode", "positive")
    check(server, token, tmp_path, configuration, *excluded)


def check(
    server: Server, token: str, folder: Path, configuration: str, *arguments: str
) -> None:
    """Run all checks; fail with schemathesis' own report."""
    (folder / "schemathesis.toml").write_text(configuration, encoding="utf-8")
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{server.url}/api/schema/",
            f"--header=Authorization: Bearer {token}",
            "--continue-on-failure",
            "--no-color",
            *arguments,
        ],
        cwd=folder,
        env={**server.environment, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout
