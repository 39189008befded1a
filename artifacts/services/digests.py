"""Comparison of stored bytes with those that were put."""

from __future__ import annotations

import contextlib
import hashlib
from typing import BinaryIO

from artifacts.models import FileArtifact
from artifacts.services.pace import Pace
from artifacts.stores.object_store import CHUNK, ObjectStore, Reader


def has_digest(
    store: ObjectStore, artifact: FileArtifact, *, pace: Pace | None = None
) -> bool:
    """Say whether the store gives back the bytes that were put.

    What differs is read once more: it may be the reading that went wrong.
    """
    for _ in range(2):
        with contextlib.closing(store.open(artifact.storage_path)) as content:
            if _digest(content, pace) == artifact.sha256:
                return True
    return False


def is_digest_of(content: BinaryIO, sha256: str) -> bool:
    """Say whether a file has this SHA-256 (hex); it is read from its start, up to twice."""
    for _ in range(2):
        content.seek(0)
        if _digest(content) == sha256:
            return True
    return False


def _digest(content: Reader, pace: Pace | None = None) -> str:
    digest = hashlib.sha256()
    while chunk := content.read(CHUNK):
        digest.update(chunk)
        if pace is not None:
            pace.count(len(chunk))
    return digest.hexdigest()
