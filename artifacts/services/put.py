"""Put an artifact: bytes first, then, in one transaction at the end, the row."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.db import transaction

from artifacts import stores
from artifacts.exceptions import ChecksumError, CorruptError, InvalidError
from artifacts.media_types import sniff
from artifacts.models import FileArtifact, Namespace
from artifacts.models.connections import release_connection
from artifacts.refs import (
    TEXT_LENGTH,
    ArtifactKind,
    NamespaceRef,
    check_text,
    storage_key,
    uuid7,
)
from artifacts.services import fencing
from artifacts.services.thumbnails import render_at_once, render_later
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
        fencing.check()
        release_connection()  # to store and to render may take long
        media_type = sniff(staged.file, declared=declared_type, filename=filename)
        artifact_id = uuid7()
        artifact = FileArtifact(
            id=artifact_id,
            user=user,
            # Its name alone: the row is found, or made, as the artifact's is written.
            namespace=Namespace(
                owner=user, kind=namespace.kind, external_id=namespace.external_id
            ),
            kind=media_type.kind,
            filename=filename,
            storage_path=storage_key(artifact_id),
            bytes=staged.size,
            mime_type=media_type.name,
            sha256=staged.sha256,
        )
        if not stores.live().place(artifact.storage_path, staged.file):
            raise CorruptError(f"{artifact.storage_path} is taken.")
        rendered = render_at_once(artifact, staged.file)
    try:
        artifact.save(force_insert=True)
    except InvalidError:  # the namespace is full: nothing was written
        stores.live().delete(artifact.storage_path)
        raise
    if not rendered:
        transaction.on_commit(lambda: render_later(artifact), robust=True)
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
