"""Each store that takes part, new and empty."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from artifacts.stores.object_store import ObjectStore
from tests.stores.places import NAMES, WITH_SERVERS, empty, make_store

collect_ignore = [f"test_{name}.py" for name in WITH_SERVERS if name not in NAMES]


@pytest.fixture(params=NAMES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    store = make_store(request.param, tmp_path)
    yield store
    if request.param in WITH_SERVERS:
        empty(store)


@pytest.fixture(params=[name for name in NAMES if name != "memory"])
def whole(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ObjectStore]:
    """A store with guarantees: all but Django's memory, which is for trying things."""
    store = make_store(request.param, tmp_path)
    yield store
    if request.param in WITH_SERVERS:
        empty(store)
