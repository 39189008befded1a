"""Every route, and how one is filled in."""

from __future__ import annotations

from dataclasses import dataclass

import requests

from tests.clients.server import Server


@dataclass(frozen=True, slots=True)
class Target:
    """What the routes below are filled in with."""

    id: str
    object_id: str
    session: str


V1 = "/v1/artifacts?session_id={session}&object_id={object_id}"
READS = (
    "/api/v3/artifacts/{id}",
    "/api/v3/artifacts/{id}/content",
    "/api/v3/artifacts/{id}/thumbnail",
    V1,
    "/v1/artifacts?session_id={session}&filename=plot.png",
    "/v1/artifacts/list?session_id={session}",
)
"""Routes that read one user's things."""
WRITES = (("POST", "/v1/sessions/{session}/save"), ("DELETE", V1))
OPEN = ("/v1/health", "/livez", "/readyz", "/api/schema/", "/api/docs/")
"""Routes that need no token."""
OTHERS = (
    "/v1/domains",
    "/api/v3/artifacts",
    "/v1/no-such-route",
    "/v1/artifacts/",
    "/v1/",
    "/api/v3/no-such-route",
    "/api/v3/artifacts/",
)
PAGES = (
    "/",
    "/admin/",
    "/admin/login/",
    "/admin/artifacts/fileartifact/",
    "/api-auth/login/",
    "/static/artifacts/logo.svg",
    "/favicon.ico",
    "/api/docs",
    "/no-such-page",
)
"""Routes of no API."""


def filled(route: str, target: Target) -> str:
    return route.format(
        id=target.id, object_id=target.object_id, session=target.session
    )


def with_cookie(
    server: Server, path: str, cookie: str, token: str | None = None
) -> requests.Response:
    return server.ask("GET", path, token=token, cookies={"sessionid": cookie})
