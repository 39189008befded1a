"""Reading zip files (npz, Office) that may be built to exhaust their reader."""

from __future__ import annotations

import contextlib
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from artifacts.thumbnails.result import Reason, UndrawableError

MAX_MEMBERS = 10_000
_MAX_DIRECTORY = 4 * 2**20
_END = b"PK\x05\x06"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@contextlib.contextmanager
def opened(file: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """Open a zip file whose directory is of a bearable size."""
    _check_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise UndrawableError(Reason.DAMAGED) from error
    except NotImplementedError as error:
        raise UndrawableError(Reason.UNSUPPORTED) from error


def _check_directory(file: BinaryIO) -> None:
    """Check the end record, since `ZipFile` reads the whole directory at once."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    end = tail.rfind(_END)
    if end < 0 or len(tail) < end + 22:
        raise UndrawableError(Reason.DAMAGED)
    members = int.from_bytes(tail[end + 10 : end + 12], "little")
    directory = int.from_bytes(tail[end + 12 : end + 16], "little")
    # All ones announce a zip64 record, which only larger files need.
    if members > MAX_MEMBERS or directory > _MAX_DIRECTORY:
        raise UndrawableError(Reason.TOO_LARGE)


def read(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """Read at most `limit` bytes of a member's beginning, whatever size it claims."""
    with open_member(archive, name) as member:
        return member.read(limit)


@contextlib.contextmanager
def open_member(archive: zipfile.ZipFile, name: str) -> Iterator[BinaryIO]:
    """Open a member that needs neither a password nor an unusual method."""
    info = archive.getinfo(name)
    if info.flag_bits & 1:
        raise UndrawableError(Reason.ENCRYPTED)
    if info.compress_type not in _METHODS:
        raise UndrawableError(Reason.UNSUPPORTED)
    with archive.open(info) as member:
        yield member  # type: ignore[misc]
