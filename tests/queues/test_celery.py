"""Drawing handed over to Celery; its broker is a folder here, its worker a real one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import Celery, current_app
from celery.contrib.testing.worker import start_worker

from artifacts.models import FileArtifact
from artifacts.queues.celery import CeleryBackend
from tests.servers.ports import free_port

Put = Callable[..., FileArtifact]


@pytest.fixture
def handed_over(settings: Any, transactional_db: None) -> Iterator[Celery]:
    settings.ARTIFACTS_THUMBNAIL_QUEUE = "memory://"
    settings.TASKS = {
        "default": {
            "BACKEND": "artifacts.queues.celery.CeleryBackend",
            "OPTIONS": {"broker": "memory://"},
        }
    }
    CeleryBackend("default", settings.TASKS["default"])
    yield current_app._get_current_object()
    current_app.close()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set once a picture was drawn from stored bytes, by whichever thread."""
    event, redraw = threading.Event(), FileArtifact.redraw

    def watched(self: FileArtifact) -> bool:
        done = redraw(self)
        event.set()
        return done

    monkeypatch.setattr(FileArtifact, "redraw", watched)
    return event


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_put__is_drawn_by_a_worker(
    put: Put, handed_over: Celery, drawn: threading.Event
) -> None:
    artifact = put("png")
    assert (artifact.thumbnail_base64, artifact.thumbnail_version) == ("", 0)
    with start_worker(handed_over, perform_ping_check=False, pool="solo"):
        assert drawn.wait(240)
    artifact.refresh_from_db()
    assert artifact.thumbnail[8:12] == b"WEBP"


def test_put__does_not_wait_for_a_broker_that_is_away(
    put: Put,
    settings: Any,
    transactional_db: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = f"redis://127.0.0.1:{free_port()}/0"
    settings.ARTIFACTS_THUMBNAIL_QUEUE = url
    settings.TASKS = {
        "default": {
            "BACKEND": "artifacts.queues.celery.CeleryBackend",
            "OPTIONS": {"broker": url},
        }
    }
    refused, perform = threading.Event(), CeleryBackend._perform

    def watched(self: CeleryBackend, task_result: Any) -> None:
        try:
            perform(self, task_result)
        finally:
            refused.set()

    monkeypatch.setattr(CeleryBackend, "_perform", watched)
    artifact = put("png")
    assert not refused.is_set()
    assert refused.wait(240)
    artifact.refresh_from_db()
    assert artifact.thumbnail_version == 0  # `render_thumbnails` will find it
