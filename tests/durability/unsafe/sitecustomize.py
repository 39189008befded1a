"""Python imports this when it starts: a server whose syncs do not all happen.

`UNSAFE` says what is not synced: `files` or `folders`.
"""

from __future__ import annotations

import os
import stat

_fsync, _fdatasync = os.fsync, os.fdatasync


def _is_left_out(descriptor: int) -> bool:
    is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
    return os.environ.get("UNSAFE") == ("folders" if is_folder else "files")


def fsync(descriptor: int) -> None:
    if not _is_left_out(descriptor):
        _fsync(descriptor)


def fdatasync(descriptor: int) -> None:
    if not _is_left_out(descriptor):
        _fdatasync(descriptor)


os.fsync, os.fdatasync = fsync, fdatasync  # type: ignore[assignment]
