from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from typing import BinaryIO

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from artifacts import selectors, services, stores
from artifacts.exceptions import ChecksumError, InvalidError, TooLargeError
from artifacts.models import FileArtifact, Namespace
from artifacts.models.installation import end_generation
from artifacts.refs import NamespaceKind, NamespaceRef
from artifacts.stores.object_store import ObjectStore
from artifacts.stores.staging import StagedFile
from tests.media import FILES

Put = Callable[..., FileArtifact]


def test_put__is_whole_when_it_returns(put: Put) -> None:
    content = FILES["png"]()
    artifact = put(content, filename="chart.png")
    artifact.refresh_from_db()
    assert artifact.bytes == len(content)
    assert artifact.sha256 == hashlib.sha256(content).hexdigest()
    assert (artifact.kind, artifact.mime_type) == ("img", "image/png")
    assert artifact.object_id.startswith("img_")
    assert artifact.source == "store"
    assert artifact.thumbnail[:4] == b"RIFF"
    with stores.live().local(artifact.storage_path) as stored:
        assert stored.read() == content


def test_put__key_has_nothing_of_the_client(put: Put) -> None:
    artifact = put("png", filename="../../etc/passwd")
    assert artifact.filename == "../../etc/passwd"
    assert artifact.storage_path.split("/")[-1] == artifact.pk.hex


def test_put__announced_checksum_in_any_case(user: User, session: NamespaceRef) -> None:
    services.put(
        user=user,
        namespace=session,
        content=BytesIO(b"x"),
        filename="x",
        sha256=hashlib.sha256(b"x").hexdigest().upper(),
    )


def test_put__other_bytes_than_announced_leave_nothing(
    user: User, session: NamespaceRef
) -> None:
    with pytest.raises(ChecksumError):
        services.put(
            user=user,
            namespace=session,
            content=BytesIO(b"x"),
            filename="x",
            sha256="0" * 64,
        )
    assert not FileArtifact.objects.exists()
    assert not list(stores.live().list("artifacts"))


@pytest.mark.parametrize("filename", ["", "a" * 256, "a\0b", "a\nb", "\ud800"])
def test_put__refuses_file_name(
    filename: str, user: User, session: NamespaceRef
) -> None:
    with pytest.raises(InvalidError) as caught:
        services.put(
            user=user, namespace=session, content=BytesIO(b"x"), filename=filename
        )
    assert caught.value.field == "filename"


def test_put__too_large_is_refused_while_it_arrives(
    user: User, session: NamespaceRef, settings: pytest.FixtureRequest
) -> None:
    settings.ARTIFACTS_MAX_BYTES = 10  # type: ignore[attr-defined]
    with pytest.raises(TooLargeError):
        services.put(
            user=user, namespace=session, content=BytesIO(b"x" * 11), filename="x"
        )


def test_put__no_staged_file_stays(put: Put, settings: pytest.FixtureRequest) -> None:
    put("mp4")
    assert not list(settings.ARTIFACTS_STAGING_DIR.iterdir())  # type: ignore[attr-defined]


def test_put__staged_content_is_the_callers_to_close(
    user: User, session: NamespaceRef
) -> None:
    with StagedFile.receive(BytesIO(b"staged")) as staged:
        artifact = services.put(
            user=user, namespace=session, content=staged, filename="x.txt"
        )
        assert staged.file.read() == b"staged"
    with stores.live().local(artifact.storage_path) as stored:
        assert stored.read() == b"staged"


