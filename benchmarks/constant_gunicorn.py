"""The deployed gunicorn configuration for `benchmarks.constant`, without its hooks.

They are about the service, which the constant view has nothing of.
"""

from __future__ import annotations

import runpy
from pathlib import Path

_DEPLOYED = Path(__file__).resolve().parents[1] / "deploy" / "gunicorn.conf.py"

globals().update(
    {
        name: value
        for name, value in runpy.run_path(str(_DEPLOYED)).items()
        if not name.startswith("_") and not callable(value)
    }
)
wsgi_app = "benchmarks.constant"
