"""Multipart bodies, written by hand and sent as they are."""

from __future__ import annotations

from tests.clients.server import Server
from tests.clients.wire import Answer, Connection

MULTIPART = "multipart/form-data; boundary=limit"


def form(*parts: tuple[str, bytes], boundary: str = "limit") -> bytes:
    """Write a multipart body of (Content-Disposition parameters, content)."""
    written = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {given}\r\n\r\n".encode()
        + content
        + b"\r\n"
        for given, content in parts
    )
    return written + f"--{boundary}--\r\n".encode()


def post(server: Server, body: bytes, content_type: str = MULTIPART) -> Answer:
    with Connection(server) as connection:
        connection.send(
            "POST",
            "/v1/artifacts",
            body,
            Content_Type=content_type,
            Content_Length=str(len(body)),
        )
        return connection.receive("POST")
