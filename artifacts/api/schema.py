"""Three OpenAPI documents from one code base: both contracts, and all that is served.

`manage.py spectacular --api-version v3` (or `v1`) prints the contract of that version:
the operations marked with it, as their vendor published them, nothing else. Without
a version it prints everything, our extensions and the error responses included.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from django.utils.module_loading import import_string
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.settings import patched_settings
from drf_spectacular.utils import extend_schema
from rest_framework.views import APIView

from artifacts.api.authentication import BearerAuthentication

# RFC 9110's, which Python has only from 3.13.
_PHRASES = {413: "Content Too Large"}
Handler = TypeVar("Handler", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Contract:
    """A vendor's document around the operations: what code cannot know."""

    settings: Mapping[str, Any]
    "drf-spectacular's settings."
    root: Mapping[str, Any] = field(default_factory=dict)
    "Keys of the document that those settings cannot set."


@dataclass(frozen=True, slots=True)
class Operation:
    """What a handler says of itself beside `extend_schema`."""

    contract: str = ""
    "The contract that it is part of; none for an extension of ours."
    errors: tuple[int, ...] = ()
    "Statuses above 399 that it may answer with."
    extend: Callable[[dict[str, Any]], None] | None = None
    "Adds to the contract's description what we serve beyond it."


def operation(
    *,
    contract: str = "",
    errors: tuple[int, ...] = (),
    extend: Callable[[dict[str, Any]], None] | None = None,
    **description: Any,
) -> Callable[[Handler], Handler]:
    """Describe a view's handler; the arguments after ours are `extend_schema`'s."""

    def mark(handler: Handler) -> Handler:
        handler.operation = Operation(contract, errors, extend)  # type: ignore[attr-defined]
        described: Handler = extend_schema(**description)(handler)
        return described

    return mark


class BearerScheme(OpenApiAuthenticationExtension):
    """How the specifications name bearer tokens: each contract in its own word."""

    target_class = BearerAuthentication
    name = "bearerAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": (
                "Bearer authentication header of the form `Bearer <token>`, where "
                "`<token>` is your auth token."
            ),
        }


class ContractSchema(AutoSchema):
    """Adds errors and extensions where the whole service is described."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        described: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        handler = _handler(self.view, self.method)
        if described is None or getattr(self.view, "describes_contract", False):
            return described
        if handler.extend is not None:
            handler.extend(described)
        for status in handler.errors:
            described["responses"].setdefault(str(status), self._error(status))
        return described

    def _error(self, status: int) -> dict[str, Any]:
        phrase = _PHRASES.get(status) or HTTPStatus(status).phrase
        response: dict[str, Any] = {"description": phrase}
        serializer = getattr(self.view, "error_serializer_class", None)
        if serializer is not None:
            component: ResolvedComponent = self.resolve_serializer(
                serializer, "response"
            )
            response["content"] = {"application/json": {"schema": component.ref}}
        return response


class Generator(SchemaGenerator):
    """Generates one contract where a version is asked for, else everything."""

    endpoints: Any

    def _initialise_endpoints(self) -> None:
        super()._initialise_endpoints()
        if self.api_version:
            self.endpoints = [
                (path, regex, method, callback)
                for path, regex, method, callback in self.endpoints
                if _handler(callback.cls, method).contract == self.api_version
            ]

    def create_view(self, *args: Any, **kwargs: Any) -> APIView:
        view: APIView = super().create_view(*args, **kwargs)
        view.describes_contract = bool(self.api_version)  # type: ignore[attr-defined]
        # Routes tell the versions apart; DRF's versioning would leave out the rest.
        view.versioning_class = None
        if self.api_version:  # a contract knows its own way of authentication alone
            view.authentication_classes = view.authentication_classes[:1]
        return view

    def get_schema(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        if not self.api_version:
            whole: dict[str, Any] = super().get_schema(*args, **kwargs)
            return whole
        name = f"artifacts.api.{self.api_version}.schema.CONTRACT"
        contract: Contract = import_string(name)
        with patched_settings(dict(contract.settings)):
            document: dict[str, Any] = super().get_schema(*args, **kwargs)
        info = contract.root.get("info", {})
        return {**document, **contract.root, "info": {**document["info"], **info}}


def _handler(view: object, method: str) -> Operation:
    handler = getattr(view, method.lower())
    found: Operation = getattr(handler, "operation", Operation())
    return found
