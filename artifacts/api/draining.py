"""Bodies that nobody wanted: read after the answer, so that the answer arrives.

A server that closes a connection with unread bytes resets it, and a client or a proxy
that still sends then loses the answer (RFC 9112, section 9.6).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

MOST = 64 * 1024 * 1024
"""Bytes that are read and dropped; who sends more may lose the answer."""
SECONDS = 10.0
CHUNK = 256 * 1024

_Environ = dict[str, Any]
_Application = Callable[[_Environ, Callable[..., Any]], Iterable[bytes]]


def draining(application: _Application) -> _Application:
    """Wrap a WSGI application: what it leaves of a body is read behind its answer."""

    def drained(
        environ: _Environ, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        answer = application(environ, start_response)
        # Answers to GET may be files, which the server knows by their class.
        if environ.get("CONTENT_LENGTH") in (None, "", "0"):
            return answer
        return _Drained(answer, environ["wsgi.input"])

    return drained


class _Drained:
    def __init__(self, answer: Iterable[bytes], body: Any) -> None:
        self._answer = answer
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        """Close the answer, which has been sent, then drop the rest of the body."""
        if hasattr(self._answer, "close"):
            self._answer.close()
        end, left = time.monotonic() + SECONDS, MOST
        with contextlib.suppress(OSError):  # the client has gone
            while left > 0 and time.monotonic() < end:
                dropped = self._body.read(min(CHUNK, left))
                if not dropped:
                    return
                left -= len(dropped)
