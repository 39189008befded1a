from __future__ import annotations

import dataclasses
import json

import pytest

from artifacts.stores.manifest import (
    FORMAT,
    Entry,
    Manifest,
    manifest_keys,
    read_manifest_head,
)
from artifacts.stores.object_store import ObjectStore
from tests.stores.sources import read_all

ENTRY = Entry(
    id="0197c9a5-0000-7000-8000-000000000001",
    object_id="img_a1b2c3",
    kind="img",
    filename="fünf 🎈.png",
    storage_path="artifacts/01/0197c9a50000700080000000000001",
    bytes=3,
    mime_type="image/png",
    sha256="ab" * 32,
    created_at="2026-11-20T12:00:00+00:00",
)
MANIFEST = Manifest(
    id="0197c9a5-0000-7000-8000-000000000000",
    owner="alice",
    kind="session",
    external_id="s-1",
    sequence=7,
    created_at="2026-11-20T11:00:00+00:00",
    artifacts=(ENTRY, dataclasses.replace(ENTRY, object_id="img_d4e5f6")),
)


def test_manifest__read_as_it_was_written(store: ObjectStore) -> None:
    MANIFEST.write(store)
    assert Manifest.read(store, MANIFEST.key) == MANIFEST


def test_manifest__written_again(store: ObjectStore) -> None:
    MANIFEST.write(store)
    later = dataclasses.replace(MANIFEST, artifacts=(), sequence=8)
    later.write(store)
    assert Manifest.read(store, MANIFEST.key) == later


def test_manifest__is_json_that_people_can_read(store: ObjectStore) -> None:
    MANIFEST.write(store)
    text = read_all(store, MANIFEST.key).decode()
    assert "fünf 🎈.png" in text
    assert json.loads(text)["format"] == FORMAT


def test_manifest__missing(store: ObjectStore) -> None:
    with pytest.raises(FileNotFoundError):
        Manifest.read(store, MANIFEST.key)


def test_manifest_keys__are_those_of_all_manifests(store: ObjectStore) -> None:
    other = dataclasses.replace(MANIFEST, id="0197c9a5-0000-7000-8000-000000000002")
    MANIFEST.write(store)
    other.write(store)
    store.replace("manifests/notes.txt", b"no manifest")
    assert sorted(manifest_keys(store)) == [MANIFEST.key, other.key]


def document() -> dict[str, object]:
    parsed: dict[str, object] = json.loads(json.dumps(dataclasses.asdict(MANIFEST)))
    return parsed


@pytest.mark.parametrize(
    "change",
    [
        {"format": FORMAT + 1},
        {"format": None},
        {"artifacts": None},
        {"artifacts": [{}]},
        {"unknown": 1},
    ],
)
def test_parse__not_a_manifest(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"[Mm]anifest"):
        Manifest.parse({**document(), **change})


@pytest.mark.parametrize("missing", ["format", "artifacts", "owner"])
def test_parse__something_is_missing(missing: str) -> None:
    incomplete = document()
    del incomplete[missing]
    with pytest.raises(ValueError, match="Not a manifest"):
        Manifest.parse(incomplete)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff\xfe\xfd"])
def test_read__not_a_manifest(store: ObjectStore, text: bytes) -> None:
    store.replace(MANIFEST.key, text)
    with pytest.raises(ValueError, match=r"manifest|Expecting|decode"):
        Manifest.read(store, MANIFEST.key)


def test_read_head__of_both_formats(store: ObjectStore) -> None:
    assert read_manifest_head(store, MANIFEST.key) is None
    newer = dataclasses.replace(MANIFEST, revision=5)
    newer.write(store)
    head = read_manifest_head(store, MANIFEST.key)
    assert head is not None
    assert (head.revision, head.sequence) == (5, 7)
    former = {**document(), "format": 1}
    for name in ("revision", "generation", "unreadable"):
        del former[name]
    store.replace(MANIFEST.key, json.dumps(former, indent=1).encode())
    head = read_manifest_head(store, MANIFEST.key)
    assert head is not None
    assert (head.revision, head.sequence) == (0, 7)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b'{"artifacts": []}',
        b'{"sequence": "1", "artifacts": []}',
        b'x"artifacts":',
    ],
)
def test_read_head__not_a_manifest(store: ObjectStore, text: bytes) -> None:
    store.replace(MANIFEST.key, text)
    with pytest.raises(ValueError, match="Not a manifest"):
        read_manifest_head(store, MANIFEST.key)


def test_read__nested_too_deep(store: ObjectStore) -> None:
    store.replace(MANIFEST.key, b"[" * 100_000)
    with pytest.raises(ValueError, match="nested"):
        Manifest.read(store, MANIFEST.key)