def test_put__draws_outside_of_any_transaction(
    put: Put, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    seen: list[bool] = []
    draw = FileArtifact.draw_thumbnail

    def watched(self: FileArtifact, content: BinaryIO | None = None) -> bool:
        seen.append(connection.in_atomic_block)
        return draw(self, content)

    monkeypatch.setattr(FileArtifact, "draw_thumbnail", watched)
    put("png")
    assert seen == [False]


def test_put__asks_the_database_nothing_while_it_stores_and_renders(
    put: Put, monkeypatch: pytest.MonkeyPatch, transactional_db: None
) -> None:
    """Each slow put held one of the pool's connections, until readers had none."""
    put(b"first")  # which begins the session
    store, draw = type(stores.live()), FileArtifact.draw_thumbnail
    place, asked = store.place, list[int]()

    def placing(self: ObjectStore, key: str, content: BinaryIO) -> bool:
        asked.append(len(queries))
        return place(self, key, content)

    def drawing(self: FileArtifact, content: BinaryIO | None = None) -> bool:
        drawn = draw(self, content)
        asked.append(len(queries))
        return drawn

    monkeypatch.setattr(store, "place", placing)
    monkeypatch.setattr(FileArtifact, "draw_thumbnail", drawing)
    with CaptureQueriesContext(connection) as queries:
        put("png")
    assert asked == [0, 0]
    written = [query["sql"].split()[0] for query in queries]
    assert written[0] == "BEGIN"
    assert written[-1] == "COMMIT"
    assert written.count("BEGIN") == 1


@pytest.mark.parametrize("restarted", [False, True])
def test_put__what_is_newer_never_seems_older(
    restarted: bool, put: Put, user: User, session: NamespaceRef
) -> None:
    """A clock was set back: the newest of a name was the older one."""
    other = NamespaceRef(NamespaceKind.SESSION, "s-2")
    first = put(b"first", filename="chart.txt")
    back = timezone.now() - timedelta(hours=2)
    if restarted:
        end_generation()
    with pytest.MonkeyPatch.context() as clock:
        clock.setattr("artifacts.models.namespace.timezone.now", lambda: back)
        second = put(b"second", filename="chart.txt")
        third = put(b"third", filename="chart.txt", namespace=other)
    assert list(selectors.artifacts_of(user)) == [third, second, first]
    assert selectors.get_by_filename(user, session, "chart.txt") == second
    assert list(first.namespace.artifacts_oldest_first) == [first, second]


def test_put__in_parallel_into_one_session(
    put: Put, user: User, transactional_db: None
) -> None:
    def one(number: int) -> FileArtifact:
        try:
            return put(b"%d" % number)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(one, range(40)))
    assert len({artifact.object_id for artifact in made}) == 40
    assert len({artifact.created_at for artifact in made}) == 40
    assert Namespace.objects.get().sequence == 40


def test_put__passes_over_a_reference_that_is_taken(put: Put) -> None:
    """One that was taken in from the manifest of a session that was begun again."""
    first, second = put(b"first"), put(b"second")
    FileArtifact.objects.filter(pk=second.pk).delete()
    Namespace.objects.update(sequence=1)
    FileArtifact.objects.filter(pk=first.pk).update(object_id=second.object_id)
    third = put(b"third")
    assert third.object_id not in {first.object_id, second.object_id}


def test_object_ids__are_never_reused(put: Put) -> None:
    seen = set()
    for _ in range(20):
        artifact = put(b"\x00\x01")
        seen.add(artifact.object_id)
        services.delete(artifact)
    assert len(seen) == 20


def test_object_ids__of_a_full_namespace(put: Put) -> None:
    artifact = put(b"\x00\x01")
    Namespace.objects.filter(pk=artifact.namespace_id).update(sequence=16**6)
    with pytest.raises(InvalidError, match="at most"):
        put(b"\x00\x01")
    assert len(list(stores.live().list("artifacts"))) == 1


def test_namespaces__of_one_id_are_the_owners_and_kinds_own(
    put: Put, other_user: User
) -> None:
    execution = NamespaceRef(NamespaceKind.EXECUTION, "s-1")
    namespaces = {
        put(b"1").namespace_id,
        put(b"2", owner=other_user).namespace_id,
        put(b"3", namespace=execution).namespace_id,
    }
    assert len(namespaces) == 3


def test_put_link__is_the_url_itself(user: User, session: NamespaceRef) -> None:
    url = "https://example.com/a/report.pdf?x=1"
    artifact = services.put_link(user=user, namespace=session, url=url)
    assert (artifact.kind, artifact.mime_type) == ("url", "text/uri-list")
    assert artifact.filename == "report.pdf"
    with stores.live().local(artifact.storage_path) as stored:
        assert stored.read() == url.encode()


@pytest.mark.parametrize(
    ("url", "filename"),
    [
        ("https://example.com", "example.com"),
        ("https://example.com/", "example.com"),
        ("http://h/" + "x" * 400, "x" * 255),
    ],
)
def test_put_link__names_itself(
    url: str, filename: str, user: User, session: NamespaceRef
) -> None:
    artifact = services.put_link(user=user, namespace=session, url=url)
    assert artifact.filename == filename


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hello",
        "ftp://example.com/x",
        "javascript:alert(1)",
        "http://",
        "\ud800",
        "https://a b",
        "file:///etc/passwd",
        "https://example.com\nhttps://b.com",
    ],
)
def test_put_link__refuses(url: str, user: User, session: NamespaceRef) -> None:
    with pytest.raises(InvalidError) as caught:
        services.put_link(user=user, namespace=session, url=url)
    assert caught.value.field == "url"
