"""The vendor's Python SDK, each version in an environment of its own."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients.server import ROOT, Server

ENVIRONMENTS = ROOT / "build" / "clients"
SCRIPT = Path(__file__).parent / "scripts" / "vlmrun_calls.py"


@dataclass(frozen=True, slots=True)
class Sdk:
    """One installed version."""

    folder: Path
    "Its virtual environment."
    home: Path
    "Where it keeps its files and its cache."

    def call(
        self, server: Server, *calls: dict[str, Any], token: str = ""
    ) -> list[dict[str, Any]]:
        """Make a client and call its methods in turn; give a description of each.

        A call is `{"method": "artifacts.get", "session_id": …}`. A refused
        constructor is the only answer. `content` comes back as bytes.
        """
        work = {
            "base_url": f"{server.url}/v1",
            "api_key": token or server.token,
            "calls": calls,
        }
        done = self.run("python", "-I", str(SCRIPT), given=json.dumps(work), check=True)
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        for answer in answers:
            if "content" in answer:
                answer["content"] = base64.b64decode(answer["content"])
        return answers

    def run(
        self, program: str, *arguments: str, given: str = "", check: bool, **env: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of this environment, with nothing of ours around it."""
        return subprocess.run(
            [str(self.folder / "bin" / program), *arguments],
            input=given,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.home),
                "VLMRUN_CACHE_DIR": str(self.home / "cache"),
                "COLUMNS": "200",
                **env,
            },
            cwd=self.home,
            check=check,
            stdout=subprocess.PIPE,
            stderr=None if check else subprocess.STDOUT,
            text=True,
            timeout=240,
        )


def install(version: str) -> Path:
    """Give the environment that has this version, made where it is not there yet.

    What the client needs is locked as well: no later release of it fails a test.
    """
    folder = ENVIRONMENTS / f"vlmrun-{version}"
    locked = Path(__file__).with_name(f"vlmrun-{version}.lock")
    ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    with (ENVIRONMENTS / f"{version}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # test processes may run side by side
        done = folder / ".installed"
        if not done.exists() or done.read_bytes() != locked.read_bytes():
            subprocess.run(
                [sys.executable, "-m", "venv", "--clear", str(folder)], check=True
            )
            subprocess.run(
                [
                    str(folder / "bin" / "python"),
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                    "--no-deps",
                    "--require-hashes",
                    "--requirement",
                    str(locked),
                ],
                check=True,
            )
            done.write_bytes(locked.read_bytes())
    return folder
