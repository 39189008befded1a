from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from artifacts import stores
from artifacts.models import FileArtifact, Namespace
from artifacts.refs import NamespaceRef

LIST = "/admin/artifacts/namespace/"
Put = Callable[..., FileArtifact]


@pytest.fixture
def namespace(put: Put) -> Namespace:
    put(b"one", filename="a.txt")
    return put(b"three", filename="b.txt").namespace


def test_list__shows_counts(admin_client: Client, namespace: Namespace) -> None:
    page = admin_client.get(LIST).content.decode()

    of_it = f"/admin/artifacts/fileartifact/?namespace__id__exact={namespace.pk}"
    assert f'<a href="{of_it}">2 artifacts</a>' in page
    assert "2 live" in page
    assert 'title="8 bytes"' in page
    assert "never" in page


def test_list__many_rows__takes_few_queries(
    admin_client: Client, namespace: Namespace, django_assert_max_num_queries: Any
) -> None:
    owner = namespace.owner
    Namespace.objects.bulk_create(
        Namespace(owner=owner, kind="session", external_id=f"n-{number}")
        for number in range(99)
    )

    with django_assert_max_num_queries(10):
        page = admin_client.get(LIST)

    assert page.content.count(b"empty</span>") == 99


def test_search__by_id_and_owner(
    admin_client: Client, namespace: Namespace, put: Put, execution: NamespaceRef
) -> None:
    put("txt", namespace=execution)

    # With what follows it: an id of ours may happen to have these letters, too.
    assert b">e-9<" not in admin_client.get(f"{LIST}?q=s-1").content
    assert b">e-9<" in admin_client.get(f"{LIST}?q=ali").content


def test_save__says_how_many(admin_client: Client, namespace: Namespace) -> None:
    body = {"action": "save_namespaces", "_selected_action": [str(namespace.pk)]}

    page = admin_client.post(LIST, body, follow=True).content.decode()

    assert "Saved 1 namespace." in page
    assert "all saved" in page
    assert not FileArtifact.objects.filter(source="store").exists()
    assert LogEntry.objects.get().get_change_message() == "Saved."


def test_save__from_its_page__fails_with_the_reason(
    admin_client: Client, namespace: Namespace
) -> None:
    broken = namespace.artifacts_oldest_first[0]
    stores.live().delete(broken.storage_path)

    page = admin_client.post(
        f"{LIST}{namespace.pk}/perform/save_namespaces/", follow=True
    )

    messages = [str(message) for message in page.context["messages"]]
    missing = f"session s-1: The bytes of {broken.object_id} are missing."
    assert messages == [missing]


def test_page__is_read_only(admin_client: Client, namespace: Namespace) -> None:
    page = admin_client.get(f"{LIST}{namespace.pk}/change/").content.decode()

    assert "2 artifacts" in page
    assert "Save it" in page
    assert 'type="text"' not in page
    for path in ("add/", f"{namespace.pk}/delete/"):
        assert admin_client.get(f"{LIST}{path}").status_code == 403


def test_viewer__cannot_save(
    operator: Callable[..., Client], namespace: Namespace
) -> None:
    client = operator("view_namespace")

    assert b"Save it" not in client.get(f"{LIST}{namespace.pk}/change/").content
    response = client.post(f"{LIST}{namespace.pk}/perform/save_namespaces/")
    assert response.status_code == 404
