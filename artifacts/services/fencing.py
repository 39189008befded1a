"""Fencing: only the database that the stores belong to may write.

Both stores are marked with the identity and the generation of the database that last
wrote to them (`database.json`). A database that is another one, or an older copy, must not
write: it would list less than there is, delete what it does not know, and hand out
object references twice. It is mended by the right backup or by
`rebuild_from_manifests`, which makes the database that it was run on the store's.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import time
import uuid
import weakref
from dataclasses import dataclass

from artifacts import stores
from artifacts.exceptions import OutdatedError, StoreError
from artifacts.models import Installation, Namespace
from artifacts.models.installation import current_generation, outlived
from artifacts.stores.manifest import manifest_keys
from artifacts.stores.object_store import Document, ObjectStore

logger = logging.getLogger(__name__)

KEY = "database.json"
"""On each store: the mark."""
SECONDS = 60.0
"""For which a process believes what it has seen; it is told of a restart by starting."""
SECONDS_AWAY = 5.0
"""After which a store that did not answer is asked again."""
UNKNOWN = 16
"""Generations that are passed over where the last ones may be unknown."""
SAMPLE = 50
"""Manifests that are looked at on a store without a mark."""

_ANOTHER = (
    "The persisted store belongs to another database than this one. Give the service "
    "the right DATABASE_URL, or run `manage.py rebuild_from_manifests`."
)
_LIVE_OF_ANOTHER = (
    "The live store belongs to another database than this one: give each installation "
    "one of its own. If the other database is lost, run "
    "`manage.py rebuild_from_manifests`."
)
_OLDER = (
    "The database is an older copy of the one that the persisted store was last written "
    "by. Run `manage.py rebuild_from_manifests`, which adds what it lacks."
)

_seen: weakref.WeakKeyDictionary[object, float] = weakref.WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Mark:
    """The database that a store belongs to."""

    database: uuid.UUID
    generation: int


def check(*, anew: bool = False) -> None:
    """Raise `OutdatedError` where this database must not write.

    A store that does not answer cannot tell: then what is live goes on. What was seen
    a moment ago is believed, unless it is to be looked at `anew`.
    """
    store = stores.persisted()
    if not anew and _seen.get(store.storage, 0.0) > time.monotonic():
        return
    current_generation()
    try:
        try:
            _compare(store)
        except OutdatedError:
            _compare(store)  # once more: a store may give back what it was not given
    except OutdatedError:
        raise
    except StoreError as error:
        logger.warning("Whose store it is cannot be seen now: %s", error)
        _seen[store.storage] = time.monotonic() + SECONDS_AWAY
    else:
        _seen[store.storage] = time.monotonic() + SECONDS


def forget() -> None:
    """Have the next `check()` look at the store again."""
    _seen.clear()


def belongs_elsewhere() -> bool:
    """Say whether another database's mark is on the store."""
    mark, _ = _read(stores.persisted())
    return mark is not None and mark.database != Installation.objects.current().pk


def claim() -> None:
    """Make this database the one that the store belongs to."""
    store = stores.persisted()
    installation = Installation.objects.current()
    written = False
    while not written:
        _, document = _read(stores.live())
        written = _write(stores.live(), installation, document)
    written = False
    while not written:
        mark, document = _read(store)
        ahead = mark.generation if mark else 0
        Installation.objects.filter(pk=installation.pk, generation__lte=ahead).update(
            generation=ahead + UNKNOWN
        )
        installation.refresh_from_db()
        written = _write(store, installation, document)
    forget()


def _compare(store: ObjectStore) -> None:
    installation = Installation.objects.current()
    if outlived(installation):
        installation.refresh_from_db()
    mark, document = _read(store)
    if mark is None:
        if _knows_nothing_of(store):
            raise OutdatedError(_ANOTHER)
    elif mark.database != installation.pk:
        raise OutdatedError(_ANOTHER)
    elif mark.generation > installation.generation:
        # Another process may have begun the next one since.
        installation.refresh_from_db()
        if mark.generation > installation.generation:
            raise OutdatedError(_OLDER)
    if mark is None or mark.generation < installation.generation:
        # Where another process has just written it, the next check compares.
        _write(store, installation, document)
    _compare_live(stores.live(), installation)


def _compare_live(store: ObjectStore, installation: Installation) -> None:
    """Look at the mark of the live store, which may have been emptied at any time."""
    mark, document = _read(store)
    if mark is None:
        _write(store, installation, document)
    elif mark.database != installation.pk:
        raise OutdatedError(_LIVE_OF_ANOTHER)


def _knows_nothing_of(store: ObjectStore) -> bool:
    """Say whether there are manifests, and none of a session that is known here."""
    keys = list(itertools.islice(manifest_keys(store), SAMPLE))
    ids = []
    for key in keys:
        with contextlib.suppress(ValueError):
            ids.append(uuid.UUID(key.rpartition("/")[2].removesuffix(".json")))
    return bool(ids) and not Namespace.objects.filter(pk__in=ids).exists()


def _read(store: ObjectStore) -> tuple[Mark | None, Document | None]:
    """Read the mark; one that is not readable is none, and is replaced."""
    try:
        document = store.document(KEY)
    except FileNotFoundError:
        return None, None
    try:
        values = json.loads(document.data)
        mark = Mark(uuid.UUID(values["database"]), int(values["generation"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, document
    return mark, document


def _write(
    store: ObjectStore, installation: Installation, document: Document | None
) -> bool:
    values = {
        "about": "The database that this store belongs to. Keep it with the manifests.",
        "database": str(installation.pk),
        "generation": installation.generation,
    }
    data = json.dumps(values, indent=1).encode()
    return store.swap(KEY, data, version=document.version if document else None)
