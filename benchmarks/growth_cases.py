"""What is asked of a service with many rows, each thing with a name."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from artifacts import selectors, services
from artifacts.models import AccessToken, Namespace
from artifacts.refs import ObjectRef
from artifacts.services.inventory import Inventory
from artifacts.services.verify import Verification
from benchmarks.growth_fill import NEEDLE, Filled

Call = Callable[[], object]
FEW = "few calls: "
"""Begins the name of what takes long or uses something up."""
CALLS = 100
"""The most calls of one thing."""
_V3, _V1 = "/api/v3/artifacts", "/v1/artifacts"
_ADMIN = "/admin/artifacts"


def cases(filled: Filled) -> Iterator[tuple[str, Call]]:
    """Give all of them."""
    # Django's test client writes to the database when it signs in: no bearer token.
    _, secret = AccessToken.objects.issue(user=filled.owner, days=1, scope="write")
    host = {"host": settings.ALLOWED_HOSTS[0]}
    api = Client(headers={**host, "authorization": f"Bearer {secret}"})
    yield from _one_artifact(api, filled)
    yield from _lists(api, filled)
    yield from _background()
    admin = Client(headers=host)
    admin.force_login(filled.owner)
    yield from _admin(admin, filled)


def _get(client: Client, path: str, **query: str) -> Call:
    url = f"{path}?{urlencode(query)}" if query else path

    def get() -> None:
        response = client.get(url)
        if response.status_code != 200:
            raise SystemExit(f"{url} was answered with {response.status_code}.")

    return get


def _one_artifact(api: Client, filled: Filled) -> Iterator[tuple[str, Call]]:
    artifact, session = filled.artifact, filled.small.external_id
    yield "v3 get", _get(api, f"{_V3}/{artifact.pk}")
    yield "v1 list, 10", _get(api, f"{_V1}/list", session_id=session)

    reference = ObjectRef.parse(artifact.object_id)

    def find_by_object_id() -> None:
        selectors.get_by_object_id(filled.owner, filled.small.ref, reference)

    def find_by_name() -> None:
        selectors.get_by_filename(filled.owner, filled.small.ref, artifact.filename)

    yield "v1 find by object id", find_by_object_id
    yield "v1 find by file name", find_by_name

    def put() -> None:
        file = SimpleUploadedFile("noise.bin", secrets.token_bytes(10_000))
        form = {"session_id": "new", "file": file}
        response = api.post(_V1, form)
        if response.status_code != 201:
            raise SystemExit(f"A put was answered with {response.status_code}.")

    yield "v1 put, 10 kB", put
    # Each of its own, so that none becomes empty.
    others = Namespace.objects.filter(owner=filled.owner).exclude(pk=filled.small.pk)
    small = iter(others.exclude(pk=filled.large.pk).order_by("last_put_at")[:CALLS])
    yield "delete in a session of 10", lambda: _delete(next(small))
    yield f"{FEW}delete in the session of a tenth", lambda: _delete(filled.large)


def _delete(namespace: Namespace) -> None:
    rows = namespace.artifacts.defer("thumbnail_base64")
    services.delete(rows.order_by("-id")[0])


def _lists(api: Client, filled: Filled) -> Iterator[tuple[str, Call]]:
    middle = filled.artifact.created_at
    filters: dict[str, dict[str, str]] = {
        "first page": {},
        "session of 10": {"session_id": filled.small.external_id},
        "large session": {"session_id": "large"},
        "no such session": {"session_id": "none"},
        "no such execution": {"execution_id": "none"},
        "common kind": {"kind": "img"},
        "rare kind": {"kind": "recon"},
        "kind of nothing": {"kind": "arr"},
        "common type": {"mime_type": "image/png"},
        "rare type": {"mime_type": "model/gltf-binary"},
        "type of nothing": {"mime_type": "text/csv"},
        "common name": {"filename": "PICTURE"},
        "name of one": {"filename": "only needle"},
        "name of nothing": {"filename": "haystack"},
        "short name of nothing": {"filename": "qz"},
        "name and kind of nothing": {"filename": "haystack", "kind": "img"},
        "session and kind": {"session_id": filled.small.external_id, "kind": "img"},
        "session and other kind": {"session_id": "none", "kind": "img"},
        "before the middle": {"created_before": middle.isoformat()},
        "after the middle": {"created_after": middle.isoformat()},
        "before all": {"created_before": "2020-01-01T00:00:00Z"},
        "kind after all": {"kind": "img", "created_after": "2100-01-01T00:00:00Z"},
    }
    for name, query in filters.items():
        yield f"v3 list, {name}", _get(api, _V3, **query)
    cursor = api.get(_V3, {"created_before": middle.isoformat()}).json()["next"]
    yield "v3 list, by cursor", _get(api, cursor)


def _background() -> Iterator[tuple[str, Call]]:
    def sweep() -> None:
        for _ in services.save_idle_namespaces(idle_seconds=3600):
            raise SystemExit("The sweeper found something.")

    def render() -> None:
        undrawn = selectors.to_render()
        if undrawn.count() or undrawn.order_by("-pk").first():
            raise SystemExit("There was something to render.")

    yield "readyz", _get(Client(headers={"host": settings.ALLOWED_HOSTS[0]}), "/readyz")
    yield "render_thumbnails finds nothing", render
    yield "sweeper finds nothing", sweep

    def verify() -> None:
        # Each row is a finding: there are no bytes.
        with Inventory() as inventory:
            list(itertools.islice(Verification().compare_rows(inventory), 1_000))

    yield f"{FEW}verify, 1,000 rows", verify


def _admin(admin: Client, filled: Filled) -> Iterator[tuple[str, Call]]:
    artifact = filled.artifact
    lists: dict[str, dict[str, str]] = {
        "list": {},
        "last page": {"p": "10"},
        "oldest first": {"o": "8"},
        "largest first": {"o": "-4"},
        "kind": {"kind__exact": "img"},
        "rare kind": {"kind__exact": "recon"},
        "kind of nothing": {"kind__exact": "arr"},
        "saved": {"source__exact": "manifest"},
        "live": {"source__exact": "store"},
        "type": {"mime_type": "image/png"},
        "type of nothing": {"mime_type": "text/csv"},
        "reason": {"thumbnail_reason__exact": "damaged"},
        "owner": {"user__id__exact": str(filled.owner.pk)},
        "session": {"namespace__id__exact": str(filled.small.pk)},
        "date": {"created_at__lt": artifact.created_at.isoformat()},
        "search common name": {"q": "picture"},
        "search name of one": {"q": NEEDLE},
        "search name of nothing": {"q": "haystack"},
        "search object id": {"q": artifact.object_id},
        "search id": {"q": str(artifact.pk)},
        "search SHA-256": {"q": artifact.sha256},
        "search SHA-256's first": {"q": artifact.sha256[:8]},
        "search session": {"q": filled.small.external_id},
    }
    for name, query in lists.items():
        yield f"admin {name}", _get(admin, f"{_ADMIN}/fileartifact/", **query)
    yield "admin artifact", _get(admin, f"{_ADMIN}/fileartifact/{artifact.pk}/change/")
    sessions: dict[str, dict[str, str]] = {
        "list": {},
        "owner": {"owner__id__exact": str(filled.owner.pk)},
        "kind of nothing": {"kind__exact": "execution"},
        "search": {"q": filled.small.external_id},
        "search nothing": {"q": "haystack"},
        "search owner": {"q": "owner"},
    }
    for name, query in sessions.items():
        yield f"admin sessions, {name}", _get(admin, f"{_ADMIN}/namespace/", **query)
    page = f"{_ADMIN}/namespace/{filled.small.pk}/change/"
    yield "admin session", _get(admin, page)
