"""A process that dies while it places an object.

    python -m tests.stores.dying STORE FOLDER PLACE KEY SIZE

Dies when half of the object was read, without any cleaning up.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO, cast

from django.conf import settings

from tests.stores.places import make_store
from tests.stores.sources import GrowingSource


class DyingSource(GrowingSource):
    def read(self, size: int = -1, /) -> bytes:
        if self.tell() >= self.size // 2:
            os._exit(42)
        return super().read(size)


def main(name: str, folder: str, place: str, key: str, size: str) -> None:
    settings.configure(USE_TZ=True)
    store = make_store(name, Path(folder), place=place)
    store.place(key, cast("BinaryIO", DyingSource(int(size))))


if __name__ == "__main__":
    main(*sys.argv[1:])
