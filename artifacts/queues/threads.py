"""One background thread of this very process: nothing to install, nothing kept.

What is queued when the process ends is not done; `manage.py render_thumbnails` finds
and does it.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from typing import Any

from django.db import close_old_connections
from django_tasks.backends.immediate import ImmediateBackend
from django_tasks.base import TaskResult

logger = logging.getLogger(__name__)


class ThreadBackend(ImmediateBackend):
    """Do one task after the other, in the order in which they came."""

    supports_async_task = False

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        self._lock = threading.Lock()
        self._process = 0

    def _execute_task(self, task_result: TaskResult[Any]) -> None:
        with self._lock:
            if self._process != os.getpid():  # a thread does not survive a fork
                self._process = os.getpid()
                self._waiting: queue.SimpleQueue[TaskResult[Any]] = queue.SimpleQueue()
                threading.Thread(
                    target=self._work, name="artifacts-tasks", daemon=True
                ).start()
            self._waiting.put(task_result)

    def _work(self) -> None:
        while True:
            task_result = self._waiting.get()
            try:
                self._perform(task_result)
            except Exception:
                logger.exception("Task %s failed", task_result.task.module_path)
            close_old_connections()

    def _perform(self, task_result: TaskResult[Any]) -> None:
        super()._execute_task(task_result)
