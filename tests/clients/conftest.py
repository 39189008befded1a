"""Real servers for the tests on the wire: one for all, others where limits differ."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import requests

from artifacts.management.samples import samples
from tests.clients.routes import Target
from tests.clients.server import Server, start
from tests.media import FILES
from tests.servers import many

# Addresses are presigned by S3 alone.
collect_ignore = (
    [] if os.environ.get("ARTIFACTS_TEST_S3") else ["test_redirects_during_save.py"]
)


@pytest.fixture(scope="session", autouse=True)
def services() -> Iterator[None]:
    """End the services that servers were given, after the servers."""
    yield
    many.end()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server that began from nothing; it has to stop cleanly as well."""
    running = start(tmp_path_factory.mktemp("server"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def small_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Give a server that accepts a million bytes at most."""
    running = start(
        tmp_path_factory.mktemp("small-server"), ARTIFACTS_MAX_BYTES="1000000"
    )
    yield running
    running.stop()


@pytest.fixture(scope="session")
def demo_files() -> dict[str, bytes]:
    """Give what the demo puts, by file name; the link is not among it."""
    return {sample.filename: sample.content for sample in samples()}


@dataclass(frozen=True, slots=True)
class Accounts:
    """Tokens of several states; `operator` is the owner, who can also sign in."""

    owner: str
    read_only: str
    other: str
    revoked: str
    expired: str
    session_cookie: str


@pytest.fixture(scope="session")
def accounts(server: Server) -> Accounts:
    """Make them as an operator does."""
    revoked = server.manage("create_token", "operator")
    server.manage("revoke_token", revoked)
    expired = server.manage("create_token", "operator", "--name", "expired")
    server.manage("shell", "--verbosity", "0", "--command", _EXPIRE)
    return Accounts(
        owner=server.manage("create_token", "operator"),
        read_only=server.manage("create_token", "operator", "--scope", "read"),
        other=server.manage("create_token", "mallory"),
        revoked=revoked,
        expired=expired,
        session_cookie=_signed_in(server),
    )


@pytest.fixture
def target(server: Server, accounts: Accounts) -> Target:
    session = f"private-{secrets.token_hex(4)}"
    stored = server.put(
        FILES["png"](), session_id=session, filename="plot.png", token=accounts.owner
    )
    return Target(stored["id"], stored["object_id"], session)


# No command makes a token that is over already.
_EXPIRE = """
from django.utils import timezone
from artifacts.models import AccessToken
AccessToken.objects.filter(name="expired").update(expires_at=timezone.now())
"""


def _signed_in(server: Server) -> str:
    """Sign in as the operator, through the admin's form; give the session cookie."""
    form = f"{server.url}/admin/login/"
    with requests.Session() as browser:
        browser.get(form, timeout=120)
        fields = {
            "username": "operator",
            "password": server.password,
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        }
        answer = browser.post(
            form,
            data=fields,
            headers={"Referer": form},
            allow_redirects=False,
            timeout=120,
        )
        assert answer.status_code == 302, answer.text
        return str(browser.cookies["sessionid"])
