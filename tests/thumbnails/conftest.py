from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest


@pytest.fixture
def on_disk(tmp_path: Path) -> Iterator[Callable[[bytes], BinaryIO]]:
    opened: list[BinaryIO] = []

    def write(data: bytes) -> BinaryIO:
        path = tmp_path / str(len(opened))
        path.write_bytes(data)
        opened.append(path.open("rb"))
        return opened[-1]

    yield write
    for file in opened:
        file.close()
