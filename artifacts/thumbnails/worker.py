"""The child process: draws what it is handed, one file at a time, until told to go."""

from __future__ import annotations

import importlib
import io
import logging
import os
import select
import socket
import struct
import sys
import warnings
from typing import BinaryIO, Protocol, cast

from PIL import Image

from artifacts.thumbnails import encode, sandbox
from artifacts.thumbnails.protocol import (
    FORMATS,
    MAX_REPORT,
    READY,
    REPLY,
    REQUEST,
    Status,
)
from artifacts.thumbnails.result import SIDE, Reason, UndrawableError

IDLE_SECONDS = 1.0
"""After which the memory of the last picture is given back."""

logger = logging.getLogger(__name__)


class Decoder(Protocol):
    """What every module in `MODULES` offers."""

    def draw(self, file: BinaryIO, *, side: int, format: str) -> Image.Image: ...


# What decoders raise for bytes that are not what they claim to be, by first match.
# EOFError, SyntaxError and struct.error come from Pillow's own parsers.
_DAMAGE = (
    OSError,
    ValueError,
    EOFError,
    SyntaxError,
    LookupError,
    ArithmeticError,
    RecursionError,
    struct.error,
)


def serve(connection: socket.socket, *, memory_bytes: int) -> None:
    """Draw for the parent until it closes its end."""
    warnings.simplefilter("ignore")  # of bytes that are odd, as foreign ones are
    log = io.StringIO()
    logging.basicConfig(stream=log, level=logging.ERROR)
    importlib.import_module("artifacts.thumbnails.images")
    sandbox.enter(memory_bytes=memory_bytes)
    connection.sendall(READY)
    while True:
        if not select.select([connection], [], [], IDLE_SECONDS)[0]:
            sandbox.release_memory()
        header, descriptors, _, _ = socket.recv_fds(connection, REQUEST.size, 1)
        if not header:
            return
        name, cpu_seconds = REQUEST.unpack(header)
        sandbox.allow_cpu(cpu_seconds)
        with os.fdopen(descriptors[0], "rb") as file:
            status, payload = answer(file, format=name.rstrip(b"\0").decode())
        if status is Status.BUG:
            payload = log.getvalue().encode()[-MAX_REPORT:]
        log.seek(0)
        log.truncate()
        connection.sendall(REPLY.pack(status, len(payload)) + payload)


def answer(file: BinaryIO, *, format: str) -> tuple[Status, bytes]:
    """Return an encoded picture, or the reason why there is none."""
    try:
        return Status.PICTURE, picture(file, format=format)
    except UndrawableError as error:
        return _reason(error.reason)
    except Image.DecompressionBombError:
        return _reason(Reason.TOO_LARGE)
    except MemoryError:
        return _reason(Reason.OUT_OF_MEMORY)
    except ModuleNotFoundError:
        # An optional decoder that is not installed; `manage.py check` names it.
        return _reason(Reason.UNSUPPORTED)
    except _DAMAGE:
        return _reason(Reason.DAMAGED)
    except Exception:
        logger.exception("Drawing a %s failed.", format)
        return Status.BUG, b""


def picture(file: BinaryIO, *, format: str) -> bytes:
    """Draw and encode in this process; raise whatever the decoder raises.

    Only for bytes that can be trusted: nothing limits what they cost.
    """
    module = importlib.import_module(f"artifacts.thumbnails.{FORMATS[format]}")
    file.seek(0)
    return encode.webp(cast("Decoder", module).draw(file, side=SIDE, format=format))


def _reason(reason: Reason) -> tuple[Status, bytes]:
    return Status.REASON, reason.value.encode()


def main() -> None:
    """Serve on the inherited socket; `argv` is its number and the memory in bytes."""
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        serve(connection, memory_bytes=int(sys.argv[2]))
