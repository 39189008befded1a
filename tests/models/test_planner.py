from __future__ import annotations

import pytest
from django.db import connection

from artifacts.models import FileArtifact, Namespace, planner

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.needs("sqlite"),
]


def statistics() -> dict[str, list[int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT idx, stat FROM sqlite_stat1 WHERE tbl LIKE 'artifacts%'")
        return {index: [*map(int, stat.split())] for index, stat in cursor.fetchall()}


def test_assume_large_tables__each_index_has_its_line() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_stat1")
    planner.assume_large_tables(using="default")
    planner.assume_large_tables(using="default")
    found = statistics()
    assert found["artifact_newest"] == [1_000_000, 100_000, 1, 1]
    assert found["artifact_within"] == [1_000_000, 10, 1, 1]
    indexes = {
        index.name
        for model in (FileArtifact, Namespace)
        for index in model._meta.indexes
    }
    assert indexes <= set(found)


def test_assume_large_tables__fewer_with_every_column() -> None:
    for numbers in statistics().values():
        assert numbers == sorted(numbers, reverse=True)
        assert numbers[-1] >= 1
