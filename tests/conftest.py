"""Fixtures that most tests share: isolated stores, users, tokens, clients."""

from __future__ import annotations

import functools
import os
import secrets
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache  # noqa: TID251 - throttles count there
from django.db import connection
from django.test import override_settings
from rest_framework.test import APIClient

from artifacts import services, stores
from artifacts.models import AccessToken, FileArtifact
from artifacts.models.installation import end_generation
from artifacts.refs import NamespaceKind, NamespaceRef
from paradigm.storages import storage
from tests.media import FILES
from tests.stores.places import empty

collect_ignore = [] if os.environ.get("ARTIFACTS_TEST_CORPUS") else ["test_corpus.py"]


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes by their number: their times differ from one process to the next."""
    return f"{len(val)}-bytes" if isinstance(val, bytes) else None


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out what this run has no servers for; another pass of CI has them."""
    chosen = [item for item in items if not _missing(item)]
    if len(chosen) < len(items):
        config.hook.pytest_deselected(items=[i for i in items if i not in chosen])
        items[:] = chosen


def _missing(item: pytest.Item) -> set[str]:
    needed = {str(name) for mark in item.iter_markers("needs") for name in mark.args}
    return {name for name in needed if not _has(name)}


@functools.cache
def _has(name: str) -> bool:
    match name:
        case "sqlite" | "postgresql":
            return connection.vendor == name
        case "redis" | "s3":
            return name in os.environ.get("ARTIFACTS_TEST_STORES", "").split(",")
        case "mount":
            with tempfile.TemporaryDirectory() as folder:
                done = subprocess.run(
                    ["mount", "--bind", folder, folder], capture_output=True
                )
                if done.returncode == 0:
                    subprocess.run(["umount", folder], check=True)
            return done.returncode == 0
    raise ValueError(name)


@pytest.fixture(scope="session")
def root() -> Iterator[str]:
    """Name the folder of this run on a store's server; at its end all in it is deleted."""
    root = f"test-{secrets.token_hex(6)}"
    yield root
    with override_settings(STORAGES=_stores(Path(os.devnull), root)):
        for store in (stores.live(), stores.persisted()):
            if store.path("") is None:  # a disk's goes with tmp_path
                empty(store)


@pytest.fixture(autouse=True)
def isolated_stores(settings: Any, tmp_path: Path, root: str) -> Iterator[None]:
    """Give each test empty stores: of the configured kind, in a place of its own."""
    settings.WHITENOISE_AUTOREFRESH = True  # else each client scans the static files
    settings.TASKS = {
        "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}
    }
    settings.ARTIFACTS_STAGING_DIR = tmp_path / "staging"
    settings.STORAGES = _stores(tmp_path, f"{root}/{secrets.token_hex(6)}")
    end_generation()  # each test is a process of its own to its database
    yield
    cache.clear()


def _stores(folder: Path, place: str) -> dict[str, Any]:
    entries: dict[str, Any] = settings.STORAGES
    return {
        **entries,
        "default": _in_place(entries["default"], folder / "persisted", place),
        "live": _in_place(entries["live"], folder / "live", place),
    }


def _in_place(entry: dict[str, Any], folder: Path, place: str) -> dict[str, Any]:
    backend, options = entry["BACKEND"], dict(entry.get("OPTIONS", {}))
    if backend.endswith("FileSystemStorage"):
        return storage(f"file://{folder}", data_dir=folder, folder="")
    if backend.endswith("RedisStorage"):
        options["prefix"] = place
    elif "s3" in backend or "gcloud" in backend:
        options["location"] = place
    return {**entry, "OPTIONS": options}


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("alice")


@pytest.fixture
def other_user(db: None) -> User:
    return User.objects.create_user("bob")


def bearer(user: User, scope: str = "write") -> APIClient:
    """A client that sends a new token of this user."""
    _, secret = AccessToken.objects.issue(user=user, days=1, scope=scope)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


@pytest.fixture
def api(user: User) -> APIClient:
    return bearer(user)


@pytest.fixture
def other_api(other_user: User) -> APIClient:
    return bearer(other_user)


@pytest.fixture
def session() -> NamespaceRef:
    return NamespaceRef(NamespaceKind.SESSION, "s-1")


@pytest.fixture
def put(user: User, session: NamespaceRef) -> Callable[..., FileArtifact]:
    """Put a file made in memory, by its extension or its bytes."""

    def put(
        content: bytes | str = "png",
        *,
        filename: str = "",
        namespace: NamespaceRef = session,
        owner: User = user,
    ) -> FileArtifact:
        if isinstance(content, str):
            filename = filename or f"sample.{content}"
            content = FILES[content]()
        return services.put(
            user=owner,
            namespace=namespace,
            content=BytesIO(content),
            filename=filename or "sample.bin",
        )

    return put
