from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django_tasks import task

from artifacts.models import FileArtifact
from artifacts.queues.threads import ThreadBackend
from artifacts.thumbnails import pool

Put = Callable[..., FileArtifact]
done: list[tuple[int, str]] = []
finished = threading.Event()


@task()
def record(number: int) -> None:
    done.append((number, threading.current_thread().name))
    if number == 1:
        raise ValueError("the next one is done all the same")
    if number == 2:
        finished.set()


def test_thread_backend__one_after_the_other_elsewhere() -> None:
    backend = ThreadBackend("default", {})
    done.clear()
    finished.clear()
    for number in range(3):
        backend.enqueue(record, (number,), {})
    assert finished.wait(240)
    assert done == [(number, "artifacts-tasks") for number in range(3)]


def test_thread_backend__works_after_a_fork() -> None:
    backend = ThreadBackend("default", {})
    finished.clear()
    backend.enqueue(record, (2,), {})
    assert finished.wait(240)
    backend._process = os.getppid()  # as a forked child sees it
    finished.clear()
    backend.enqueue(record, (2,), {})
    assert finished.wait(240)


def test_put__picture_comes_later_where_all_processes_are_busy(
    put: Put,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    transactional_db: None,
) -> None:
    settings.TASKS = {"default": {"BACKEND": "artifacts.queues.threads.ThreadBackend"}}
    drawn = threading.Event()
    draw, redraw = pool.draw, FileArtifact.redraw

    def watched(self: FileArtifact) -> bool:
        done = redraw(self)
        drawn.set()
        return done

    monkeypatch.setattr(FileArtifact, "redraw", watched)
    with monkeypatch.context() as busy:
        # The next call, in the thread, finds a process free.
        busy.setattr(
            pool,
            "draw",
            lambda *args, **kwargs: (
                None
                if threading.current_thread() is threading.main_thread()
                else draw(*args, **kwargs)
            ),
        )
        artifact = put("png")
        assert artifact.thumbnail_base64 == ""
        assert drawn.wait(240)
    artifact.refresh_from_db()
    assert artifact.thumbnail[8:12] == b"WEBP"


def test_thread_backend__goes_on_after_one_that_could_not_be_sent() -> None:
    class Unsent(ThreadBackend):
        def _perform(self, task_result: Any) -> None:
            if task_result.args[0] == 0:
                raise OSError("no route to the broker")
            super()._perform(task_result)

    backend = Unsent("default", {})
    finished.clear()
    backend.enqueue(record, (0,), {})
    backend.enqueue(record, (2,), {})
    assert finished.wait(240)
