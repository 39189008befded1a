from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone

from artifacts import stores
from artifacts.services.pace import Pace
from artifacts.services.trash import empty_trash, in_trash, set_aside


def test_set_aside__twice_on_one_day_keeps_both(db: None) -> None:
    for content in (b"one", b"two"):
        stores.persisted().place("manifests/a.json", BytesIO(content))
        set_aside(stores.persisted(), "manifests/a.json")
    former = sorted(key for key, _, _ in in_trash())
    assert former == ["manifests/a.json", "manifests/a.json.1"]


def test_empty_trash__leaves_what_has_no_day(db: None) -> None:
    stores.live().place("trash/by hand/a", BytesIO(b"x"))
    assert empty_trash(timezone.now() + timedelta(days=99)) == 0


def test_pace__waits_as_long_as_the_rate_asks_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("artifacts.services.pace.time.sleep", waits.append)
    pace = Pace(bytes_per_second=1000)
    pace.count(500_000)
    Pace().count(500_000)  # without a bound
    (wait,) = waits
    assert 0 < wait <= 500
    assert pace.bytes_read == 500_000
