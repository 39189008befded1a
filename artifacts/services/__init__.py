"""What changes things: put an artifact, save a namespace, delete an artifact.

An acknowledged artifact is never lost: each service does its steps in an order in
which a crash leaves, at worst, bytes without a row, which `verify` finds, or work that
the database knows of, which `sweep` does.
"""

from __future__ import annotations

from artifacts.services.delete import delete
from artifacts.services.manifests import write_manifest
from artifacts.services.put import put, put_link
from artifacts.services.save import save_namespace
from artifacts.services.sweeper import save_idle_namespaces, sweep, sweep_in_background
from artifacts.services.thumbnails import redraw, warm

__all__ = [
    "delete",
    "put",
    "put_link",
    "redraw",
    "save_idle_namespaces",
    "save_namespace",
    "sweep",
    "sweep_in_background",
    "warm",
    "write_manifest",
]
