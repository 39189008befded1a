"""What is left of a body is read behind the answer."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from artifacts.api import draining
from artifacts.api.draining import CHUNK


class Answer(list[bytes]):
    closed = False

    def close(self) -> None:
        self.closed = True


def serve(body: Any, *, length: str = "9", read: int = 0) -> tuple[Answer, Any]:
    answer = Answer([b"no"])

    def application(
        environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        environ["wsgi.input"].read(read)
        return answer

    environ = {"wsgi.input": body, "CONTENT_LENGTH": length}
    wrapped: Any = draining.draining(application)(environ, lambda *_: None)
    assert list(wrapped) == [b"no"]
    return answer, wrapped


@pytest.mark.parametrize("read", [0, 5, 3 * CHUNK])
def test_close__reads_the_rest(read: int) -> None:
    body = io.BytesIO(bytes(3 * CHUNK))
    answer, wrapped = serve(body, read=read)
    assert body.tell() == read  # the answer comes first
    wrapped.close()
    assert answer.closed
    assert body.read() == b""


def test_close__not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "MOST", CHUNK + 1)
    body = io.BytesIO(bytes(3 * CHUNK))
    _, wrapped = serve(body)
    wrapped.close()
    assert body.tell() == CHUNK + 1


def test_close__of_a_client_that_has_gone() -> None:
    class Gone(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if size:
                raise ConnectionResetError
            return b""

    answer, wrapped = serve(Gone())
    wrapped.close()
    assert answer.closed


@pytest.mark.parametrize("length", ["", "0"])
def test_draining__answers_without_a_body_stay_what_they_are(length: str) -> None:
    answer, wrapped = serve(io.BytesIO(), length=length)
    assert wrapped is answer
