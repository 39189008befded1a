"""Pages in a real browser: Debian's chromium, where `ARTIFACTS_TEST_BROWSER` is set.

Also run when this folder is named: `pytest tests/browser`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, Request, Response, sync_playwright
from pytest_django.live_server_helper import LiveServer

CHROMIUM = "/usr/bin/chromium"


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    named = any("tests/browser" in argument for argument in config.args)
    return None if named or os.environ.get("ARTIFACTS_TEST_BROWSER") else True


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread; the tests' queries do not use it.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture
def problems() -> list[str]:
    """Collects what no page may cause: errors, and requests to other hosts."""
    return []


@pytest.fixture
def page(
    browser: Browser, live_server: LiveServer, problems: list[str]
) -> Iterator[Page]:
    """A page whose test fails by any script error, failed or foreign request."""
    page = browser.new_page(base_url=live_server.url)
    own = (live_server.url, "data:", "blob:")

    def requested(request: Request) -> None:
        if not request.url.startswith(own):
            problems.append(f"asks {request.url}")

    def responded(response: Response) -> None:
        if response.status >= 400 and not response.url.endswith("/favicon.ico"):
            problems.append(f"{response.status} {response.url}")

    page.on("request", requested)
    page.on("response", responded)
    page.on("pageerror", lambda error: problems.append(f"{error}"))
    yield page
    page.close()
    assert problems == []


@pytest.fixture
def operator(live_server: LiveServer) -> User:
    return User.objects.create_superuser("operator", password="operator")


@pytest.fixture
def admin_page(page: Page, operator: User) -> Page:
    """A page of a signed-in operator, on the list of artifacts."""
    page.goto("/admin/login/?next=/admin/artifacts/fileartifact/")
    page.fill("#id_username", "operator")
    page.fill("#id_password", "operator")
    page.click("input[type=submit]")
    return page
