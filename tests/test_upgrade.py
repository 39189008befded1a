"""A database and stores of 0.1.0 are taken over by `migrate`, and nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import many

ROOT = Path(__file__).resolve().parents[1]
# Made as 0.1.0 did: rows by the models of its migration, a manifest of its format.
_OF_0_1_0 = """
import hashlib, json, uuid
from datetime import timedelta
from pathlib import Path
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

state = MigrationExecutor(connection).loader.project_state([("artifacts", "0001_initial")])
models = state.apps
User = models.get_model("auth", "User")
Namespace = models.get_model("artifacts", "Namespace")
FileArtifact = models.get_model("artifacts", "FileArtifact")
AccessToken = models.get_model("artifacts", "AccessToken")
owner = User.objects.create(username="alice")
AccessToken.objects.create(
    user=owner, digest=hashlib.sha256(b"pat_secret").hexdigest(), hint="pat_secr",
    expires_at=timezone.now() + timedelta(days=1),
)

def place(folder, key, content):
    path = Path(settings.DATA_DIR, folder, key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)

def put(namespace, name, content, source):
    pk = uuid.uuid4()
    key = f"artifacts/{pk.hex[-2:]}/{pk.hex}"
    place("live" if source == "store" else "persisted", key, content)
    return FileArtifact.objects.create(
        id=pk, user=owner, namespace=namespace, object_id=f"doc_{pk.hex[:6]}", kind="doc",
        filename=name, storage_path=key, bytes=len(content), mime_type="text/plain",
        sha256=hashlib.sha256(content).hexdigest(), source=source,
    )

saved = Namespace.objects.create(
    owner=owner, kind="session", external_id="saved", sequence=3, saved_at=timezone.now()
)
live = Namespace.objects.create(owner=owner, kind="session", external_id="live", sequence=1)
cut = Namespace.objects.create(owner=owner, kind="session", external_id="cut", sequence=1)
kept = put(saved, "kept.txt", b"kept", "manifest")
put(live, "live.txt", b"live", "store")
put(cut, "cut.txt", b"cut", "manifest")  # a crash came before its manifest
entry = {name: getattr(kept, name) for name in
         ("object_id", "kind", "filename", "storage_path", "bytes", "mime_type", "sha256")}
entry |= {"id": str(kept.pk), "created_at": kept.created_at.isoformat()}
document = {
    "id": str(saved.pk), "owner": "alice", "kind": "session", "external_id": "saved",
    "sequence": 3, "created_at": saved.created_at.isoformat(), "artifacts": [entry],
    "format": 1,
}
place("persisted", f"manifests/{saved.pk}.json", json.dumps(document, indent=1).encode())
"""
_NOW = """
import json
from artifacts import selectors
from artifacts.models import AccessToken, FileArtifact, Namespace

def read(row):
    reader = selectors.open_content(row)
    try:
        return reader.read(100).decode()
    finally:
        reader.close()

token = AccessToken.objects.find("pat_secret")
print(json.dumps({
    "user": token and token.user.username,
    "bytes": sorted(read(row) for row in FileArtifact.objects.all()),
    "sources": sorted(FileArtifact.objects.values_list("filename", "source")),
    "unsaved": sorted(Namespace.objects.filter(unsaved=True).values_list("external_id", flat=True)),
    "due": sorted(Namespace.objects.due().values_list("external_id", flat=True)),
}))
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    given = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    services = many.settings_for(tmp_path)
    database = {name: services[name] for name in services if name == "DATABASE_URL"}
    return {**given, **database, "ARTIFACTS_DATA_DIR": str(tmp_path / "data")}


def test_migrate__takes_over_a_database_of_0_1_0(environment: dict[str, str]) -> None:
    def manage(*arguments: str) -> str:
        return run(environment, *arguments)

    manage("migrate", "artifacts", "0001", "--verbosity", "0")
    for app in ("admin", "sessions"):
        manage("migrate", app, "--verbosity", "0")
    manage("shell", "--verbosity", "0", "--command", _OF_0_1_0)
    manage("migrate", "--verbosity", "0")

    now = json.loads(manage("shell", "--verbosity", "0", "--command", _NOW))
    assert now == {
        "user": "alice",
        "bytes": ["cut", "kept", "live"],
        "sources": [
            ["cut.txt", "manifest"],
            ["kept.txt", "manifest"],
            ["live.txt", "store"],
        ],
        "unsaved": ["live"],
        "due": ["cut"],
    }
    assert "agree" in manage("verify_artifacts", "--deep")
    manage("save_idle_sessions", "--idle", "0")
    now = json.loads(manage("shell", "--verbosity", "0", "--command", _NOW))
    assert (now["unsaved"], now["due"]) == ([], [])
    assert {source for _, source in now["sources"]} == {"manifest"}
    assert "agree" in manage("verify_artifacts", "--deep")


def test_rebuild__reads_manifests_of_0_1_0(
    environment: dict[str, str], tmp_path: Path
) -> None:
    run(environment, "migrate", "artifacts", "0001", "--verbosity", "0")
    run(environment, "shell", "--verbosity", "0", "--command", _OF_0_1_0)
    lost = {**environment, "DATABASE_URL": f"sqlite:///{tmp_path}/new.sqlite3"}
    run(lost, "migrate", "--verbosity", "0")
    said = run(lost, "rebuild_from_manifests")
    assert said == "session saved of alice: 1 added"


def run(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()
