from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from artifacts.models import FileArtifact

Put = Callable[..., FileArtifact]


def test_person__signs_in_filters_and_looks(
    page: Page, user: User, put: Put, problems: list[str]
) -> None:
    user.set_password("alice")
    user.save()
    put("txt")
    image = put("png", filename="fox.png")

    page.goto("/api/v3/artifacts")
    assert [problem.split()[0] for problem in problems] == ["401"]
    problems.clear()
    page.click(".pa-login a")
    page.fill("[name=username]", "alice")
    page.fill("[name=password]", "alice")
    page.click("input[type=submit]")
    expect(page.locator(".pa-gallery li")).to_have_count(2)

    page.click("text=Filters")
    page.select_option("#filtersModal select[name=kind]", "img")
    page.click("#filtersModal button[type=submit]")
    expect(page.locator(".pa-gallery li")).to_have_count(1)

    page.click(".pa-gallery a")
    expect(page.locator(".pa-artifact")).to_contain_text("fox.png")
    # The long text is cut off for the eye alone.
    picture = page.locator(".response-info .str", has_text=image.thumbnail_base64)
    assert picture.evaluate("text => text.scrollWidth > text.clientWidth")


def test_docs__work_without_the_internet(page: Page, db: None) -> None:
    page.goto("/api/docs/")

    expect(page.locator(".opblock").first).to_be_visible()
