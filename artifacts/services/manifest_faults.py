"""Comparison of manifests with the database."""

from __future__ import annotations

from uuid import UUID

from artifacts import stores
from artifacts.models import Namespace
from artifacts.services.findings import Fault
from artifacts.services.inventory import Inventory
from artifacts.services.manifests import current_manifest, is_newer, may_know_more
from artifacts.stores.manifest import Entry, Manifest


def fault_of_manifest(
    key: str, namespace: Namespace | None, inventory: Inventory
) -> Fault | None:
    """Find what is wrong with a stored manifest, and note what it lists."""
    try:
        manifest = Manifest.read(stores.persisted(), key)
    except FileNotFoundError:
        return None  # set aside since
    except ValueError:
        return Fault.UNREADABLE if namespace is None else Fault.STALE_MANIFEST
    newer = namespace is None or may_know_more(manifest, namespace)
    ids = [one for one in map(_id_of, manifest.artifacts) if one]
    inventory.list_entries(ids, key, newer=newer)
    if namespace is None:
        return Fault.UNREADABLE if manifest.unreadable else None
    if is_newer(manifest, namespace):
        return Fault.NEWER_MANIFEST
    return Fault.STALE_MANIFEST if _differs(manifest, namespace) else None


def namespace_of(key: str) -> Namespace | None:
    """Find the namespace whose manifest has this key."""
    try:
        pk = UUID(key.rpartition("/")[2].removesuffix(".json"))
    except ValueError:
        return None
    return Namespace.objects.select_related("owner").filter(pk=pk).first()


def is_due(namespace: Namespace) -> bool:
    """Say whether the sweeper knows already that the manifest has to be written."""
    return namespace.written_revision < namespace.revision


def _differs(manifest: Manifest, namespace: Namespace) -> bool:
    if is_due(namespace):
        return False
    expected = current_manifest(namespace)
    namespace.refresh_from_db()
    same = (manifest.artifacts, manifest.unreadable) == (expected.artifacts, ())
    return not same and not is_due(namespace)


def _id_of(entry: Entry) -> UUID | None:
    try:
        return UUID(entry.id)
    except ValueError:
        return None
