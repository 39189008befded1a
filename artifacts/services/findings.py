"""Findings of a verification."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from artifacts.exceptions import ArtifactError


class Fault(enum.StrEnum):
    """Faults; those up to `STRANDED` can be repaired without a loss."""

    ORPHAN = "bytes without a row"
    LEFTOVER = "live copy of a saved artifact"
    STALE_MANIFEST = "manifest differs from the database"
    UNFINISHED = "upload that a crash left"
    STRANDED = "bytes of a row in the trash"
    LOST_ROW = "manifest lists what has no row: run rebuild_from_manifests"
    NEWER_MANIFEST = "manifest newer than the database: run rebuild_from_manifests"
    UNREADABLE = "manifest that cannot be read whole, of a session without a row"
    OUTDATED = "wrong database"
    MISSING = "row without bytes"
    CORRUPT = "bytes differ from their SHA-256"


class RefusedError(ArtifactError):
    """A repair that could delete what is not lost is not begun."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, where it is, and whether it was repaired."""

    fault: Fault
    place: str
    repaired: bool = False
