"""Who asks, and what their token lets them do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import AnonymousUser, User
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from artifacts.api.middleware import INVALID, bearer_of
from artifacts.models import AccessToken
from artifacts.models.access_token import Scope

if TYPE_CHECKING:
    from rest_framework.views import APIView


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>` (RFC 6750), one query.

    A request that carries the header is judged by it alone: a bad one is a 401 on
    every route, also where none is needed, and no session cookie is looked at.
    """

    def authenticate(self, request: Request) -> tuple[Any, AccessToken] | None:
        if "HTTP_AUTHORIZATION" not in request.META:
            return None
        secret = bearer_of(request)
        token = None if secret is None else AccessToken.objects.find(secret)
        if token is None:
            raise AuthenticationFailed(INVALID)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class TokenScope(BasePermission):
    """Anyone known may read; writing takes a token of that scope."""

    message = "This token may only read."

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        if request.method in SAFE_METHODS:
            return True
        token = request.auth
        return isinstance(token, AccessToken) and token.scope == Scope.WRITE


def user_of(request: Request) -> User:
    """Who asks, on a route that lets nobody unknown in."""
    if isinstance(request.user, AnonymousUser):
        raise NotAuthenticated
    return request.user
