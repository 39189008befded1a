"""Google Cloud Storage on loopback for tests: the emulator, and what it leaves out.

    python -m tests.servers.gcs PORT BUCKET

The emulator ignores preconditions, on which the store relies: generations are compared
here, as the service documents it (412 Precondition Failed).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from gcp_storage_emulator.server import HANDLERS, create_server

Handler = Callable[..., Any]


_CONDITIONAL = ("insert", "upload_partial", "get", "download")


def main(port: int, bucket: str) -> None:
    for _, methods in HANDLERS:
        for method, handler in methods.items():
            if handler.__module__.endswith(".objects") and (
                handler.__name__ in _CONDITIONAL
            ):
                methods[method] = _conditional(handler)
    create_server("127.0.0.1", port, True, bucket).run()


def _conditional(handler: Handler) -> Handler:
    def handle(request: Any, response: Any, storage: Any) -> None:
        data = request.data or {}  # read in any case, or the connection is reset
        wanted = request.query.get("ifGenerationMatch")
        if wanted is not None and wanted != [_generation(request, data, storage)]:
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
