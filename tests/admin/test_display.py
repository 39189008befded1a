from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils.html import format_html

from artifacts.admin import display
from artifacts.models import FileArtifact
from artifacts.refs import NamespaceKind, NamespaceRef
from tests.admin.conftest import LIST, page_of

Put = Callable[..., FileArtifact]
RTL = "\N{RIGHT-TO-LEFT OVERRIDE}"
WITHIN = "s[U+202E]1</bdi>"


@pytest.fixture
def artifact(put: Put) -> FileArtifact:
    """Give one whose name browsers showed as invoice_exe.pdf."""
    session = NamespaceRef(NamespaceKind.SESSION, f"s{RTL}1")
    return put(b"MZ", filename=f"invoice_{RTL}fdp.exe", namespace=session)


def shown(client: Client, path: str) -> str:
    """Give a page without what is only read aloud."""
    page = client.get(path).content.decode()
    return re.sub(r'aria-label="[^"]*"', "", page)


def test_list__of_artifacts__turns_no_text_around(
    admin_client: Client, artifact: FileArtifact
) -> None:
    page = shown(admin_client, f"{LIST}?namespace__id__exact={artifact.namespace_id}")

    assert "<bdi>invoice_[U+202E]fdp.exe</bdi>" in page
    assert WITHIN in page
    assert RTL not in page


def test_list__of_namespaces__turns_no_text_around(
    admin_client: Client, artifact: FileArtifact
) -> None:
    page = shown(admin_client, "/admin/artifacts/namespace/")

    assert WITHIN in page
    assert RTL not in page


def test_page__turns_no_text_around(
    admin_client: Client, artifact: FileArtifact
) -> None:
    page = shown(admin_client, page_of(artifact))

    assert "<bdi>invoice_[U+202E]fdp.exe</bdi>" in page
    assert f"<bdi>{artifact.object_id} (invoice_[U+202E]fdp.exe)</bdi>" in page
    assert WITHIN in page


@pytest.mark.parametrize("control", "\u061c\u200e\u200f\u202a\u202e\u2066\u2069")
def test_marked__every_control(control: str) -> None:
    assert display.marked(f"a{control}b") == f"a[U+{ord(control):04X}]b"


def test_name__is_escaped_once() -> None:
    assert display.name(f"<{RTL}>") == "<bdi>&lt;[U+202E]&gt;</bdi>"
    assert display.marked(format_html("<b>{}</b>", RTL)) == "<b>[U+202E]</b>"
    assert format_html("{}", display.marked("<b>")) == "&lt;b&gt;"
