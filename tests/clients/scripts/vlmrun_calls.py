"""Runs in the SDK's environment: calls from standard input, answers as JSON."""

from __future__ import annotations

import base64
import json
import operator
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from vlmrun.client import VLMRun
from vlmrun.client.exceptions import APIError


def main() -> None:
    work = json.load(sys.stdin)
    try:
        # One attempt: a retry would hide what the server did.
        client = VLMRun(
            api_key=work["api_key"], base_url=work["base_url"], max_retries=1
        )
    except APIError as error:
        answers = [describe_error(error)]
    else:
        answers = [answer(client, **call) for call in work["calls"]]
    json.dump(answers, sys.stdout)


def answer(client: VLMRun, method: str, **arguments: Any) -> dict[str, Any]:
    """Call one method, such as `artifacts.get`, and describe what it gives."""
    try:
        return describe(operator.attrgetter(method)(client)(**arguments))
    except APIError as error:
        return describe_error(error)


def describe(value: Any) -> dict[str, Any]:
    if isinstance(value, Image.Image):
        return {"type": "Image", "size": value.size, **encoded(value.tobytes())}
    if isinstance(value, Path):
        return {"type": "Path", "name": value.name, **encoded(value.read_bytes())}
    if isinstance(value, bytes):
        return {"type": "bytes", **encoded(value)}
    if hasattr(value, "model_dump"):
        return {"type": type(value).__name__, **value.model_dump()}
    return {"type": type(value).__name__, "value": value}


def describe_error(error: APIError) -> dict[str, Any]:
    return {
        "error": type(error).__name__,
        "status": error.http_status,
        "message": error.message,
    }


def encoded(content: bytes) -> dict[str, str]:
    return {"content": base64.b64encode(content).decode("ascii")}


if __name__ == "__main__":
    main()
