"""nginx sends the bytes of local disk itself; nobody may be able to tell."""

from __future__ import annotations

import contextlib
import http.client
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import urlencode

import pytest
import requests

from tests.deploy import proxy

CONTENT = bytes(range(256)) * 400
HOST = "artifacts.example.com"
OWN_HEADERS = {"connection", "date", "server", "transfer-encoding"}
"""Of the connection or of the server: those that may differ."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response as it came."""

    status: int
    headers: list[tuple[str, str]]
    "Sorted, without the server's own."
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for found, value in self.headers if found == name.lower()]


@dataclass(frozen=True, slots=True)
class Site:
    """The service twice on the same data: behind nginx, and streaming by itself."""

    proxied: int
    "nginx's port."
    behind: int
    "The port of gunicorn behind nginx."
    streaming: int
    "The port of a gunicorn that sends the bytes."
    token: str

    def ask(
        self, port: int, path: str, *, method: str = "GET", **headers: str
    ) -> Answer:
        """Send one request as the owner; `_` in the names of headers stands for `-`."""
        sent = {
            "Host": HOST,
            "Authorization": f"Bearer {self.token}",
            "X-Forwarded-Proto": "https",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        with contextlib.closing(connection):
            connection.request(method, path, headers=sent)
            response = connection.getresponse()
            received = sorted(
                (name.lower(), value)
                for name, value in response.getheaders()
                if name.lower() not in OWN_HEADERS
            )
            return Answer(response.status, received, response.read())

    def post(self, path: str, **form: object) -> requests.Response:
        """Post through nginx."""
        return requests.post(
            f"http://127.0.0.1:{self.proxied}{path}",
            headers={"Authorization": f"Bearer {self.token}", "Host": HOST},
            timeout=120,
            **form,  # type: ignore[arg-type]  # whatever requests takes
        )

    def put(self, session: str, content: bytes, filename: str) -> str:
        """Put an artifact through nginx; give the path of its bytes."""
        answer = self.post(
            "/v1/artifacts",
            data={"session_id": session},
            files={"file": (filename, content)},
        )
        assert answer.status_code == 201, answer.text
        query = {"object_id": answer.json()["object_id"], "session_id": session}
        return f"/v1/artifacts?{urlencode(query)}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    data = folder / "data"
    proxy.manage(data, "migrate", "--verbosity", "0")
    token = proxy.manage(data, "create_token", "alice")
    with (
        proxy.gunicorn(data, ARTIFACTS_DELIVERY="x-accel") as behind,
        proxy.gunicorn(data) as streaming,
        proxy.nginx(folder, data=data, upstream=behind) as proxied,
    ):
        yield Site(proxied, behind, streaming, token)


@pytest.fixture(scope="module", params=["live", "saved"])
def path(site: Site, request: pytest.FixtureRequest) -> str:
    """Give the path of bytes that rest in either store."""
    session = f"of-{request.param}"
    path = site.put(session, CONTENT, 'räksmörgås "1".bin')
    if request.param == "saved":
        assert site.post(f"/v1/sessions/{session}/save").status_code == 200
    return path


@pytest.fixture(scope="module")
def etag(site: Site, path: str) -> str:
    (etag,) = site.ask(site.streaming, path, method="HEAD").all("ETag")
    return etag


@pytest.fixture(scope="module")
def last_modified(site: Site, path: str) -> str:
    (moment,) = site.ask(site.streaming, path, method="HEAD").all("Last-Modified")
    return moment


def assert_same(site: Site, path: str, *, status: int, **request: str) -> None:
    """Ask nginx and a streaming gunicorn the same: the same has to come back."""
    expected = site.ask(site.streaming, path, **request)
    assert expected.status == status
    answer = site.ask(site.proxied, path, **request)
    if status == 206:  # nginx leaves it out where the part itself says as much
        for either in (expected, answer):
            either.headers[:] = [
                it for it in either.headers if it[0] != "accept-ranges"
            ]
    assert answer == expected
    names = [name for name, _ in answer.headers]
    assert sorted(set(names)) == names, "A header came twice."


def test_site__nginx_is_asked_to_send_the_bytes(site: Site, path: str) -> None:
    behind = site.ask(site.behind, path)
    assert behind.body == b""
    assert behind.all("X-Accel-Redirect")
    answer = site.ask(site.proxied, path)
    assert answer.body == CONTENT
    assert answer.all("X-Accel-Redirect") == []


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_whole__is_the_same(site: Site, path: str, method: str) -> None:
    assert_same(site, path, status=200, method=method)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("bytes=0-0", 206),
        ("bytes=100-", 206),
        ("bytes=-100", 206),
        ("bytes=100-199", 206),
        ("bytes=102399-999999999", 206),
        ("bytes=-999999999", 206),
        ("bytes=102400-", 416),
        ("bytes=-0", 416),
        ("bytes=5-2", 200),
        ("bytes=0-1,5-6", 200),
        ("bytes=0-1,200000-", 200),
        ("lines=1-2", 200),
        ("bytes=a-b", 200),
    ],
)
def test_range__is_the_same(site: Site, path: str, value: str, status: int) -> None:
    assert_same(site, path, status=status, Range=value)


