"""The steps that the README gives for backups and for moving to another database."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import many

ROOT = Path(__file__).resolve().parents[1]
_PUT = """
import json
from io import BytesIO
from django.contrib.auth.models import User
from artifacts import selectors, services
from artifacts.refs import NamespaceKind, NamespaceRef
user, _ = User.objects.get_or_create(username="alice")
for name, save in {puts!r}:
    ref = NamespaceRef(NamespaceKind.SESSION, "s-1")
    services.put(user=user, namespace=ref, content=BytesIO(name.encode()), filename=name)
    if save:
        services.save_namespace(selectors.get_namespace(user, ref))
"""
_SHOW = """
import json
from artifacts import selectors
from artifacts.models import FileArtifact
found = dict()
for row in FileArtifact.objects.order_by("created_at"):
    try:
        reader = selectors.open_content(row)
    except Exception as error:
        found[row.filename] = [row.object_id, row.created_at.isoformat(), str(error)]
        continue
    found[row.filename] = [row.object_id, row.created_at.isoformat(), reader.read(99).decode()]
    reader.close()
print(json.dumps(found))
"""


class Site:
    """An installation on local disk, used by its commands."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.data = folder / "data"
        self.environment = {
            "PATH": "/usr/bin:/bin",
            "ARTIFACTS_DATA_DIR": str(self.data),
            **environment,
        }

    def manage(self, *arguments: str, fails: bool = False) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert bool(done.returncode) == fails, done.stdout + done.stderr
        return (done.stderr if fails else done.stdout).strip()

    def shell(self, code: str) -> str:
        return self.manage("shell", "--verbosity", "0", "--command", code)

    def put(self, *puts: tuple[str, bool]) -> None:
        self.shell(_PUT.format(puts=puts))

    def shown(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = json.loads(self.shell(_SHOW))
        return found


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.manage("migrate", "--verbosity", "0")
    return site


def test_backup__database_alone_is_put_back(site: Site, tmp_path: Path) -> None:
    """The stores are newer than the backup; nothing that was saved is missing."""
    backup = tmp_path / "backup.sqlite3"
    site.put(("one", True), ("two", False))
    site.manage("backup_database", str(backup))
    assert backup.stat().st_mode & 0o077 == 0
    site.put(("three", True), ("four", False))
    before = site.shown()

    for path in site.data.glob("db.sqlite3*"):
        path.unlink()
    shutil.copy(backup, site.data / "db.sqlite3")
    site.manage("migrate", "--verbosity", "0")
    site.manage("rebuild_from_manifests")
    assert "agree" in site.manage("verify_artifacts", "--repair")

    after = site.shown()
    # What was put since and never saved is in no manifest.
    assert after == {name: before[name] for name in ("one", "two", "three")}
    site.put(("five", True))
    ids = [found[0] for found in {**before, **site.shown()}.values()]
    assert len(set(ids)) == len(ids)


def test_backup__of_everything(site: Site, tmp_path: Path) -> None:
    """The database first, then the bytes: no row of it is without them."""
    site.put(("one", True), ("two", False))
    site.manage("backup_database", str(tmp_path / "backup.sqlite3"))
    site.put(("three", True))
    for folder in ("live", "persisted"):
        shutil.copytree(site.data / folder, tmp_path / "copy" / folder)
    before = site.shown()

    shutil.rmtree(site.data)
    shutil.copytree(tmp_path / "copy", site.data)
    shutil.copy(tmp_path / "backup.sqlite3", site.data / "db.sqlite3")
    site.manage("migrate", "--verbosity", "0")
    site.manage("rebuild_from_manifests")
    assert "agree" in site.manage("verify_artifacts", "--deep")
    assert site.shown() == before


def test_backup_database__refuses(site: Site, tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    said = site.manage("backup_database", str(tmp_path / "there"), fails=True)
    assert "File exists" in said


@pytest.fixture
def target(site: Site, tmp_path: Path) -> Site:
    """The same stores with a new database: of PostgreSQL, where there is one."""
    services = many.settings_for(tmp_path)
    url = services.get("DATABASE_URL", f"sqlite:///{tmp_path}/new.sqlite3")
    target = Site(tmp_path, DATABASE_URL=url)
    target.manage("migrate", "--verbosity", "0")
    return target


def test_copy_database__is_exact(site: Site, target: Site, tmp_path: Path) -> None:
    site.put(("one", True), ("two", False))
    site.manage("create_token", "alice", "--name", "kept")
    source = f"sqlite:///{site.data}/db.sqlite3"
    said = target.manage("copy_database", source)
    assert "artifacts.fileartifact: 2" in said
    assert target.shown() == site.shown()
    # Manifests have the times, too: they are still what the database says.
    assert "agree" in target.manage("verify_artifacts", "--deep")
    assert "kept" in target.manage("list_tokens")
    target.put(("three", True))
    target.manage("create_token", "bob")  # its number is not taken
    assert set(target.shown()) == {"one", "two", "three"}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("nonsense", "not the URL"),
        ("sqlite:////nowhere/db.sqlite3", "unable to open"),
        ("sqlite:///:memory:", "no tables"),
    ],
)
def test_copy_database__refuses_a_source(source: str, reason: str, site: Site) -> None:
    assert reason in site.manage("copy_database", source, fails=True)


def test_copy_database__refuses_a_database_in_use(site: Site, target: Site) -> None:
    target.manage("create_token", "bob")
    source = f"sqlite:///{site.data}/db.sqlite3"
    assert "in use" in target.manage("copy_database", source, fails=True)


def test_copy_database__refuses_another_version(site: Site, target: Site) -> None:
    site.manage("migrate", "artifacts", "0001", "--verbosity", "0")
    source = f"sqlite:///{site.data}/db.sqlite3"
    assert "versions" in target.manage("copy_database", source, fails=True)
