from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.checks import Tags, run_checks
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection

from artifacts.models import FileArtifact, Namespace, search_index
from artifacts.refs import NamespaceKind, NamespaceRef

Put = Callable[..., FileArtifact]
TABLE = "artifacts_fileartifact"
on_sqlite = pytest.mark.needs("sqlite")


def named_like(text: str) -> list[str]:
    found = FileArtifact.objects.named_like(text).values_list("filename", flat=True)
    return sorted(found)


@pytest.fixture
def names(put: Put) -> list[str]:
    names = ['Q1 "final" report.txt', "QUARTER.txt", "100%_done.txt", "größe*(1).txt"]
    for name in names:
        put(b"text", filename=name)
    return names


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1", [0, 2, 3]),
        ("q1", [0]),
        ("quarter", [1]),
        ('"FINAL"', [0]),
        ("%_d", [2]),
        ("%d", []),
        ("öße*(", [3]),
        (".tx_", []),
        ("re AND port", []),
        ("report.txt and more", []),
        ("port", [0]),
    ],
)
def test_contains__what_icontains_says(
    names: list[str], text: str, at: list[int]
) -> None:
    assert named_like(text) == sorted(names[index] for index in at)
    plain = FileArtifact.objects.filter(filename__icontains=text)
    assert sorted(plain.values_list("filename", flat=True)) == named_like(text)


def test_contains__common__asks_each_row(
    names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "MOST", 2)
    assert named_like(".txt") == sorted(names)
    assert "MATCH" not in str(FileArtifact.objects.named_like(".txt").query)


def test_index__follows_the_rows(names: list[str], put: Put) -> None:
    FileArtifact.objects.filter(filename="QUARTER.txt").update(filename="half.txt")
    assert named_like("quarter") == []
    assert named_like("half") == ["half.txt"]
    FileArtifact.objects.filter(filename="half.txt").delete()
    assert named_like("half") == []
    put(b"text", filename="half again.txt")
    assert named_like("half") == ["half again.txt"]


@on_sqlite
def test_index__remade_table__is_made_anew(names: list[str], put: Put) -> None:
    """Django's migrations remake a table of SQLite, and its triggers are gone."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {TABLE}_parts")
    put(b"text", filename="meanwhile.txt")
    assert named_like("meanwhile") == ["meanwhile.txt"]
    search_index.make_missing(using="default")
    assert named_like("meanwhile") == ["meanwhile.txt"]
    assert "MATCH" in str(FileArtifact.objects.named_like("meanwhile").query)
    assert named_like("quarter") == ["QUARTER.txt"]


@on_sqlite
def test_index__of_the_database__is_whole(names: list[str]) -> None:
    with connection.cursor() as cursor:
        for table in search_index.SEARCHED:
            cursor.execute(
                f"INSERT INTO {table}_parts ({table}_parts) VALUES ('integrity-check')"
            )
        cursor.execute("PRAGMA integrity_check")
        assert cursor.fetchall() == [("ok",)]


def test_make_missing__twice__changes_nothing(names: list[str]) -> None:
    for _ in range(2):
        search_index.make_missing(using="default")
        assert search_index.exists(TABLE, using="default")


def test_make_missing__where_it_may_not_be(
    names: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The service works on without, and says so."""
    kind = "INDEX" if connection.vendor == "postgresql" else "TRIGGER"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP {kind} {TABLE}_parts")
    monkeypatch.setattr(search_index, "_POSTGRESQL", "CREATE INDEX a ON nothing (a)")
    monkeypatch.setattr(search_index, "_SQLITE", ["CREATE VIRTUAL TABLE a USING no()"])
    search_index.make_missing(using="default")
    assert f"Parts of {TABLE}.filename have no index" in caplog.text
    found = run_checks(tags=[Tags.database], databases=["default"])
    assert [message.id for message in found] == ["artifacts.W020"]
    assert named_like("quarter") == ["QUARTER.txt"]


@pytest.mark.django_db
def test_check__nothing_is_missing() -> None:
    assert run_checks(tags=[Tags.database], databases=["default"]) == []
    assert run_checks(tags=[Tags.database]) == []


def test_begins__to_the_letter(put: Put) -> None:
    ids = {put(b"text", filename="a.txt").object_id for _ in range(3)}
    for object_id in ids:
        condition = search_index.begins("object_id", object_id[:-1], using="default")
        found = FileArtifact.objects.filter(condition)
        assert set(found.values_list("object_id", flat=True)) == {
            other for other in ids if other.startswith(object_id[:-1])
        }
        upper = search_index.begins("object_id", object_id.upper(), using="default")
        assert not FileArtifact.objects.filter(upper).exists()


def test_sessions__are_found_by_a_part(put: Put) -> None:
    put(b"text", namespace=NamespaceRef(NamespaceKind.SESSION, "Chat of 7 May"))
    found = search_index.contains(Namespace, "CHAT OF", using="default")
    assert Namespace.objects.filter(found).count() == 1


@pytest.mark.django_db
def test_migrate__makes_it() -> None:
    kind = "INDEX" if connection.vendor == "postgresql" else "TRIGGER"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP {kind} {TABLE}_parts")
    emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
    assert search_index.exists(TABLE, using="default")
