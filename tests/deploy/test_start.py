"""What gunicorn says, and does, when it is started with settings that are wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def started(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Start it; for what refuses, which needs no port."""
    return subprocess.run(
        [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"],
        cwd=ROOT,
        env={**os.environ, "ARTIFACTS_DATA_DIR": str(folder), "PORT": "1"} | settings,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ARTIFACTS_DELIVERY", "nginx", "artifacts.E003"),
        ("ARTIFACTS_GRACE_SECONDS", "0", "artifacts.E001"),
        ("ARTIFACTS_PERSISTED_STORE", "file://{}/live/saved", "artifacts.E007"),
        ("ARTIFACTS_MAX_BYTES", "2GB", "ARTIFACTS_MAX_BYTES is"),
        ("THREADS", "many", "THREADS is 'many'; it has"),
    ],
)
def test_start__is_refused(
    variable: str, value: str, said: str, tmp_path: Path
) -> None:
    settings = {"ARTIFACTS_LIVE_STORE": "disk", variable: value.format(tmp_path)}
    done = started(tmp_path, **settings)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "Listening" not in done.stderr
