"""Bearer tokens: shown once, kept as a digest."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.utils import timezone

from artifacts.models.written_out import WrittenOut

PREFIX = "pat_"
"""Begins every token, so that people and secret scanners know one when they see it."""
MAX_DAYS = 36_500
"""No token is good for longer than a century."""


class Scope(models.TextChoices):
    """What a token may do; writing includes reading."""

    READ = "read"
    WRITE = "write"


class AccessTokenQuerySet(models.QuerySet["AccessToken"]):
    """Queries of this table."""

    def issue(
        self, *, user: User, days: int, scope: str, name: str = ""
    ) -> tuple[AccessToken, str]:
        """Make a token; its secret is returned here and never again."""
        secret = PREFIX + secrets.token_urlsafe(32)
        token = self.create(
            user=user,
            name=name,
            digest=_digest(secret),
            hint=secret[: len(PREFIX) + 4],
            scope=scope,
            expires_at=timezone.now() + timedelta(days=days),
        )
        return token, secret

    def find(self, secret: str) -> AccessToken | None:
        """Find the usable token of this secret and its user, in one indexed query.

        Of the user only id and name are loaded.
        """
        row = _USABLE.row(self.db, [_digest(secret)])
        if row is None:
            return None
        *values, username = row
        token = AccessToken.from_db(self.db, _USABLE.names, values)
        if token.state != "usable":
            return None
        # All that most requests need of it; the rest is fetched when used.
        known = [token.user_id, username]
        token.user = User.from_db(self.db, ["id", "username"], known)
        return token


class AccessToken(models.Model):
    """A user's key to both APIs."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="artifact_tokens",
    )
    name = models.CharField(
        max_length=100, blank=True, help_text="What it is for, in your own words."
    )
    # A fast digest is right here: the secret has 256 random bits, nothing to guess.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField("begins with", max_length=12, editable=False)
    scope = models.CharField(max_length=5, choices=Scope.choices, default=Scope.WRITE)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.hint}… of {self.user}"

    @property
    def state(self) -> str:
        """One of usable, revoked, expired."""
        if self.revoked_at is not None:
            return "revoked"
        return "usable" if self.expires_at > timezone.now() else "expired"

    def revoke(self) -> None:
        """End it for good; the first revocation's time stays."""
        if self.revoked_at is None:
            self.revoked_at = timezone.now()
            self.save(update_fields=["revoked_at"])


_USABLE = WrittenOut(
    "SELECT {columns}, auth_user.username FROM artifacts_accesstoken AS token"
    " JOIN auth_user ON auth_user.id = token.user_id"
    " WHERE token.digest = %s AND auth_user.is_active",
    table="token",
    fields=AccessToken._meta.concrete_fields,
)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
