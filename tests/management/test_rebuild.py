"""A lost database is had back from manifests of which some are damaged."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from artifacts import services, stores
from artifacts.models import FileArtifact, Namespace
from artifacts.refs import NamespaceKind, NamespaceRef
from artifacts.services.findings import Fault
from artifacts.services.rebuild import rebuild
from artifacts.services.verify import Verification

Put = Callable[..., FileArtifact]


@pytest.fixture
def saved(put: Put) -> dict[str, Any]:
    """Give the manifest of three, of whose database nothing is left but another's."""
    first = put(b"one")
    put(b"two")
    put(b"three")
    services.save_namespace(first.namespace)
    other = NamespaceRef(NamespaceKind.EXECUTION, "e-1")
    services.save_namespace(put(b"four", namespace=other).namespace)
    FileArtifact.objects.all().delete()
    Namespace.objects.all().delete()
    User.objects.all().delete()
    key = f"manifests/{first.namespace_id}.json"
    with closing(stores.persisted().open(key)) as content:
        document: dict[str, Any] = json.loads(content.read(1_000_000))
    return document


def write(document: dict[str, Any]) -> str:
    key = f"manifests/{document['id']}.json"
    text = json.dumps(document)
    # A manifest's own id may be what is damaged.
    found = [stat.key for stat in stores.persisted().list("manifests")]
    if key not in found:
        key = "manifests/damaged.json"
    stores.persisted().replace(key, text.encode())
    return key


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ({"created_at": "yesterday"}, "yesterday"),
        ({"created_at": "2026-11-20T12:00:00"}, "no offset"),
        ({"created_at": "0001-01-01T00:00:00+14:00"}, "out of range"),
        ({"id": "nope"}, "badly formed"),
        ({"kind": "zzz"}, "'zzz' is not a valid ArtifactKind"),
        ({"filename": None}, "filename is None"),
        ({"filename": "x" * 256}, "filename: This has to have"),
        ({"filename": "\ud800"}, "filename: This has a char"),
        ({"mime_type": "x" * 128}, "mime_type: Ensure"),
        ({"bytes": True}, "bytes is True"),
        ({"kind": "img"}, "An object of kind img"),
        ({"object_id": "doc-1"}, "object_id: An object id is"),
        ({"sha256": ""}, "sha256: This has to have"),
        ({"bytes": -1}, "less than none"),
        ({"bytes": 10**30}, "bytes: Ensure"),
        ({"storage_path": "../../x"}, "is not the place of"),
        ({"storage_path": "/etc/passwd"}, "is not the place of"),
        ({"unknown": 1}, "unknown"),
    ],
)
@pytest.mark.parametrize("queue", ["", "memory://"])
def test_rebuild__bad_entry_costs_no_other_its_place(
    saved: dict[str, Any],
    damage: dict[str, Any],
    reason: str,
    queue: str,
    settings: Any,
) -> None:
    settings.ARTIFACTS_THUMBNAIL_QUEUE = queue
    bad = saved["artifacts"][1]
    bad |= damage
    key = write(saved)

    outcomes = {outcome.namespace: outcome for outcome in rebuild()}

    assert {place: outcome.added for place, outcome in outcomes.items()} == {
        "session s-1 of alice": 2,
        "execution e-1 of alice": 1,
    }
    error = outcomes["session s-1 of alice"].error
    assert error.startswith(f"{key}: ")
    assert reason in error
    assert "\n" not in error
    assert [outcome.added for outcome in rebuild()] == [0, 0]
    good = [entry["object_id"] for entry in saved["artifacts"] if entry is not bad]
    rows = FileArtifact.objects.filter(namespace=saved["id"])
    assert sorted(rows.values_list("object_id", flat=True)) == sorted(good)


@pytest.mark.parametrize("name", ["object_id", "id"])
def test_rebuild__the_same_twice(saved: dict[str, Any], name: str) -> None:
    first, second, _ = saved["artifacts"]
    second[name] = first[name]
    write(saved)

    errors = [outcome.error for outcome in rebuild()]

    assert sorted(map(bool, errors)) == [False, True]
    assert FileArtifact.objects.count() == 3
    assert not FileArtifact.objects.filter(sha256=second["sha256"]).exists()


@pytest.mark.parametrize(
    "damage",
    [
        {"kind": "zzz"},
        {"id": "nope"},
        {"id": None},
        {"owner": ""},
        {"owner": None},
        {"external_id": None},
        {"external_id": "a\nb"},
        {"sequence": -1},
        {"sequence": 10**30},
        {"created_at": "yesterday"},
    ],
)
def test_rebuild__bad_namespace_leaves_nothing_half_written(
    saved: dict[str, Any], damage: dict[str, Any]
) -> None:
    stores.persisted().delete(f"manifests/{saved['id']}.json")
    key = write({**saved, "owner": "nobody else", **damage})

    outcomes = {outcome.namespace: outcome for outcome in rebuild()}

    assert outcomes[key].error
    assert outcomes["execution e-1 of alice"].added == 1
    assert (Namespace.objects.count(), FileArtifact.objects.count()) == (1, 1)
    assert list(User.objects.values_list("username", flat=True)) == ["alice"]


def test_rebuild_from_manifests__says_what_is_bad_and_fails(
    saved: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    saved["artifacts"][0]["filename"] = None
    key = write(saved)

    with pytest.raises(CommandError, match="1 manifests"):
        call_command("rebuild_from_manifests")

    said = f"session s-1 of alice: 2 added; {key}: entry 1: filename is None\n"
    assert said in capsys.readouterr().out


def test_verify__bad_entry_is_a_stale_manifest(put: Put) -> None:
    services.save_namespace(put(b"one").namespace)
    namespace = Namespace.objects.get()
    key = f"manifests/{namespace.pk}.json"
    with closing(stores.persisted().open(key)) as content:
        document = json.loads(content.read(1_000_000))
    document["artifacts"].append({})
    stores.persisted().replace(key, json.dumps(document).encode())

    found = [finding.fault for finding in Verification(repair=True).run()]

    assert found == [Fault.STALE_MANIFEST]
    assert list(Verification().run()) == []