def test_if_range__of_this_etag_or_date_gives_the_part(
    site: Site, path: str, etag: str, last_modified: str
) -> None:
    for known in (etag, last_modified):
        assert_same(site, path, status=206, Range="bytes=3-8", If_Range=known)


@pytest.mark.parametrize("other", ['"other"', formatdate(1_000_000_000, usegmt=True)])
def test_if_range__of_another_gives_the_whole(
    site: Site, path: str, etag: str, other: str
) -> None:
    assert_same(site, path, status=200, Range="bytes=3-8", If_Range=other)
    assert_same(site, path, status=200, Range="bytes=3-8", If_Range=f"W/{etag}")


def test_if_none_match__is_the_same(site: Site, path: str, etag: str) -> None:
    for known in (etag, f"W/{etag}", "*", f'"other", {etag}'):
        assert_same(site, path, status=304, If_None_Match=known)
    assert_same(site, path, status=200, If_None_Match='"other"')


def test_dates__are_the_same(site: Site, path: str, last_modified: str) -> None:
    old = formatdate(1_000_000_000, usegmt=True)
    assert_same(site, path, status=304, If_Modified_Since=last_modified)
    assert_same(site, path, status=200, If_Modified_Since=old)
    assert_same(site, path, status=200, If_Unmodified_Since=last_modified)
    assert_same(site, path, status=412, If_Unmodified_Since=old)


def test_if_match__is_the_same(site: Site, path: str, etag: str) -> None:
    assert_same(site, path, status=200, If_Match=etag)
    assert_same(site, path, status=206, If_Match=etag, Range="bytes=3-8")
    assert_same(site, path, status=412, If_Match='"other"')


@pytest.mark.parametrize("filename", ["a.html", "a.svg", "a.json", "empty.txt"])
def test_types__are_the_same(site: Site, filename: str) -> None:
    content = {
        "a.html": b"<!DOCTYPE html><title>a</title><script>1</script>",
        "a.svg": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>',
        "a.json": b'{"a": 1}',
        "empty.txt": b"",
    }
    path = site.put("types", content[filename], filename)
    assert_same(site, path, status=200)


def test_refusals__are_the_same(site: Site, path: str) -> None:
    assert_same(site, path, status=401, Authorization="Bearer nobody")
    assert_same(site, f"/api/v3/artifacts/{uuid.uuid4()}/content", status=404)


def test_protected__is_reached_by_nobody(site: Site, path: str) -> None:
    (inside,) = site.ask(site.behind, path).all("X-Accel-Redirect")
    for target in (inside, f"/v1/..{inside}", f"/{inside}", "/protected/live/../"):
        answer = site.ask(site.proxied, target)
        assert answer.status in (400, 404)
        assert CONTENT[:100] not in answer.body


def test_upload__beyond_the_limit_is_a_413_in_json(site: Site) -> None:
    answer = site.post(
        "/v1/artifacts",
        data={"session_id": "large"},
        files={"file": ("large.bin", bytes(proxy.MAX_BODY))},
    )
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/json"
    assert "large" in answer.json()["detail"]
