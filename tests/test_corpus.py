"""Files that other people made, where a folder of them is named: `make test CORPUS=…`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from artifacts.models import FileArtifact
from artifacts.refs import ArtifactKind
from artifacts.thumbnails.result import MAX_BYTES, Reason

CORPUS = Path(os.environ["ARTIFACTS_TEST_CORPUS"])
KINDS = {
    "images": {ArtifactKind.IMAGE},
    "orientation": {ArtifactKind.IMAGE},
    "hostile": {ArtifactKind.IMAGE},
    "documents": {ArtifactKind.DOCUMENT},
    "video": {ArtifactKind.VIDEO, ArtifactKind.IMAGE},
}
"""By folder, where all of its files are of one kind."""


def files() -> list[Path]:
    return [path for path in sorted(CORPUS.rglob("*")) if path.is_file()]


@pytest.mark.parametrize("path", files(), ids=str)
def test_corpus__comes_back_whole_with_a_picture_or_a_reason(
    path: Path, api: APIClient
) -> None:
    with path.open("rb") as file:
        response = api.post("/v1/artifacts", {"file": file, "session_id": "corpus"})
    assert response.status_code == 201
    put = response.json()
    assert put["filename"] == path.name

    query = {"session_id": "corpus", "object_id": put["object_id"]}
    content: Any = api.get("/v1/artifacts", query)
    assert b"".join(content.streaming_content) == path.read_bytes()

    artifact = FileArtifact.objects.get()
    assert artifact.kind in KINDS.get(path.parent.name, set(ArtifactKind))
    assert len(artifact.thumbnail) <= MAX_BYTES
    if artifact.thumbnail_reason:
        assert artifact.thumbnail == b""
        assert artifact.thumbnail_reason in set(Reason)
    else:
        assert artifact.thumbnail[8:12] == b"WEBP"


@pytest.mark.parametrize("path", files(), ids=str)
def test_corpus__wrong_name_changes_nothing_but_text(
    path: Path, api: APIClient
) -> None:
    kinds = set()
    for name in ("x", "x.png", "x.mp4"):
        with path.open("rb") as file:
            data = {"file": file, "session_id": "corpus", "filename": name}
            kinds.add(api.post("/v1/artifacts", data).json()["mime_type"])
    assert len(kinds) == 1
