"""Everything that can go wrong with an artifact; knows nothing of HTTP.

ArtifactError
├── NotFoundError          also LookupError: missing, or another user's
│   └── BytesMissingError  the row is there, its bytes are in neither store
├── InvalidError           also ValueError: what the client sent cannot be used
│   ├── TooLargeError
│   └── ChecksumError      the bytes are not those that were announced
├── CorruptError           stored bytes differ from their SHA-256
├── IncompleteSaveError    some artifacts of a session could not be saved
└── StoreError             also OSError: a store refused or failed; try again
    ├── NoAnswerError      it gave no answer, or is not asked for want of one
    ├── OutdatedError      the database is not the one that belongs to the store
    └── StoreFullError     it has no room left
"""

from __future__ import annotations


class ArtifactError(Exception):
    """The root: `str()` of it is a sentence that can be shown to the client."""


class NotFoundError(ArtifactError, LookupError):
    """No such artifact or namespace for this user; which of the two is never said."""


class BytesMissingError(NotFoundError):
    """A row without bytes: `verify_artifacts` reports it to the operator."""


class InvalidError(ArtifactError, ValueError):
    """A value that no retry can make valid; `field` is the client's name for it."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class TooLargeError(InvalidError):
    """More bytes than `ARTIFACTS_MAX_BYTES`."""


class ChecksumError(InvalidError):
    """The received bytes do not have the announced SHA-256."""


class CorruptError(ArtifactError):
    """Bytes read back from a store do not have the SHA-256 of their row."""


class IncompleteSaveError(ArtifactError):
    """Some artifacts could not be saved, and stay live; the others are saved."""


class StoreError(ArtifactError, OSError):
    """A store could not be reached or refused; the original error is its cause."""


class NoAnswerError(StoreError):
    """Nothing came from a store in time."""


class StoreFullError(StoreError):
    """A store has no room for more; reading and deleting go on."""


class OutdatedError(StoreError):
    """The database is older than the persisted store, or another one's.

    Nothing is written until the right one is back, or has been rebuilt.
    """
