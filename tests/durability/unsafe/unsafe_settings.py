"""The project's settings, but for a database that does not sync its commits."""

from __future__ import annotations

from paradigm.settings import *  # noqa: F403 - all of them
from paradigm.settings import DATABASES

_OPTIONS = DATABASES["default"]["OPTIONS"]
_OPTIONS["init_command"] = _OPTIONS["init_command"].replace("FULL", "OFF")
