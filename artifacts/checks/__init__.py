"""System checks: what is wrong here, and what to do about it. Importing registers them."""

from __future__ import annotations

from artifacts.checks import decoders, durability, environment, indexes, settings

__all__ = ["decoders", "durability", "environment", "indexes", "settings"]
