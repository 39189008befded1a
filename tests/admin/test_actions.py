from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from artifacts import stores
from artifacts.models import FileArtifact, Namespace
from artifacts.refs import NamespaceRef
from tests.admin.conftest import LIST, select

Put = Callable[..., FileArtifact]


def said(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_save_sessions__saves_each_once(
    admin_client: Client, put: Put, execution: NamespaceRef
) -> None:
    artifacts = put("txt"), put("csv"), put("txt", namespace=execution)
    unticked = put("json")

    response = admin_client.post(LIST, select("save_sessions", *artifacts), follow=True)

    assert said(response) == ["Saved 2 sessions."]
    unticked.refresh_from_db()
    assert unticked.source == "manifest"
    assert not FileArtifact.objects.filter(source="store").exists()


def test_save_sessions__one_fails__the_others_go_on(
    admin_client: Client, put: Put, execution: NamespaceRef
) -> None:
    broken, whole = put("txt"), put("txt", namespace=execution)
    stores.live().delete(broken.storage_path)

    body = select("save_sessions", broken, whole)
    response = admin_client.post(LIST, body, follow=True)

    missing = f"session s-1: The bytes of {broken.object_id} are missing."
    assert said(response) == [missing, "Saved 1 session."]
    whole.refresh_from_db()
    assert whole.source == "manifest"


def test_save_sessions__all_fail__claims_nothing(
    admin_client: Client, put: Put
) -> None:
    broken = put("txt")
    stores.live().delete(broken.storage_path)

    response = admin_client.post(LIST, select("save_sessions", broken), follow=True)

    missing = f"session s-1: The bytes of {broken.object_id} are missing."
    assert said(response) == [missing]


def test_redraw__says_what_came_of_it(admin_client: Client, put: Put) -> None:
    drawn, bare = put("png"), put("bin")
    FileArtifact.objects.update(thumbnail_base64="", thumbnail_reason="timeout")

    response = admin_client.post(LIST, select("redraw", drawn, bare), follow=True)

    counts = ["Drew 1 picture.", "1 artifact without a picture: unsupported."]
    assert said(response) == counts
    before = drawn.thumbnail_base64
    drawn.refresh_from_db()
    assert (drawn.thumbnail_base64, drawn.thumbnail_reason) == (before, "")


def test_redraw__many_fail__names_the_first_few(admin_client: Client, put: Put) -> None:
    artifacts = [put(b"%d" % number, filename="a.txt") for number in range(7)]
    for artifact in artifacts:
        stores.live().delete(artifact.storage_path)

    response = admin_client.post(LIST, select("redraw", *artifacts), follow=True)

    assert len(said(response)) == 6
    assert said(response)[-1] == "2 more failed; the log has them."


def test_delete_selected__asks_with_pictures_first(
    admin_client: Client, put: Put
) -> None:
    artifact = put("png")

    page = admin_client.post(LIST, select("delete_selected", artifact)).content.decode()

    assert "Are you sure" in page
    assert artifact.thumbnail_base64 in page
    assert FileArtifact.objects.count() == 1


def test_delete_selected__deletes_rows_and_bytes(
    admin_client: Client, put: Put, django_capture_on_commit_callbacks: Any
) -> None:
    gone, other, kept = put("png"), put("txt"), put("csv")

    with django_capture_on_commit_callbacks(execute=True):
        body = select("delete_selected", gone, other, post="yes")
        response = admin_client.post(LIST, body, follow=True)

    assert said(response) == ["Deleted 2 artifacts."]
    assert FileArtifact.objects.get() == kept
    for artifact in (gone, other):
        with pytest.raises(FileNotFoundError):
            stores.live().stat(artifact.storage_path)
    assert LogEntry.objects.filter(action_flag=3).count() == 2


def test_delete_page__deletes_through_the_service(
    admin_client: Client, put: Put, django_capture_on_commit_callbacks: Any
) -> None:
    artifact = put("png")
    url = f"{LIST}{artifact.pk}/delete/"
    assert artifact.thumbnail_base64 in admin_client.get(url).content.decode()

    with django_capture_on_commit_callbacks(execute=True):
        response = admin_client.post(url, {"post": "yes"}, follow=True)

    assert response.request["PATH_INFO"] == LIST
    assert said(response) == [f"Deleted {artifact}."]
    with pytest.raises(FileNotFoundError):
        stores.live().stat(artifact.storage_path)


def test_button__performs_on_one_artifact(
    operator: Callable[..., Client], put: Put
) -> None:
    artifact = put("png")
    client = operator("view_fileartifact", "change_fileartifact")

    url = f"{LIST}{artifact.pk}/perform/save_sessions/"
    page = client.post(url, follow=True)

    assert page.request["PATH_INFO"] == f"{LIST}{artifact.pk}/change/"
    assert said(page) == ["Saved 1 session."]
    assert Namespace.objects.get().saved_at is not None


@pytest.mark.parametrize("action", ["save_sessions", "delete_selected", "nothing"])
def test_button__not_offered__is_not_found(
    operator: Callable[..., Client], put: Put, action: str
) -> None:
    artifact = put("txt")
    client = operator("view_fileartifact", "delete_fileartifact")

    response = client.post(f"{LIST}{artifact.pk}/perform/{action}/")

    assert response.status_code == 404
    assert FileArtifact.objects.get().source == "store"


def test_button__get__is_refused(admin_client: Client, put: Put) -> None:
    url = f"{LIST}{put('txt').pk}/perform/redraw/"

    assert admin_client.get(url).status_code == 405


@pytest.mark.parametrize("action", ["redraw", "save_sessions", "delete_selected"])
def test_actions__without_permission__do_nothing(
    operator: Callable[..., Client], put: Put, action: str
) -> None:
    artifact = put("txt")

    body = select(action, artifact, post="yes")
    operator("view_fileartifact").post(LIST, body)

    assert FileArtifact.objects.get().source == "store"


@pytest.mark.parametrize("key", ["nope", "0197c9a5-0000-7000-8000-000000000000"])
@pytest.mark.parametrize("action", ["redraw", "save_sessions", "delete_selected"])
def test_actions__on_what_is_not_there__say_so(
    admin_client: Client, put: Put, action: str, key: str
) -> None:
    put("txt")

    body = {"action": action, "_selected_action": key, "post": "yes"}
    response = admin_client.post(LIST, body, follow=True)

    nothing = "Nothing was done: nothing was selected, or it is gone."
    assert said(response) == [nothing]
    assert FileArtifact.objects.get().source == "store"


@pytest.mark.parametrize("key", ["nope", "9" * 23])
def test_revoke__of_what_is_not_there__says_so(admin_client: Client, key: str) -> None:
    body = {"action": "revoke", "_selected_action": key}

    response = admin_client.post("/admin/artifacts/accesstoken/", body, follow=True)

    assert said(response)[0].startswith("Nothing was done")


def test_messages__name_what_fails_as_it_is(admin_client: Client, put: Put) -> None:
    artifact = put("txt", filename="a\N{RIGHT-TO-LEFT OVERRIDE}b.txt")
    stores.live().delete(artifact.storage_path)

    response = admin_client.post(LIST, select("redraw", artifact), follow=True)

    assert "(a[U+202E]b.txt)" in said(response)[0]
