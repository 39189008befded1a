"""Real servers that the stores are tested on; none is needed for the default tests."""

from __future__ import annotations
