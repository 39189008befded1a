"""What changes things: put an artifact, save a namespace, delete an artifact.

An acknowledged artifact is never lost: each service does its steps in an order in
which a crash leaves, at worst, bytes without a row, which `integrity` finds.
"""

from __future__ import annotations

from artifacts.services.delete import delete
from artifacts.services.pictures import redraw, warm
from artifacts.services.put import put, put_link
from artifacts.services.save import (
    save_idle_namespaces,
    save_namespace,
    write_manifest,
)

__all__ = [
    "delete",
    "put",
    "put_link",
    "redraw",
    "save_idle_namespaces",
    "save_namespace",
    "warm",
    "write_manifest",
]
