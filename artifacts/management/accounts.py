"""What several commands share: the users they act for."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError


def existing_user(username: str) -> User:
    """Find the user of this name."""
    user = _find(username)
    if user is None:
        raise CommandError(f"There is no user {username}.")
    return user


def user_named(username: str) -> User:
    """Find the user of this name; where missing, make one for tokens only."""
    user = _find(username) or _make(username)
    if not user.is_active:
        raise CommandError(f"User {username} is not active.")
    return user


def _find(username: str) -> User | None:
    model = get_user_model()
    # As it is given, for it may have been made by other means; then as one is made.
    for name in (username, model.normalize_username(username)):
        try:
            user = model.objects.filter(username=name).first()
        except ValueError:  # what no database can spell: a byte that is no UTF-8
            return None
        if user is not None:
            return user
    return None


def _make(username: str) -> User:
    """Make a user whom the admin would let in, too."""
    given = get_user_model()(username=username)
    given.username = given.normalize_username(username)
    try:
        given.clean_fields(exclude={"password"})
    except ValidationError as error:
        raise CommandError(f"User name {username!r}: {error.messages[0]}") from error
    return get_user_model().objects.create_user(username)
