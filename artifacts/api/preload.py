"""Preloading of what Python and Django load when it is first used.

An import needs a descriptor: where none is left, each would fail for a reason that no
client and no log would understand.
"""

from __future__ import annotations

import codecs

from django.urls import get_resolver, reverse
from django.utils import timezone

from artifacts import stores

_CODECS = ("ascii", "idna", "latin-1", "unicode_escape", "utf-8", "utf-8-sig", "utf-16")
"""Those that headers, forms, file names and numbers of other scripts are read with."""


def preload() -> None:
    """Load routes, error pages, codecs, the time zone and stores."""
    resolver = get_resolver()
    reverse("docs")
    resolver.resolve_error_handler(500)
    timezone.get_default_timezone()
    for name in _CODECS:
        codecs.lookup(name)
    stores.live()
    stores.persisted()
