"""Celery's workers on other machines: `celery -A paradigm worker`."""

from __future__ import annotations

from typing import Any

from celery import Celery, shared_task
from django.utils.module_loading import import_string
from django_tasks.base import Task, TaskResult

from artifacts.queues.threads import ThreadBackend


class CeleryBackend(ThreadBackend):
    """Send tasks by name; whoever works on the queue has this app, too.

    A thread sends them, so that no put waits for a broker that is away. What could
    not be sent is logged by it, and found by `manage.py render_thumbnails`.
    """

    supports_priority = False

    def __init__(self, alias: str, params: dict[str, Any]) -> None:
        super().__init__(alias, params)
        # Named, since the current app is each thread's own.
        self._app = make_app(self.options["broker"])

    def _perform(self, task_result: TaskResult[Any]) -> None:
        path = task_result.task.module_path
        arguments = [path, list(task_result.args), dict(task_result.kwargs)]
        self._app.send_task(run.name, args=arguments, retry=False)


@shared_task(name="artifacts.run", ignore_result=True, acks_late=True)
def run(path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    """Do the task at this path; on a worker."""
    task: Task[..., Any] = import_string(path)
    task.func(*args, **kwargs)


def make_app(broker_url: str) -> Celery:
    """Configure Celery for this process, as sender or as worker."""
    app = Celery("artifacts", broker=broker_url, set_as_current=True)
    app.conf.update(
        broker_connection_retry_on_startup=True,
        broker_transport_options={"socket_timeout": 5, "socket_connect_timeout": 5},
        imports=["artifacts.queues.celery"],
        # One at a time: a picture takes a while, and others are free to take the next.
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
    )
    return app
