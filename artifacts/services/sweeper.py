"""The sweeper: work that is done by itself, round by round.

The database says what is to do, so that a round that dies loses nothing, and rounds of
several processes at once do no harm.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.db import Error as DatabaseError, close_old_connections
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from artifacts import stores
from artifacts.conf import conf
from artifacts.exceptions import ArtifactError
from artifacts.models import Installation, Namespace
from artifacts.services import fencing
from artifacts.services.deletions import BATCH, finish_deletions
from artifacts.services.manifests import write_manifest
from artifacts.services.save import save_namespace
from artifacts.stores.staging import sweep_staged

logger = logging.getLogger(__name__)

PAUSE = timedelta(seconds=5)
"""After a first failure, before the same is tried again; it doubles up to `LONGEST`."""
LONGEST = timedelta(hours=1)


def sweep(
    *, idle_seconds: int, heed_pauses: bool = False
) -> Iterator[tuple[Namespace, str]]:
    """Do one round: delete what is to go, write manifests that are due, save the idle.

    Gives each namespace whose turn it was and its error, "" where it is well. With
    `heed_pauses`, what failed a moment ago has no turn yet.
    """
    fencing.check(anew=True)
    while sum(finish_deletions()) >= BATCH:
        pass
    due = Namespace.objects.due()
    if heed_pauses:
        due = due.not_paused()
    yield from _each_in_turn(due, write_manifest)
    yield from save_idle_namespaces(idle_seconds=idle_seconds, heed_pauses=heed_pauses)
    sweep_unfinished()


def save_idle_namespaces(
    *, idle_seconds: int, heed_pauses: bool = False
) -> Iterator[tuple[Namespace, str]]:
    """Save what nobody saves; give each namespace and its error, "" where it is saved."""
    idle = Namespace.objects.idle_since(
        timezone.now() - timedelta(seconds=idle_seconds)
    )
    return _each_in_turn(idle.not_paused() if heed_pauses else idle, save_namespace)


def sweep_unfinished(*, delete: bool = True, thorough: bool = False) -> list[str]:
    """Delete what uploads left that ended without a word a grace time ago; name it.

    A `thorough` search looks at every object, as `verify_artifacts` does anyway.
    """
    before = timezone.now() - timedelta(seconds=conf.ARTIFACTS_GRACE_SECONDS)
    swept = list(sweep_staged(before, delete=delete))
    for store in (stores.live(), stores.persisted()):
        names = store.sweep_unfinished(before, delete=delete, thorough=thorough)
        swept += [f"{store.alias}: {name}" for name in names]
    return swept


def sweep_in_background() -> None:
    """Have a thread of this process sweep for as long as the process lives."""
    if conf.ARTIFACTS_SWEEP_SECONDS:
        threading.Thread(target=sweep_on, name="sweeper", daemon=True).start()


def sweep_on() -> None:
    """Sweep again and again, whatever goes wrong."""
    pause = threading.Event()
    while not pause.wait(conf.ARTIFACTS_SWEEP_SECONDS):
        try:
            sweep_if_it_is_time()
        except (ArtifactError, OSError, DatabaseError) as error:
            logger.warning("The sweeper goes on after an error: %s", error)
        except Exception:
            logger.exception("The sweeper goes on after an error.")
        close_old_connections()


def sweep_if_it_is_time() -> bool:
    """Do a round, unless another process did one a moment ago."""
    now = timezone.now()
    ago = now - timedelta(seconds=conf.ARTIFACTS_SWEEP_SECONDS * 0.9)
    # A clock that was set back must not stop it.
    is_time = Q(swept_at=None) | Q(swept_at__lte=ago) | Q(swept_at__gt=now)
    if not Installation.objects.filter(is_time).update(swept_at=now):
        return False
    for namespace, error in sweep(
        idle_seconds=conf.ARTIFACTS_IDLE_SECONDS, heed_pauses=True
    ):
        if error:
            logger.warning("The sweeper could not finish %s: %s", namespace, error)
    return True


def _each_in_turn(
    namespaces: QuerySet[Namespace], act: Callable[[Namespace], object]
) -> Iterator[tuple[Namespace, str]]:
    """Do it to each; what fails has to wait, and holds up no other."""
    ids = list(namespaces.order_by("last_put_at").values_list("pk", flat=True))
    for pk in ids:
        namespace = Namespace.objects.select_related("owner").filter(pk=pk).first()
        if namespace is None:
            continue
        try:
            act(namespace)
        except (ArtifactError, OSError) as error:
            wait = min(PAUSE * 2 ** min(namespace.failures, 12), LONGEST)
            Namespace.objects.filter(pk=pk).update(
                retry_at=timezone.now() + wait, failures=F("failures") + 1
            )
            yield namespace, str(error)
        else:
            yield namespace, ""
