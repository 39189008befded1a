"""Operators with exactly the permissions that a test is about."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from artifacts.models import FileArtifact
from artifacts.refs import NamespaceKind, NamespaceRef

LIST = "/admin/artifacts/fileartifact/"


@pytest.fixture
def operator(db: None) -> Callable[..., Client]:
    """Give a signed-in client of a member of staff with these permissions."""

    def operator(*codenames: str) -> Client:
        name = "-".join(("staff", *codenames))
        user = User.objects.create_user(name, is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        client = Client()
        client.force_login(user)
        return client

    return operator


@pytest.fixture
def execution() -> NamespaceRef:
    return NamespaceRef(NamespaceKind.EXECUTION, "e-9")


def page_of(artifact: FileArtifact) -> str:
    return f"{LIST}{artifact.pk}/change/"


def select(action: str, *artifacts: FileArtifact, **more: str) -> dict[str, object]:
    """Give the body with which the list performs `action` on the ticked rows."""
    ticked = [str(artifact.pk) for artifact in artifacts]
    return {"action": action, "_selected_action": ticked, **more}
