"""Routes about the service itself: is it alive, is it ready, what does it serve."""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Callable
from io import BytesIO

from django.db import connection
from drf_spectacular.utils import inline_serializer
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from artifacts import stores
from artifacts.api.content import AnyAccept
from artifacts.api.failures import AWAY
from artifacts.api.problems import Problem
from artifacts.api.schema import operation
from artifacts.exceptions import NoAnswerError
from artifacts.stores import ObjectStore

logger = logging.getLogger(__name__)

PROBES = "probes"
"""Folder of the objects that are written, read and deleted to see that it works."""


class ServiceView(APIView):
    """Needs no token; refuses a bad one, as every route does."""

    permission_classes = [AllowAny]
    throttle_classes = ()
    content_negotiation_class = AnyAccept


class LiveView(ServiceView):
    """The process answers; nothing else is asked of it."""

    @operation(
        operation_id="livez",
        tags=["service"],
        summary="Is the process alive?",
        errors=(401,),
        responses=inline_serializer("Liveness", {"status": serializers.CharField()}),
    )
    def get(self, request: Request) -> Response:
        return Response({"status": "ok"})


class ReadyView(ServiceView):
    """The database answers, and both stores really write and read."""

    @operation(
        operation_id="readyz",
        tags=["service"],
        summary="Can it serve?",
        description="The database is asked; both stores are written, read and cleaned.",
        errors=(401, 503),
        responses=inline_serializer(
            "Readiness",
            {
                "database": serializers.CharField(),
                "live": serializers.CharField(),
                "persisted": serializers.CharField(),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        checks: dict[str, Callable[[], object]] = {
            "database": _ask_database,
            "live": lambda: _probe(stores.live()),
            "persisted": lambda: _probe(stores.persisted()),
        }
        answer = {name: _outcome(name, check) for name, check in checks.items()}
        ready = set(answer.values()) == {"ok"}
        if ready:
            return Response(answer)
        # Each check that failed has its line in the log.
        return Problem(
            503, "not_ready", answer, headers=AWAY.headers, is_logged=True
        ).response(answer)


class SchemaView(SpectacularAPIView):
    """`openapi.yaml`, made anew; of one version there are the two contracts' files."""

    schema = None

    def _get_version_parameter(self, request: Request) -> None:
        """Take no version from just anybody: it would become a module's name."""


class DocsView(SpectacularSwaggerView):
    """An interactive page of it, from files of our own."""

    schema = None


def _outcome(name: str, check: Callable[[], object]) -> str:
    try:
        check()
    except Exception:
        # The cause may name hosts and paths: it is for the log alone.
        logger.exception("Not ready: %s", name)
        return "failed"
    return "ok"


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _probe(store: ObjectStore) -> None:
    key, written = f"{PROBES}/{secrets.token_hex(8)}", secrets.token_bytes(16)
    try:
        store.place(key, BytesIO(written))
        read = _read(store, key, len(written))
    except NoAnswerError:
        raise  # nor would it answer to a delete
    except BaseException:
        with contextlib.suppress(OSError):
            store.delete(key)
        raise
    store.delete(key)
    if read != written:
        raise OSError("The store gives back other bytes than were written.")


def _read(store: ObjectStore, key: str, size: int) -> bytes:
    with contextlib.closing(store.open(key)) as content:
        return content.read(size)
