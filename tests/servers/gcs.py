"""Google Cloud Storage on loopback for tests: the emulator, and what it leaves out.

    python -m tests.servers.gcs PORT BUCKET

The emulator ignores preconditions, on which the store relies: generations are compared
here, as the service documents it (412 Precondition Failed). It serves one connection
after the other, so that one whose client stands still would stop all: each has a
thread here, and only what touches the objects runs alone. Deleted objects are not kept.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from typing import Any

from gcp_storage_emulator.handlers import buckets
from gcp_storage_emulator.server import HANDLERS, RequestHandler
from gcp_storage_emulator.storage import Storage

Handler = Callable[..., Any]

SECONDS = 20
"""For so long the client of a connection may stand still."""

_CONDITIONAL = ("insert", "upload_partial", "get", "download")


def main(port: int, bucket: str) -> None:
    alone = threading.RLock()  # a batch calls the others
    for _, methods in HANDLERS:
        for method, handler in methods.items():
            methods[method] = _one_at_a_time(alone, _conditional(handler))
    storage = Storage(use_memory_fs=True)
    buckets.create_bucket(bucket, storage)
    storage.buckets[bucket]["softDeletePolicy"] = {"retentionDurationSeconds": "0"}
    RequestHandler.timeout = SECONDS
    handlers = partial(RequestHandler, storage)
    _Server(("127.0.0.1", port), handlers).serve_forever()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128


def _one_at_a_time(
    lock: contextlib.AbstractContextManager[bool], handler: Handler
) -> Handler:
    def handle(request: Any, response: Any, storage: Any) -> None:
        # Read in any case, or the connection is reset; and outside the lock, for its
        # client may be slow.
        _ = request.data
        with lock:
            handler(request, response, storage)

    return handle


def _conditional(handler: Handler) -> Handler:
    if not (
        handler.__module__.endswith(".objects") and handler.__name__ in _CONDITIONAL
    ):
        return handler

    def handle(request: Any, response: Any, storage: Any) -> None:
        wanted = request.query.get("ifGenerationMatch")
        if wanted is not None and wanted != [
            _generation(request, request.data or {}, storage)
        ]:
            response.status = HTTPStatus.PRECONDITION_FAILED
            response.json({"error": {"code": 412, "message": "Another generation."}})
            return
        handler(request, response, storage)

    return handle


def _generation(request: Any, data: Any, storage: Any) -> str:
    """Find the generation of the object that is asked for, "0" where there is none."""
    sent = data.get("meta", data) if isinstance(data, dict) else {}
    named = request.query.get("name", [sent.get("name", "")])[0]
    name = request.params.get("object_id") or named
    found = storage.objects.get(request.params["bucket_name"], {}).get(name)
    return str(found["generation"]) if found else "0"


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
