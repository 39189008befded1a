"""Bearer tokens where no view of an API looks at them: the admin, pages, unknown paths."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from artifacts.models import AccessToken

INVALID = "The bearer token is not valid: unknown, expired or revoked."


class BearerMiddleware:
    """Answers a bad token with 401 on every route; the APIs' views do so themselves.

    A good one opens nothing here, and the session's cookie nothing beside it. Other
    schemes are passed over: a proxy may ask for a password of its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        # No view: a static file, a redirect to where there is a slash, or nothing.
        if request.resolver_match is None and _is_bad(bearer_of(request)):
            response.close()
            return _refusal()
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *_: object
    ) -> HttpResponse | None:
        secret = bearer_of(request)
        if secret is None or hasattr(view, "cls"):  # DRF's
            return None
        if _is_bad(secret):
            return _refusal()
        request.user = AnonymousUser()
        return None


def bearer_of(request: HttpRequest) -> str | None:
    """Find the token that a request carries (RFC 6750), None where there is none."""
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def _is_bad(secret: str | None) -> bool:
    return secret is not None and AccessToken.objects.find(secret) is None


def _refusal() -> HttpResponse:
    return HttpResponse(
        INVALID,
        status=401,
        content_type="text/plain",
        headers={"WWW-Authenticate": "Bearer"},
    )
