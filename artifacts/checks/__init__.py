"""System checks: what is wrong here, and what to do about it. Importing registers them."""

from __future__ import annotations

from artifacts.checks import decoders, environment, indexes, settings

__all__ = ["decoders", "environment", "indexes", "settings"]
