from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command

from artifacts.models import AccessToken, FileArtifact
from artifacts.refs import ArtifactKind


def demo(capsys: pytest.CaptureFixture[str]) -> str:
    call_command("make_demo", "--url", "http://127.0.0.1:8123/")
    return capsys.readouterr().out


def test_make_demo__one_of_every_kind_and_what_to_paste(
    db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    out = demo(capsys)
    for external_id, source in (
        ("demo-session", "manifest"),
        ("demo-execution", "manifest"),
        ("demo-live", "store"),
    ):
        artifacts = FileArtifact.objects.filter(namespace__external_id=external_id)
        assert {artifact.kind for artifact in artifacts} == set(ArtifactKind)
        assert {artifact.source for artifact in artifacts} == {source}
        assert all(
            artifact.thumbnail_base64 for artifact in artifacts.exclude(kind="file")
        )
    match = re.search(r"TOKEN=(pat_\S+)", out)
    assert match is not None
    token = AccessToken.objects.find(match[1])
    assert token is not None
    assert token.user.username == "demo"
    passwords = dict(re.findall(r"user (\w+), password (\S+)", out))
    assert passwords.keys() == {"demo", "operator"}
    people = [
        authenticate(username=name, password=passwords[name]) for name in passwords
    ]
    assert [person and person.is_superuser for person in people] == [False, True]


def test_make_demo__a_second_time_changes_nothing(
    db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    demo(capsys)
    before = list(FileArtifact.objects.order_by("id").values())
    out = demo(capsys)
    assert list(FileArtifact.objects.order_by("id").values()) == before
    assert AccessToken.objects.count() == 1
    assert "manage.py create_token demo" in out
    assert "pat_" not in out


def test_make_demo__goes_on_where_it_was_cut_short(
    db: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(
            "artifacts.services.put_link",
            lambda **_: (_ for _ in ()).throw(KeyboardInterrupt),
        )
        with pytest.raises(KeyboardInterrupt):
            demo(capsys)
    demo(capsys)
    names = FileArtifact.objects.values_list("namespace__external_id", "filename")
    assert len(names) == len(set(names)) == 24


def test_make_demo__has_nothing_live_in_a_memory_that_ends_with_it(
    db: None, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = {**settings.STORAGES, "live": memory}
    demo(capsys)
    assert {artifact.source for artifact in FileArtifact.objects.all()} == {"manifest"}
