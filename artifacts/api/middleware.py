"""A request with a bearer token is judged by it alone, whichever route it asks for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import middleware as auth
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import middleware as messages
from django.contrib.sessions import middleware as sessions
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from artifacts.models import AccessToken

if TYPE_CHECKING:
    _Middleware = MiddlewareMixin
else:
    _Middleware = object

INVALID = "The bearer token is not valid: unknown, expired or revoked."


class BearerMiddleware:
    """Answers a bad token with 401 where no view of an API looks at it.

    That is the admin, pages, static files and unknown paths. A good one opens nothing
    there. Other schemes are passed over: a proxy may ask for a password of its own.
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
        request.session = import_module(settings.SESSION_ENGINE).SessionStore()
        return None


class _ForCookies(_Middleware):
    """Passes over requests with a token: no cookie counts beside it, nor costs time."""

    def __call__(self, request: HttpRequest) -> Any:
        if bearer_of(request) is None:
            return super().__call__(request)
        return self.get_response(request)


class SessionMiddleware(_ForCookies, sessions.SessionMiddleware):
    """Django's, for requests without a token."""


class AuthenticationMiddleware(_ForCookies, auth.AuthenticationMiddleware):
    """Django's, for requests without a token."""


class MessageMiddleware(_ForCookies, messages.MessageMiddleware):
    """Django's, for requests without a token."""


def bearer_of(request: HttpRequest) -> str | None:
    """Find the token that a request carries (RFC 6750), None where there is none."""
    scheme, *secret = request.META.get("HTTP_AUTHORIZATION", "").split(None, 1) or [""]
    return "".join(secret).strip() if scheme.lower() == "bearer" else None


def _is_bad(secret: str | None) -> bool:
    return secret is not None and AccessToken.objects.find(secret) is None


def _refusal() -> HttpResponse:
    return HttpResponse(
        INVALID,
        status=401,
        content_type="text/plain",
        headers={"WWW-Authenticate": "Bearer"},
    )
