"""Object references: `img_a1b2c3`, as VLM Run publishes them. No Django here."""

from __future__ import annotations

import enum
import re
import secrets
import time
import unicodedata
import uuid
from dataclasses import dataclass
from typing import Self

from artifacts.exceptions import InvalidError


class ArtifactKind(enum.StrEnum):
    """What an artifact is; the value is the prefix of its object reference."""

    IMAGE = "img"
    VIDEO = "vid"
    AUDIO = "aud"
    DOCUMENT = "doc"
    RECONSTRUCTION = "recon"
    URL = "url"
    ARRAY = "arr"
    FILE = "file"
    """None of the seven published kinds; clients get its bytes as they are."""


TEXT_LENGTH = 255
"""Characters of a client's identifier or file name."""


def check_text(text: str, *, field: str) -> None:
    """Raise `InvalidError` for a name that a database or a header could not carry.

    Control characters (NUL among them) and lone surrogates, which JSON can spell,
    have no place in an identifier or a file name.
    """
    if not 0 < len(text) <= TEXT_LENGTH:
        message = f"This has to have 1 to {TEXT_LENGTH} characters."
        raise InvalidError(message, field=field)
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise InvalidError("This has a character that is not text.", field=field)


class NamespaceKind(enum.StrEnum):
    """Which of the vendor's two identifiers names the namespace."""

    SESSION = "session"
    """A chat completion's; `session_id` on the wire."""
    EXECUTION = "execution"
    """An agent execution's; `execution_id` on the wire."""


@dataclass(frozen=True, slots=True)
class NamespaceRef:
    """A namespace as its client names it; it is unique for one owner only."""

    kind: NamespaceKind
    external_id: str

    def __post_init__(self) -> None:
        check_text(self.external_id, field=f"{self.kind}_id")

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id}"


# The documents say six hex digits, the SDK's own types accept any word character.
_PATTERN = re.compile(rf"({'|'.join(ArtifactKind)})_([0-9A-Za-z_]{{6}})")
SUFFIXES = 16**6
"""How many references a namespace can hand out in its lifetime."""
# Odd, hence coprime to 16**6: stepping by it visits every suffix exactly once.
_STRIDE = 0x9E3779


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """One artifact's name within its namespace, never given to another one."""

    kind: ArtifactKind
    suffix: str

    def __str__(self) -> str:
        return f"{self.kind}_{self.suffix}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `<prefix>_<6 word characters>`; raise `InvalidError` for anything else."""
        match = _PATTERN.fullmatch(text)
        if match is None:
            prefixes = ", ".join(ArtifactKind)
            raise InvalidError(
                "An object id is a prefix, an underscore and six hex digits, such as "
                f"img_a1b2c3; the prefixes are {prefixes}.",
                field="object_id",
            )
        return cls(ArtifactKind(match[1]), match[2])

    @classmethod
    def mint(cls, kind: ArtifactKind, *, sequence: int, offset: int) -> Self:
        """Make the `sequence`-th reference of a namespace, in lower-case hex.

        Distinct sequences below `SUFFIXES` give distinct suffixes, so that a
        reference is never reused, also after its artifact is deleted: the vendors'
        clients cache files by it for ever. `offset` sets namespaces apart.
        """
        if not 0 <= sequence < SUFFIXES:
            raise InvalidError(f"A namespace holds at most {SUFFIXES} artifacts.")
        return cls(kind, f"{(offset + sequence * _STRIDE) % SUFFIXES:06x}")


def storage_key(artifact_id: uuid.UUID) -> str:
    """Give the key of an artifact's bytes; the last byte is random and spreads folders."""
    name = artifact_id.hex
    return f"artifacts/{name[-2:]}/{name}"


def artifact_of_key(key: str) -> uuid.UUID | None:
    """Read the artifact's id from a key of `storage_key`; None where it is not one."""
    name = key.rpartition("/")[2]
    if re.fullmatch(r"[0-9a-f]{32}", name) is None:
        return None
    found = uuid.UUID(name)
    return found if storage_key(found) == key else None


def uuid7() -> uuid.UUID:
    """Make a time-ordered random id (RFC 9562, section 5.7; in Python from 3.14)."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (2**48 - 1)) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)
