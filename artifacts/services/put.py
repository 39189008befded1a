"""Put an artifact: bytes first, then the row."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import UUID

from django.contrib.auth.models import User

from artifacts import stores
from artifacts.exceptions import ChecksumError, CorruptError, InvalidError
from artifacts.media_types import sniff
from artifacts.models import FileArtifact, Namespace
from artifacts.refs import (
    TEXT_LENGTH,
    ArtifactKind,
    NamespaceRef,
    check_text,
    uuid7,
)
from artifacts.stores.object_store import Reader
from artifacts.stores.staging import StagedFile


def put(
    *,
    user: User,
    namespace: NamespaceRef,
    content: StagedFile | Reader,
    filename: str,
    declared_type: str = "",
    sha256: str = "",
) -> FileArtifact:
    """Store one artifact in the live store and index it.

    Raises `ChecksumError` where `sha256` (hex) is announced and another one arrives,
    `InvalidError` for a bad file name. Readable by both APIs on return.
    """
    check_text(filename, field="filename")
    with _staged(content) as staged:
        if sha256 and sha256.lower() != staged.sha256:
            raise ChecksumError(
                f"The file's SHA-256 is {staged.sha256}, not the one announced.",
                field="sha256",
            )
        media_type = sniff(staged.file, declared=declared_type, filename=filename)
        artifact_id = uuid7()
        artifact = FileArtifact(
            id=artifact_id,
            user=user,
            namespace=_namespace(user, namespace),
            kind=media_type.kind,
            filename=filename,
            storage_path=_key(artifact_id),
            bytes=staged.size,
            mime_type=media_type.name,
            sha256=staged.sha256,
        )
        if not stores.live().place(artifact.storage_path, staged.file):
            raise CorruptError(f"{artifact.storage_path} is taken.")
        artifact.save(content=staged.file)
    return artifact


def put_link(
    *,
    user: User,
    namespace: NamespaceRef,
    url: str,
    filename: str = "",
    sha256: str = "",
) -> FileArtifact:
    """Store a link, whose bytes are the URL itself; nothing is ever fetched from it.

    An announced `sha256` is that of these bytes.
    """
    # What is no text makes bytes that are no UTF-8, which are no link either.
    content = io.BytesIO(url.encode(errors="surrogatepass"))
    if sniff(content, declared="text/uri-list").kind is not ArtifactKind.URL:
        raise InvalidError("This is not an absolute http or https URL.", field="url")
    parts = urlsplit(url)
    name = (parts.path.rsplit("/", 1)[-1] or parts.hostname or url)[:TEXT_LENGTH]
    return put(
        user=user,
        namespace=namespace,
        content=content,
        filename=filename or name,
        declared_type="text/uri-list",
        sha256=sha256,
    )


@contextlib.contextmanager
def _staged(content: StagedFile | Reader) -> Iterator[StagedFile]:
    """Stage what is not staged yet; whoever staged it before closes it."""
    if isinstance(content, StagedFile):
        yield content
        return
    with StagedFile.receive(content) as staged:
        yield staged


def _namespace(user: User, ref: NamespaceRef) -> Namespace:
    namespace, _ = Namespace.objects.get_or_create(
        owner=user, kind=ref.kind, external_id=ref.external_id
    )
    return namespace


def _key(artifact_id: UUID) -> str:
    """Where the bytes go; the last byte is random and spreads the folders."""
    name = artifact_id.hex
    return f"artifacts/{name[-2:]}/{name}"
