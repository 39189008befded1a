"""Programs for those who develop the service; none of them is part of it."""

from __future__ import annotations
