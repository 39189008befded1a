"""What a typo in an environment variable says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ARTIFACTS_MAX_BYTES", "2GB", "ARTIFACTS_MAX_BYTES is no whole number."),
        ("CACHE_URL", "foo", "CACHE_URL is no redis://"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is one of"),
        ("BEHIND_TLS_PROXY", "yess", "BEHIND_TLS_PROXY is on or off."),
        ("DATABASE_URL", "nonsense", "DATABASE_URL is no URL of a database"),
        (
            "ARTIFACTS_LIVE_STORE",
            "s4://x",
            "ARTIFACTS_LIVE_STORE: A place for bytes is",
        ),
        (
            "ARTIFACTS_PERSISTED_STORE",
            "s3://",
            "ARTIFACTS_PERSISTED_STORE: This names no",
        ),
        ("ARTIFACTS_DELIVERY", "nginx", "(artifacts.E003) ARTIFACTS_DELIVERY is"),
        ("ARTIFACTS_THROTTLE", "fast", "(artifacts.E004) ARTIFACTS_THROTTLE is"),
        ("ARTIFACTS_THUMBNAIL_QUEUE", "redis", "(artifacts.E009)"),
    ],
)
def test_setting__wrong_one_is_named(
    variable: str, value: str, said: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, "ARTIFACTS_DATA_DIR": str(tmp_path), variable: value},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert said in done.stderr.replace("\n", " ")


def test_setting__level_of_the_log_in_any_case(tmp_path: Path) -> None:
    environment = {**os.environ, "ARTIFACTS_DATA_DIR": str(tmp_path)}
    environment |= {"LOG_LEVEL": "debug", "ARTIFACTS_MAX_BYTES": ""}
    command = [sys.executable, "manage.py", "check"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)


@pytest.mark.parametrize("name", ["c++", "d#d", "d?d", "d%20d", "two words"])
def test_setting__data_folder_of_any_name(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    environment = {**os.environ, "ARTIFACTS_DATA_DIR": str(folder), "DATABASE_URL": ""}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    assert (folder / "db.sqlite3").exists()
    assert [found.name for found in tmp_path.iterdir()] == [name]


def test_setting__empty_is_not_set(tmp_path: Path) -> None:
    names = (
        "ARTIFACTS_STAGING_DIR",
        "ALLOWED_HOSTS",
        "ARTIFACTS_DELIVERY",
        "CACHE_URL",
    )
    environment = {**os.environ, "ARTIFACTS_DATA_DIR": str(tmp_path)}
    environment |= dict.fromkeys(names, "")
    show = "from artifacts.conf import conf; print(conf.ARTIFACTS_STAGING_DIR)"
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", show],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == str(tmp_path / "staging")
