from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from artifacts.models import FileArtifact
from artifacts.services import save_namespace
from tests.admin.conftest import LIST
from tests.media import FILES

Put = Callable[..., FileArtifact]


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_download__sends_the_bytes_as_an_attachment(
    operator: Callable[..., Client], put: Put
) -> None:
    artifact = put("html", filename="fox.html")

    response = operator("view_fileartifact").get(f"{LIST}{artifact.pk}/content/")

    assert body(response) == FILES["html"]()
    assert response["Content-Type"] == "text/html"
    assert response["Content-Length"] == str(artifact.bytes)
    assert response["Content-Disposition"] == 'attachment; filename="fox.html"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "no-store" in response["Cache-Control"]


def test_download__keeps_the_whole_name(admin_client: Client, put: Put) -> None:
    artifact = put("bin", filename="<b>a</b> 東京.bin")

    response = admin_client.get(f"{LIST}{artifact.pk}/content/")

    name = "%3Cb%3Ea%3C/b%3E%20%E6%9D%B1%E4%BA%AC.bin"
    assert response["Content-Disposition"] == f"attachment; filename*=utf-8''{name}"
    response.close()


def test_download__saved__reads_the_persisted_store(
    admin_client: Client, put: Put
) -> None:
    artifact = put("png")
    save_namespace(artifact.namespace)

    response = admin_client.get(f"{LIST}{artifact.pk}/content/")

    assert body(response) == FILES["png"]()


@pytest.mark.parametrize(
    ("extension", "disposition"), [("png", "inline"), ("svg", "attachment")]
)
def test_inline__only_for_passive_types(
    admin_client: Client, put: Put, extension: str, disposition: str
) -> None:
    artifact = put(extension)

    response = admin_client.get(f"{LIST}{artifact.pk}/content/?inline")

    assert response["Content-Disposition"].split(";")[0] == disposition
    response.close()


def test_download__missing_bytes__says_so_on_the_page(
    admin_client: Client, put: Put
) -> None:
    artifact = put("bin")
    FileArtifact.objects.update(storage_path="artifacts/00/none")

    page = admin_client.get(f"{LIST}{artifact.pk}/content/", follow=True)

    assert f"The bytes of {artifact.object_id} are missing." in page.content.decode()


def test_download__unknown__is_not_found(admin_client: Client) -> None:
    unknown = "00000000-0000-7000-8000-000000000000"

    assert admin_client.get(f"{LIST}{unknown}/content/").status_code == 404
