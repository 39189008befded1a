"""Comparison of database, stores and manifests, and repair of what can be repaired.

What no row and no manifest knows is set aside before it is deleted. What a manifest
lists is never deleted because the database does not know it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from artifacts import selectors, stores
from artifacts.conf import conf
from artifacts.exceptions import BytesMissingError, OutdatedError
from artifacts.models import FileArtifact, Installation, Namespace, PendingDeletion
from artifacts.models.batches import batches, in_batches
from artifacts.services import fencing
from artifacts.services.deletions import finish_deletions
from artifacts.services.digests import has_digest
from artifacts.services.findings import Fault, Finding, RefusedError
from artifacts.services.inventory import Found, Inventory
from artifacts.services.manifest_faults import (
    fault_of_manifest,
    is_due,
    namespace_of,
)
from artifacts.services.manifests import write_manifest
from artifacts.services.pace import Pace
from artifacts.services.sweeper import sweep_unfinished
from artifacts.services.trash import empty_trash, in_trash, put_back, set_aside
from artifacts.stores.manifest import key_of, manifest_keys
from artifacts.stores.object_store import object_store

PROBES = "probes"
ROWS = 1000
"""Rows that are compared at a time."""
MANY = 10
"""So few objects without a row are no sign of a wrong database."""
SHARE = 0.1
"""More than this share of all objects without a row is one."""


@dataclass(slots=True)
class Verification:
    """One comparison of rows, bytes and manifests; what it has seen so far.

    With `deep`, every byte is read and hashed, at most `pace` a second; `resume` goes
    on with that where the last one stopped. `repair` deletes nothing where rows seem to
    be missing on a large scale, unless `force` says that they are not.
    """

    repair: bool = False
    deep: bool = False
    force: bool = False
    resume: bool = False
    pace: Pace = field(default_factory=Pace)
    objects: int = 0
    rows: int = 0
    foreign: str = ""
    "What lies between the artifacts and is not ours; it is never touched."

    def run(self) -> Iterator[Finding]:
        """Give each fault, and mend it where that is asked for.

        Nothing younger than `ARTIFACTS_GRACE_SECONDS` counts as an orphan: its put may
        be under way. Rows are never touched. Raises `RefusedError` before it repairs.
        """
        before = timezone.now() - timedelta(seconds=conf.ARTIFACTS_GRACE_SECONDS)
        try:
            fencing.check(anew=True)
        except OutdatedError as error:
            if self.repair:
                raise RefusedError(str(error)) from error
            yield Finding(Fault.OUTDATED, str(error))
        with Inventory() as inventory:
            for store in (stores.live(), stores.persisted()):
                inventory.take(store)
            inventory.take_trash(in_trash())
            self.objects = inventory.count("object")
            stale = list(self._compare_manifests(inventory))
            lost = list(self._lost_rows(inventory))
            unknown = [one for one in stale if one.fault != Fault.STALE_MANIFEST]
            yield from lost + unknown
            leftovers = list(self._compare_objects(inventory, before))
            self._refuse_where_rows_are_missing(inventory, lost + unknown)
            yield from self._repair_manifests(stale)
            yield from self._repair_leftovers(leftovers)
            yield from self._repair_orphans(inventory)
            for place in self._unfinished(before):
                yield Finding(Fault.UNFINISHED, place, self.repair)
            yield from self.compare_rows(inventory)
        if self.repair:
            finish_deletions()
            for namespace in list(Namespace.objects.due()):
                write_manifest(namespace)
                yield Finding(Fault.STALE_MANIFEST, key_of(namespace.pk), repaired=True)
            empty_trash(before)

    def _compare_manifests(self, inventory: Inventory) -> Iterator[Finding]:
        """Compare each manifest with its namespace; note what it lists."""
        seen = set[UUID]()
        for key in manifest_keys(stores.persisted()):
            namespace = namespace_of(key)
            fault = fault_of_manifest(key, namespace, inventory)
            if fault is not None:
                yield Finding(fault, key)
            if namespace is not None:
                seen.add(namespace.pk)
        saved = Namespace.objects.exclude(revision=0, saved_at=None)
        saved = saved.only("id", "revision", "written_revision")
        for namespace in in_batches(saved, size=1000):
            if namespace.pk not in seen and not is_due(namespace):
                yield Finding(Fault.STALE_MANIFEST, key_of(namespace.pk))

    def _lost_rows(self, inventory: Inventory) -> Iterator[Finding]:
        """Find what a manifest lists, is there, and has no row; a fault a manifest."""
        lost: dict[str, int] = {}
        for batch in inventory.entries():
            ids = [artifact_id for artifact_id, _, newer in batch if newer]
            known = _known(ids)
            where = inventory.tiers_of([one for one in ids if one not in known])
            for artifact_id, manifest, newer in batch:
                if newer and artifact_id not in known and where[artifact_id]:
                    lost[manifest] = lost.get(manifest, 0) + 1
        for manifest, count in sorted(lost.items()):
            yield Finding(Fault.LOST_ROW, f"{manifest}: {count}")

    def _compare_objects(
        self, inventory: Inventory, before: datetime
    ) -> Iterator[Found]:
        """Note objects without a row; give live copies of what is saved."""
        for batch in inventory.batches():
            rows = dict(
                FileArtifact.objects.filter(
                    pk__in={found.id for found in batch}
                ).values_list("pk", "source")
            )
            going = _going(found.key for found in batch)
            for found in batch:
                if found.modified >= before.timestamp() or found.key in going:
                    continue
                source = rows.get(found.id)
                if source is None and not inventory.is_listed(found.id):
                    inventory.add_orphan(found)
                elif found.tier == "live" and source == "manifest":
                    yield found
        self.foreign = ", ".join(inventory.foreign)
        if inventory.foreign_count > len(inventory.foreign):
            self.foreign += (
                f" and {inventory.foreign_count - len(inventory.foreign)} more"
            )

    def _refuse_where_rows_are_missing(
        self, inventory: Inventory, lost: list[Finding]
    ) -> None:
        orphans = inventory.count("orphan")
        if not self.repair or self.force:
            return
        if lost:
            raise RefusedError(
                "Nothing is repaired: manifests list, or may list, what has no row. Run "
                "`manage.py rebuild_from_manifests` first, and mend what it reports."
            )
        many = orphans > MANY and orphans > SHARE * inventory.count("object")
        if orphans and (many or not FileArtifact.objects.exists()):
            raise RefusedError(
                f"Nothing is repaired: {orphans} of {inventory.count('object')} objects "
                "have no row. Is this the right database? If so, add --force."
            )

    def _repair_manifests(self, stale: list[Finding]) -> Iterator[Finding]:
        for finding in stale:
            if finding.fault != Fault.STALE_MANIFEST:
                continue
            namespace = namespace_of(finding.place)
            if self.repair and namespace is not None:
                write_manifest(namespace)
            yield Finding(finding.fault, finding.place, self.repair)

    def _repair_leftovers(self, leftovers: list[Found]) -> Iterator[Finding]:
        for found in leftovers:
            row = FileArtifact.objects.filter(pk=found.id).first()
            # Else the live one may be the last.
            if row is None or row.is_live or not _is_whole(row):
                continue
            if self.repair:
                stores.live().delete(found.key)
            yield Finding(Fault.LEFTOVER, f"live: {found.key}", self.repair)

    def _repair_orphans(self, inventory: Inventory) -> Iterator[Finding]:
        for tier, key in inventory.orphans():
            if FileArtifact.objects.filter(pk=UUID(key[-32:])).exists():
                continue  # its put was slow
            if self.repair:
                try:
                    set_aside(object_store(tier), key)
                except FileNotFoundError:
                    continue
            yield Finding(Fault.ORPHAN, f"{tier}: {key}", self.repair)

    def _unfinished(self, before: datetime) -> Iterator[str]:
        yield from sweep_unfinished(delete=self.repair, thorough=True)
        for store in (stores.live(), stores.persisted()):
            for stat in store.list(PROBES):
                if stat.modified < before:
                    if self.repair:
                        store.delete(stat.key)
                    yield f"{store.alias}: {stat.key}"

    def compare_rows(self, inventory: Inventory) -> Iterator[Finding]:
        """Find rows whose bytes are missing or wrong."""
        rows = FileArtifact.objects.defer("thumbnail_base64")
        installation = Installation.objects.current()
        if self.deep and self.resume and installation.scrubbed_to:
            rows = rows.filter(pk__gt=installation.scrubbed_to)
        for batch in batches(rows, size=ROWS):
            where = inventory.tiers_of(row.pk for row in batch)
            for row in batch:
                self.rows += 1
                if fault := self._fault_of(row, where[row.pk]):
                    yield self._mend(row, fault, inventory.in_trash(row.storage_path))
            if self.deep:
                Installation.objects.update(scrubbed_to=batch[-1].pk)
        if self.deep:
            Installation.objects.update(scrubbed_to=None)

    def _mend(
        self, row: FileArtifact, fault: Fault, trash: tuple[str, str] | None
    ) -> Finding:
        place = f"{row.namespace_id} {row.object_id} {row.storage_path}"
        if fault != Fault.MISSING or trash is None:
            return Finding(fault, place)
        if self.repair:
            put_back(row, *trash)
        return Finding(Fault.STRANDED, place, self.repair)

    def _fault_of(self, row: FileArtifact, found: dict[str, Found]) -> Fault | None:
        there = found.get("live") if row.is_live else None
        there = there or found.get("default")
        if there is not None and not self.deep:
            return Fault.CORRUPT if there.size != row.bytes else None
        # Moved or deleted since the stores were listed; or every byte is wanted.
        try:
            store = selectors.locate(row)
            if store.stat(row.storage_path).size != row.bytes or (
                self.deep and not has_digest(store, row, pace=self.pace)
            ):
                return Fault.CORRUPT
        except (BytesMissingError, FileNotFoundError):
            if not FileArtifact.objects.filter(pk=row.pk).exists():
                return None
            return Fault.MISSING
        return None


def _known(ids: list[UUID]) -> set[UUID]:
    return set(FileArtifact.objects.filter(pk__in=ids).values_list("pk", flat=True))


def _going(keys: Iterator[str]) -> set[str]:
    """Give those of the keys whose deletion is noted."""
    notes = PendingDeletion.objects.filter(storage_path__in=list(keys))
    return set(notes.values_list("storage_path", flat=True))


def _is_whole(artifact: FileArtifact) -> bool:
    try:
        return has_digest(stores.persisted(), artifact)
    except FileNotFoundError:
        return False
