from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from artifacts import selectors
from artifacts.models import FileArtifact
from tests.admin.conftest import LIST
from tests.media import FILES

ADD = f"{LIST}add/"


@pytest.fixture
def form(user: User) -> dict[str, Any]:
    """Give a filled form, without what is put."""
    return {"namespace_kind": "execution", "external_id": "e-1", "owner": user.pk}


def png(name: str = "fox.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, FILES["png"](), "text/plain")


def errors(response: Any) -> dict[str, list[str]]:
    found = response.context["adminform"].form.errors
    return {name: list(messages) for name, messages in found.items()}


def test_form__begins_with_the_operator_as_owner(admin_client: Client) -> None:
    page = admin_client.get(ADD).content.decode()

    assert "Upload an artifact" in page
    assert "selected>admin</option>" in page
    assert 'enctype="multipart/form-data"' in page


def test_file__is_put_as_by_the_api(
    admin_client: Client, form: dict[str, Any], user: User
) -> None:
    response = admin_client.post(ADD, form | {"file": png()}, follow=True)

    artifact = FileArtifact.objects.get()
    assert response.request["PATH_INFO"] == f"{LIST}{artifact.pk}/change/"
    assert (artifact.user, artifact.filename) == (user, "fox.png")
    assert (artifact.kind, artifact.mime_type) == ("img", "image/png")
    assert str(artifact.namespace) == "execution e-1"
    assert artifact.thumbnail_base64
    reader = selectors.open_content(artifact)
    assert reader.read(artifact.bytes + 1) == FILES["png"]()
    reader.close()
    assert [str(said) for said in response.context["messages"]] == [
        f'Stored <a href="{LIST}{artifact.pk}/change/">{artifact}</a>.'
    ]
    assert LogEntry.objects.get().get_change_message() == "Uploaded."


def test_file__from_another_upload_handler__is_put(
    admin_client: Client, form: dict[str, Any], settings: Any
) -> None:
    settings.FILE_UPLOAD_HANDLERS = [
        "django.core.files.uploadhandler.MemoryFileUploadHandler"
    ]

    admin_client.post(ADD, form | {"file": png(), "filename": "cat.png"})

    assert FileArtifact.objects.get().filename == "cat.png"


def test_file__is_drawn_outside_of_any_transaction(
    admin_client: Client,
    form: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    transactional_db: None,
) -> None:
    seen: list[bool] = []
    draw = FileArtifact.draw_thumbnail

    def watched(artifact: FileArtifact, *args: Any) -> bool:
        seen.append(connection.in_atomic_block)
        return draw(artifact, *args)

    monkeypatch.setattr(FileArtifact, "draw_thumbnail", watched)

    admin_client.post(ADD, form | {"file": png()})

    assert seen == [False]


def test_link__is_put(admin_client: Client, form: dict[str, Any]) -> None:
    body = form | {"url": "https://example.com/a/report.pdf", "_addanother": "1"}

    response = admin_client.post(ADD, body)

    assert response["Location"] == ADD
    artifact = FileArtifact.objects.get()
    assert (artifact.kind, artifact.filename) == ("url", "report.pdf")


def test_identifier__is_kept_as_it_is(
    admin_client: Client, form: dict[str, Any]
) -> None:
    """The APIs keep its spaces: stripped, it named another session."""
    body = {"external_id": "  sp  ", "filename": " a.url ", "url": " https://a.b "}

    admin_client.post(ADD, form | body)

    artifact = FileArtifact.objects.get()
    assert artifact.namespace.external_id == "  sp  "
    assert artifact.filename == "a.url"


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({}, "file", "Give either a file or a link."),
        ({"url": "ftp://example.com"}, "url", "This is not an absolute http"),
        ({"url": "https://a.b", "filename": "a\tb"}, "filename", "This has a char"),
        ({"url": "https://a.b", "external_id": "a\tb"}, "external_id", "This has a"),
        ({"url": "https://a.b", "owner": 0}, "owner", "Select a valid choice"),
    ],
)
def test_bad_value__is_said_at_its_field(
    admin_client: Client,
    form: dict[str, Any],
    changes: dict[str, Any],
    field: str,
    message: str,
) -> None:
    response = admin_client.post(ADD, form | changes)

    assert list(errors(response)) == [field]
    assert errors(response)[field][0].startswith(message)
    assert not FileArtifact.objects.exists()


def test_both__are_refused(admin_client: Client, form: dict[str, Any]) -> None:
    body = form | {"file": png(), "url": "https://example.com"}

    response = admin_client.post(ADD, body)

    assert errors(response) == {"file": ["Give either a file or a link."]}


def test_too_large__is_said_in_the_form(
    admin_client: Client, form: dict[str, Any], settings: Any
) -> None:
    settings.ARTIFACTS_MAX_BYTES = 10

    response = admin_client.post(ADD, form | {"file": png()})

    assert errors(response) == {"file": ["An artifact has at most 10 bytes."]}


def test_store_is_away__is_said_in_the_form(
    admin_client: Client, form: dict[str, Any], settings: Any, tmp_path: Path
) -> None:
    blocked = tmp_path / "a file"
    blocked.write_bytes(b"")
    live = settings.STORAGES["live"]
    options = live["OPTIONS"] | {"location": str(blocked)}
    settings.STORAGES = {
        **settings.STORAGES,
        "live": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": options["location"]},
        },
    }

    response = admin_client.post(ADD, form | {"url": "https://example.com"})

    assert "The artifact was not stored" in errors(response)["__all__"][0]
    assert not FileArtifact.objects.exists()


def test_forged__is_refused(admin_user: User, form: dict[str, Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)

    assert client.post(ADD, form | {"file": png()}).status_code == 403
    assert not FileArtifact.objects.exists()


def test_without_permission__no_byte_is_received(
    operator: Callable[..., Client], form: dict[str, Any], settings: Any
) -> None:
    response = operator("view_fileartifact").post(ADD, form | {"file": png()})

    assert response.status_code == 403
    assert not Path(settings.ARTIFACTS_STAGING_DIR).exists()


def test_stranger__no_byte_is_received(
    client: Client, form: dict[str, Any], settings: Any
) -> None:
    response = client.post(ADD, form | {"file": png()})

    assert response["Location"] == f"/admin/login/?next={ADD}"
    assert not Path(settings.ARTIFACTS_STAGING_DIR).exists()
