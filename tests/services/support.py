"""What the tests of services look at."""

from __future__ import annotations

import json

from artifacts import selectors, stores
from artifacts.models import FileArtifact, Namespace
from artifacts.services.findings import Fault
from artifacts.services.verify import Verification


def read(artifact: FileArtifact) -> bytes:
    reader = selectors.open_content(artifact)
    try:
        return b"".join(iter(lambda: reader.read(1024), b""))
    finally:
        reader.close()


def manifest_of(namespace: Namespace) -> dict[str, object]:
    with stores.persisted().local(f"manifests/{namespace.pk}.json") as document:
        manifest: dict[str, object] = json.load(document)
        return manifest


def faults(**options: bool) -> list[Fault]:
    return [finding.fault for finding in Verification(**options).run()]  # type: ignore[arg-type]
