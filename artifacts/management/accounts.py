"""What several commands share: the users they act for."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management.base import CommandError


def user_named(username: str) -> User:
    """Find the user of this name; where missing, make one for tokens only."""
    users = get_user_model().objects
    user = users.filter(username=username).first()
    if user is None:
        user = users.create_user(username)
    if not user.is_active:
        raise CommandError(f"User {username} is not active.")
    return user
