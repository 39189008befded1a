from __future__ import annotations

import importlib
import io

import pytest
from PIL import Image

from artifacts.thumbnails import worker
from artifacts.thumbnails.protocol import FORMATS, MODULES, Status
from artifacts.thumbnails.result import Reason, UndrawableError
from tests.thumbnails.pictures import png


class Failing(io.BytesIO):
    """A file of which reading fails as told."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def read(self, size: int | None = -1, /) -> bytes:
        raise self.error


@pytest.mark.parametrize("module", MODULES)
def test_modules__draw(module: str) -> None:
    assert callable(importlib.import_module(f"artifacts.thumbnails.{module}").draw)


def test_formats__none_in_two_modules() -> None:
    assert len(FORMATS) == sum(len(names.split()) for names in MODULES.values())


def test_formats__fit_into_a_request() -> None:
    assert max(len(name) for name in FORMATS) <= 8


def test_answer__picture() -> None:
    status, payload = worker.answer(io.BytesIO(png()), format="png")
    assert status is Status.PICTURE
    assert payload[:4] == b"RIFF"


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), Reason.OUT_OF_MEMORY),
        (Image.DecompressionBombError(), Reason.TOO_LARGE),
        (ModuleNotFoundError(), Reason.UNSUPPORTED),
        (UndrawableError(Reason.ENCRYPTED), Reason.ENCRYPTED),
        (OSError("cut short"), Reason.DAMAGED),
        (RecursionError(), Reason.DAMAGED),
        (ZeroDivisionError(), Reason.DAMAGED),
    ],
)
def test_answer__reason(error: Exception, reason: Reason) -> None:
    assert worker.answer(Failing(error), format="svg") == (
        Status.REASON,
        reason.value.encode(),
    )


def test_answer__fault_of_a_decoder(caplog: pytest.LogCaptureFixture) -> None:
    status, _ = worker.answer(Failing(TypeError("of ours")), format="svg")
    assert status is Status.BUG
    assert "of ours" in caplog.text
