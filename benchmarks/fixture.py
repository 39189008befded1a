"""The service with something in it: a user, a token, artifacts, forms to post."""

from __future__ import annotations

import contextlib
import io
import json
import random
import secrets
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
from PIL import Image

from benchmarks.load import Ask
from benchmarks.servers import Server, gunicorn, manage

SIZES = {"10 kB": 10_000, "10 MB": 10_000_000, "1 GB": 1_000_000_000}
_BOUNDARY = "benchmark-of-the-service"
_BLOCK = 1_000_000


@dataclass(frozen=True, slots=True)
class Service:
    """The running service, and what can be asked of it."""

    server: Server
    environment: dict[str, str]
    token: str
    v3: Ask
    v1: dict[str, Ask]
    "By the name of the size."
    puts: dict[str, Ask]
    "By what is put."
    stored: dict[str, Path]
    "The files at rest, by the name of the size."


@contextlib.contextmanager
def service(folder: Path, environment: dict[str, str]) -> Iterator[Service]:
    """Start the service on an empty folder, put the artifacts, save their session."""
    data = folder / "data"
    environment = {**environment, "ARTIFACTS_DATA_DIR": str(data)}
    manage(environment, "migrate")
    token = manage(environment, "create_token", "benchmark")
    headers = {"Authorization": f"Bearer {token}"}
    session = f"benchmark-{secrets.token_hex(6)}"
    with gunicorn(environment) as server:
        picture = _form(folder / "picture.form", session, "picture.png", [_picture()])
        _send(server, "/v1/artifacts", headers, picture)
        pictured = _metadata(server, headers)
        stored, v1 = {}, {}
        for name, size in SIZES.items():
            form = _form(folder / "large.form", session, "data.bin", _noise(size))
            put = _send(server, "/v1/artifacts", headers, form)
            query = {"object_id": put["object_id"], "session_id": session}
            v1[name] = Ask(f"/v1/artifacts?{urlencode(query)}", headers)
            stored[name] = (
                data / "persisted" / _metadata(server, headers)["storage_path"]
            )
            form.unlink()
        _send(server, f"/v1/sessions/{session}/save", headers, None)
        noise = _form(folder / "noise.form", session, "data.bin", _noise(10_000))
        yield Service(
            server=server,
            environment=environment,
            token=token,
            v3=Ask(f"/api/v3/artifacts/{pictured['id']}", headers),
            v1=v1,
            puts={
                "of no kind": Ask("/v1/artifacts", headers | FORM, noise),
                "a PNG": Ask("/v1/artifacts", headers | FORM, picture),
            },
            stored=stored,
        )


FORM = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}


def _picture() -> bytes:
    """Draw a PNG of 10 kB."""
    pixels = np.random.default_rng(7).integers(0, 256, (57, 58, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def _noise(size: int) -> Iterator[bytes]:
    """Give bytes of no kind, which compress no better than media do."""
    block = random.Random(7).randbytes(_BLOCK)  # noqa: S311 - no secret
    for start in range(0, size, _BLOCK):
        yield block[: size - start]


def _form(
    path: Path, session: str, filename: str, content: Iterator[bytes] | list[bytes]
) -> Path:
    """Write a multipart body for a put."""
    dashes = f"--{_BOUNDARY}"
    fields = (
        f'{dashes}\r\nContent-Disposition: form-data; name="session_id"\r\n\r\n'
        f"{session}\r\n{dashes}\r\n"
        f'Content-Disposition: form-data; name="file"; filename="{filename}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    with path.open("wb") as file:
        file.write(fields.encode())
        file.writelines(content)
        file.write(f"\r\n{dashes}--\r\n".encode())
    return path


def _send(
    server: Server, path: str, headers: dict[str, str], form: Path | None
) -> dict[str, str]:
    """Post, and return the JSON of the answer."""
    with contextlib.ExitStack() as stack:
        body = stack.enter_context(form.open("rb")) if form else None
        length = form.stat().st_size if form else 0
        request = urllib.request.Request(  # noqa: S310 - loopback
            server.url + path,
            data=body or b"",
            headers={**headers, **FORM, "Content-Length": str(length)},
            method="POST",
        )
        answer = stack.enter_context(urllib.request.urlopen(request))  # noqa: S310
        result: dict[str, str] = json.load(answer)
        return result


def _metadata(server: Server, headers: dict[str, str]) -> dict[str, str]:
    """Return what v3 says of the newest artifact."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{server.url}/api/v3/artifacts?page_size=1", headers=headers
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
        found: dict[str, str] = json.load(answer)["results"][0]
        return found
