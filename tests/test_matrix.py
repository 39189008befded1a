"""A wrong, an empty or an old database meets stores that have more: nothing is lost.

The service may refuse what it is asked then. It may not delete what was saved, bring
back what was deleted, or hand out an object id again; and once the right database is
back, or the manifests have been read, everything that was saved can be read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings

from artifacts import services
from artifacts.exceptions import ArtifactError
from artifacts.models import FileArtifact, Namespace
from artifacts.refs import NamespaceKind, NamespaceRef
from tests.services.support import read

REFUSALS = (ArtifactError, CommandError)
SESSIONS = ("s-1", "s-2", "s-3")

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True, slots=True)
class Backup:
    """All rows of a database, table by table."""

    rows: dict[str, list[tuple[Any, ...]]]

    @classmethod
    def make(cls) -> Backup:
        rows = {}
        with connection.cursor() as cursor:
            for table in _tables():
                cursor.execute(f'SELECT * FROM "{table}"')
                rows[table] = cursor.fetchall()
        return cls(rows)

    def restore(self) -> None:
        """Make the database what it was."""
        with transaction.atomic(), connection.cursor() as cursor:
            for table in _tables():
                cursor.execute(f'DELETE FROM "{table}"')
            for table, rows in self.rows.items():
                if rows:
                    places = ", ".join(["%s"] * len(rows[0]))
                    insert = f'INSERT INTO "{table}" VALUES ({places})'
                    cursor.executemany(insert, rows)


def _tables() -> list[str]:
    return sorted(connection.introspection.django_table_names(only_existing=True))


@dataclass(slots=True)
class Truth:
    """What the clients know: every artifact that was acknowledged, and its end."""

    contents: dict[UUID, bytes] = field(default_factory=dict)
    saved: set[UUID] = field(default_factory=set)
    deleted: set[UUID] = field(default_factory=set)
    ids: dict[tuple[str, str], UUID] = field(default_factory=dict)
    "By session and object id, the artifact that has it."
    twice: list[str] = field(default_factory=list)
    "Object ids that were handed out again."

    def put(self, session: str, content: bytes) -> FileArtifact:
        artifact = put(session, content)
        self.contents[artifact.pk] = content
        owner = self.ids.setdefault((session, artifact.object_id), artifact.pk)
        if owner != artifact.pk:
            self.twice.append(artifact.object_id)
        return artifact

    def save(self, session: str) -> None:
        namespace = Namespace.objects.get(external_id=session)
        services.save_namespace(namespace)
        its = namespace.artifacts.values_list("pk", flat=True)
        self.saved |= set(its) & self.contents.keys()

    def delete(self, artifact: FileArtifact) -> None:
        artifact.refresh_from_db()
        key = artifact.pk
        services.delete(artifact)
        self.deleted.add(key)
        self.saved.discard(key)

    def check(self, keys: Iterable[UUID]) -> None:
        """Read these artifacts; none that was deleted can be read."""
        for key in {*keys} - self.deleted:
            artifact = FileArtifact.objects.filter(pk=key).first()
            assert artifact is not None, f"{self.contents[key]!r} has no row."
            assert read(artifact) == self.contents[key]
        for artifact in FileArtifact.objects.filter(pk__in=self.deleted):
            with pytest.raises(ArtifactError):
                read(artifact)
        assert self.twice == []


@dataclass(frozen=True, slots=True)
class Scene:
    """A service with its truth, and three databases that it may find."""

    truth: Truth
    early: FileArtifact
    "Saved before the old backup was made, and still there."
    known: frozenset[UUID]
    "What the right database has."
    right: Backup
    databases: dict[str, Backup]


@pytest.fixture
def scene(settings: Any, tmp_path: Any) -> Scene:
    """Make the stores and the databases; leave the right one in place."""
    settings.ARTIFACTS_GRACE_SECONDS = -5
    empty = Backup.make()
    other = _other_deployment(settings, tmp_path)
    empty.restore()
    truth = Truth()
    early, doomed = truth.put("s-1", b"early"), truth.put("s-1", b"doomed")
    truth.save("s-1")
    truth.put("s-2", b"saved before")
    truth.save("s-2")
    truth.put("s-2", b"live before, saved after")
    old = Backup.make()
    truth.put("s-1", b"after the backup")
    truth.save("s-1")
    truth.put("s-2", b"also after the backup")
    truth.save("s-2")
    truth.delete(doomed)
    truth.put("s-3", b"in a new session")
    truth.save("s-3")
    truth.put("s-1", b"live")
    databases = {"empty": empty, "other": other, "old": old}
    known = frozenset(truth.contents)
    return Scene(truth, early, known, Backup.make(), databases)


def _other_deployment(settings: Any, folder: Any) -> Backup:
    """Make a database whose artifacts rest elsewhere."""
    places = {
        alias: {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(folder / "other" / alias)},
        }
        for alias in ("default", "live")
    }
    with override_settings(STORAGES={**settings.STORAGES, **places}):
        for session in SESSIONS:
            put(session, b"of another deployment")
            call_command("save_idle_sessions", idle=0)
            put(session, b"of another deployment, live")
        return Backup.make()


def put(session: str, content: bytes) -> FileArtifact:
    user, _ = User.objects.get_or_create(username="alice")
    return services.put(
        user=user,
        namespace=NamespaceRef(NamespaceKind.SESSION, session),
        content=BytesIO(content),
        filename="sample.bin",
    )


def _sweep(scene: Scene) -> None:
    call_command("save_idle_sessions", idle=0)


def _save(scene: Scene) -> None:
    for namespace in Namespace.objects.all():
        with contextlib.suppress(*REFUSALS):
            services.save_namespace(namespace)


def _put(scene: Scene) -> None:
    for session in SESSIONS:
        with contextlib.suppress(*REFUSALS):
            scene.truth.put(session, b"put into this database")


def _put_and_sweep(scene: Scene) -> None:
    _put(scene)
    _sweep(scene)


def _delete(scene: Scene) -> None:
    for artifact in FileArtifact.objects.filter(pk=scene.early.pk):
        scene.truth.delete(artifact)
    for artifact in FileArtifact.objects.exclude(pk__in=scene.truth.contents):
        services.delete(artifact)


def _verify(scene: Scene) -> None:
    call_command("verify_artifacts", repair=True)


def _rebuild(scene: Scene) -> None:
    call_command("rebuild_from_manifests")


ACTIONS: dict[str, Callable[[Scene], None]] = {
    "sweep": _sweep,
    "save": _save,
    "put": _put,
    "put and sweep": _put_and_sweep,
    "delete": _delete,
    "verify": _verify,
    "rebuild": _rebuild,
}


@pytest.fixture(params=["empty", "other", "old"])
def database(request: pytest.FixtureRequest, scene: Scene) -> None:
    """Let the service find the wrong database."""
    scene.databases[request.param].restore()


@pytest.fixture(params=ACTIONS)
def action(request: pytest.FixtureRequest, scene: Scene, database: None) -> None:
    """Let something happen there; the service may refuse to do it."""
    with contextlib.suppress(*REFUSALS):
        ACTIONS[request.param](scene)


@pytest.fixture(autouse=True)
def quiet(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    yield
    capsys.readouterr()


def test_right_database__has_everything_again(scene: Scene, action: None) -> None:
    scene.right.restore()
    scene.truth.check(scene.known)
    with contextlib.suppress(CommandError):
        call_command("verify_artifacts", repair=True)
    scene.truth.check(scene.known)


def test_manifests__give_everything_back(scene: Scene, action: None) -> None:
    try:
        call_command("rebuild_from_manifests")
    except CommandError:  # a session was begun anew, say: the wrong database goes
        scene.databases["empty"].restore()
        with contextlib.suppress(CommandError):
            call_command("rebuild_from_manifests")
    scene.truth.check(scene.truth.saved)
    for session in SESSIONS:
        with contextlib.suppress(*REFUSALS):
            scene.truth.put(session, b"put after all")
    assert scene.truth.twice == []
