"""The API's page for people, signed in by session."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import User
from django.test import Client

from artifacts.models import FileArtifact

Put = Callable[..., FileArtifact]
LIST = "/api/v3/artifacts"


@pytest.fixture
def person(user: User) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(user)
    return client


class _Text(HTMLParser):
    """Collects the text within the response box."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def shown_json(page: str) -> object:
    parser = _Text()
    parser.feed(page[page.index('<div class="response-info"') :])
    text = "".join(parser.text)
    start = text.index("\n\n{")
    return json.JSONDecoder().raw_decode(text[start:].strip())[0]


def test_artifact__shows_its_picture_and_the_json(person: Client, put: Put) -> None:
    artifact = put("png", filename="<i>fox</i>.png")

    page = person.get(f"{LIST}/{artifact.pk}").content.decode()

    assert f'src="data:image/webp;base64,{artifact.thumbnail_base64}"' in page
    assert "<i>fox" not in page
    assert f'href="{LIST}/{artifact.pk}/content"' in page
    assert f'href="{LIST}/{artifact.pk}/thumbnail"' in page
    as_json = person.get(
        f"{LIST}/{artifact.pk}", headers={"Accept": "application/json"}
    )
    assert shown_json(page) == as_json.json()


def test_artifact__without_picture__says_so(person: Client, put: Put) -> None:
    artifact = put("bin")

    page = person.get(f"{LIST}/{artifact.pk}").content.decode()

    assert "no picture" in page
    assert f"{LIST}/{artifact.pk}/thumbnail" not in page


def test_list__is_a_gallery_with_filters(person: Client, put: Put) -> None:
    image, other = put("png"), put("bin")

    page = person.get(LIST).content.decode()

    for artifact in (image, other):
        assert f'<a href="{LIST}/{artifact.pk}"' in page
    assert f"base64,{image.thumbnail_base64}" in page
    assert 'name="session_id"' in page
    assert f"{LIST}/{other.pk}" not in person.get(f"{LIST}?kind=img").content.decode()


def test_stranger__is_led_to_the_login(client: Client, db: None) -> None:
    response = client.get(LIST, headers={"Accept": "text/html"})

    assert response.status_code == 401
    assert b'href="/api-auth/login/?next=/api/v3/artifacts"' in response.content


def test_missing__is_a_page_too(person: Client) -> None:
    response = person.get(f"{LIST}/none")

    assert response.status_code == 404
    assert b"There is no such artifact." in response.content


@pytest.mark.parametrize("staff", [True, False])
def test_admin__is_linked_for_staff(person: Client, user: User, staff: bool) -> None:
    User.objects.filter(pk=user.pk).update(is_staff=staff)

    assert (b'href="/admin/"' in person.get(LIST).content) is staff
