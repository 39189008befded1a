from __future__ import annotations

from collections.abc import Callable

import pytest

from artifacts.admin.search import search
from artifacts.models import FileArtifact
from artifacts.refs import NamespaceKind, NamespaceRef

Put = Callable[..., FileArtifact]


@pytest.fixture
def fox(put: Put) -> FileArtifact:
    elsewhere = NamespaceRef(NamespaceKind.SESSION, "chat-77")
    put("txt", filename="Red Fox report.txt", namespace=elsewhere)
    put("png", filename="other.png")
    return FileArtifact.objects.get(kind="doc")


def found(text: str) -> list[str]:
    names = search(FileArtifact.objects.all(), text).values_list("filename", flat=True)
    return sorted(names)


@pytest.mark.parametrize("text", ["red fox", "REPORT", "chat-7", "report chat-77"])
def test_search__words__must_all_match(fox: FileArtifact, text: str) -> None:
    assert found(text) == [fox.filename]


@pytest.mark.parametrize("text", ["fox other", "chat-78", "doc_zzzzzz", "abcdefabcdef"])
def test_search__no_match__finds_nothing(fox: FileArtifact, text: str) -> None:
    assert found(text) == []


def test_search__identifiers__find_their_artifact(fox: FileArtifact) -> None:
    texts = (
        fox.object_id,
        fox.object_id[:7],
        fox.sha256,
        fox.sha256[:6].upper(),
        str(fox.pk),
        fox.pk.hex,
    )

    assert [found(text) for text in texts] == [[fox.filename]] * len(texts)


def test_search__few_digits__are_no_digest(fox: FileArtifact) -> None:
    assert found(fox.sha256[:5]) == []


def test_search__nothing__finds_all(fox: FileArtifact) -> None:
    assert len(found(" ")) == 2
