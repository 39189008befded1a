"""What a typo in an environment variable says."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ARTIFACTS_MAX_BYTES", "2GB", "ARTIFACTS_MAX_BYTES is not a whole number."),
        ("CACHE_URL", "foo", "CACHE_URL is not redis://"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is one of"),
        ("BEHIND_TLS_PROXY", "yess", "BEHIND_TLS_PROXY is on or off."),
        ("DATABASE_URL", "nonsense", "DATABASE_URL is not the URL of a database"),
        ("DATABASE_URL", "postgres://u:p@h:abc/n", "DATABASE_URL is not the URL of"),
        ("CACHE_URL", "redis://h:abc/1", "CACHE_URL is not redis://"),
        ("ARTIFACTS_DATA_DIR", "/dev/null/data", "ARTIFACTS_DATA_DIR: [Errno 20] "),
        ("ARTIFACTS_LIVE_STORE", "redis://h:abc/0", "ARTIFACTS_LIVE_STORE: Redis is"),
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
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["manage.py", "check"],
        ["manage.py", "migrate"],
        ["-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "--bind", "127.0.0.1:0"],
        ["-m", "celery", "-A", "paradigm", "worker"],
    ],
)
def test_setting__refused_in_one_line_however_it_starts(
    command: list[str], tmp_path: Path
) -> None:
    environment = {**os.environ, "ARTIFACTS_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment | {"LOG_LEVEL": "loud"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    lines = [line for line in done.stderr.splitlines() if "[INFO]" not in line]
    assert len(lines) == 1
    assert lines[0].startswith("LOG_LEVEL is one of")


@pytest.mark.parametrize("variable", ["PORT", "THREADS"])
def test_setting__of_gunicorn_refused_in_one_line(
    variable: str, tmp_path: Path
) -> None:
    environment = {**os.environ, "ARTIFACTS_DATA_DIR": str(tmp_path), variable: "many"}
    done = subprocess.run(
        [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == f"{variable} is 'many'; it has to be a whole number.\n"


@pytest.mark.parametrize("key", ["", "given"])
def test_setting__data_folder_is_made_for_its_owner_only(
    key: str, tmp_path: Path
) -> None:
    """With a key of its own a fresh installation had no folder for its database."""
    folder = tmp_path / "deep" / "data"
    environment = {**os.environ, "ARTIFACTS_DATA_DIR": str(folder)}
    environment |= {"SECRET_KEY": key, "DATABASE_URL": ""}
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    assert (folder / "db.sqlite3").exists()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_setting__no_data_folder_where_nothing_rests_in_it(tmp_path: Path) -> None:
    """As in a container of which the file system is read-only."""
    environment = {**os.environ, "ARTIFACTS_DATA_DIR": str(tmp_path / "data")}
    environment |= {
        "SECRET_KEY": "given",
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        "ARTIFACTS_LIVE_STORE": "redis://127.0.0.1:1/0",
        "ARTIFACTS_PERSISTED_STORE": "s3://bucket",
    }
    show = "from django.conf import settings; settings.INSTALLED_APPS"
    environment["DJANGO_SETTINGS_MODULE"] = "paradigm.settings"
    subprocess.run([sys.executable, "-c", show], cwd=ROOT, env=environment, check=True)
    assert not list(tmp_path.iterdir())


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
