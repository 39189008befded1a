from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from artifacts.models import AccessToken, FileArtifact
from tests.media import FILES

LIST = "/admin/artifacts/fileartifact/"
Put = Callable[..., FileArtifact]


def test_list__pictures_are_drawn(admin_page: Page, put: Put) -> None:
    put("png")
    admin_page.goto(LIST)

    width = admin_page.locator("#result_list img.pa-picture").evaluate(
        "async image => { await image.decode(); return image.naturalWidth }"
    )

    assert width == 96


@pytest.mark.parametrize("width", [1280, 1024])
def test_list__fits_the_window(admin_page: Page, put: Put, width: int) -> None:
    put("png", filename="a long name that an agent could well have made up.png")
    admin_page.set_viewport_size({"width": width, "height": 800})
    admin_page.goto(LIST)

    spare = admin_page.locator(".results").evaluate(
        "table => table.clientWidth - table.scrollWidth"
    )

    assert spare >= 0


def test_owner_filter__finds_users_by_name(admin_page: Page, put: Put) -> None:
    put("png", filename="fox.png")
    admin_page.goto(f"{LIST}?kind__exact=img")

    admin_page.click(".pa-filter .select2-selection")
    admin_page.fill(".select2-search__field", "ali")
    admin_page.click(".select2-results__option >> text=alice")
    admin_page.click(".pa-filter button")

    admin_page.wait_for_url("**user__id__exact=**")
    assert "kind__exact=img" in admin_page.url
    expect(admin_page.locator(".field-named")).to_contain_text("fox.png")


def test_upload__then_look_download_and_delete(
    admin_page: Page, tmp_path: Path
) -> None:
    admin_page.goto(f"{LIST}add/")
    picture: FilePayload = {
        "name": "fox.png",
        "mimeType": "image/png",
        "buffer": FILES["png"](),
    }
    admin_page.set_input_files("#id_file", picture)
    admin_page.fill("#id_external_id", "s-9")
    admin_page.click("input[name=_save]")
    expect(admin_page.locator(".messagelist")).to_contain_text("Stored")

    # The image itself, through a page that may run nothing.
    shown = admin_page.locator(".pa-large img")
    assert "/content/?inline" in str(shown.get_attribute("src"))
    assert shown.evaluate("async image => { await image.decode(); return image.width }")

    with admin_page.expect_download() as download:
        admin_page.click("text=Download")
    download.value.save_as(tmp_path / "fox.png")
    assert (tmp_path / "fox.png").read_bytes() == FILES["png"]()

    admin_page.click("text=Save its session")
    expect(admin_page.locator(".messagelist")).to_contain_text("Saved 1 session.")
    admin_page.click("a.deletelink")
    admin_page.click("text=Yes")
    expect(admin_page.locator(".messagelist")).to_contain_text("Deleted")
    assert not FileArtifact.objects.exists()


def test_upload__too_large__is_said_on_the_page(
    admin_page: Page, settings: Any
) -> None:
    settings.ARTIFACTS_MAX_BYTES = 100_000
    admin_page.goto(f"{LIST}add/")
    expect(admin_page.locator("#id_file_helptext")).to_contain_text("At most 97.7")
    large: FilePayload = {
        "name": "large.bin",
        "mimeType": "application/octet-stream",
        "buffer": bytes(20_000_000),
    }
    admin_page.set_input_files("#id_file", large)
    admin_page.fill("#id_external_id", "s-9")
    admin_page.click("input[name=_save]")

    error = "An artifact has at most 100000 bytes."
    expect(admin_page.locator(".errorlist")).to_contain_text(error)


def test_token__issued_then_revoked(admin_page: Page) -> None:
    admin_page.goto("/admin/artifacts/accesstoken/add/")
    admin_page.fill("#id_name", "laptop")
    admin_page.click("input[name=_save]")
    secret = admin_page.inner_text("#secret")
    token = AccessToken.objects.find(secret)
    assert token is not None

    admin_page.click("#secret")
    assert admin_page.evaluate("getSelection().toString()").strip() == secret

    admin_page.click("text=I have copied it")
    assert secret not in admin_page.content()
    admin_page.check(".action-select")
    admin_page.select_option("select[name=action]", "revoke")
    admin_page.click("button[name=index]")
    expect(admin_page.locator(".messagelist")).to_contain_text("Revoked 1 token.")
    token.refresh_from_db()
    assert token.state == "revoked"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page__opens_without_errors(
    admin_page: Page, put: Put, scheme: str
) -> None:
    admin_page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    artifact = put("url")
    _, namespace = artifact, artifact.namespace
    for path in (
        "",
        "artifacts/",
        f"artifacts/fileartifact/{artifact.pk}/change/",
        f"artifacts/fileartifact/{artifact.pk}/history/",
        "artifacts/namespace/",
        f"artifacts/namespace/{namespace.pk}/change/",
        "artifacts/accesstoken/",
        "auth/user/",
    ):
        response = admin_page.goto(f"/admin/{path}")
        assert response is not None
        assert response.status == 200
