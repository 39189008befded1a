"""The words of VLM Run's specification, and of what we serve beside it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

from artifacts.api.authentication import BearerAuthentication
from artifacts.api.schema import Contract, operation
from artifacts.api.v1.error_schema import HTTPValidationErrorSerializer
from artifacts.api.v1.serializers import (
    ArtifactListSerializer,
    StoredArtifactSerializer,
)

CONTRACT = Contract(
    settings={
        "OAS_VERSION": "3.1.0",
        "TITLE": "VLM Run Unified Server",
        "DESCRIPTION": "Unified server for VLM Run Agent and API",
        "TOS": "https://vlm.run/terms-of-service",
        "CONTACT": {
            "name": "VLM Run Support Team",
            "url": "https://vlm.run/",
            "email": "support@vlm.run",
        },
        "VERSION": None,
        "TAGS": [],
    },
    root={"info": {"version": "2026-05-19.0"}, "servers": [], "security": []},
)


class HTTPBearer(BearerAuthentication):
    """Bearer tokens, under the name that this specification has for them."""


class HTTPBearerScheme(OpenApiAuthenticationExtension):
    target_class = HTTPBearer
    name = "HTTPBearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


def _query(name: str, title: str, description: str) -> OpenApiParameter:
    text = {"description": description, "title": title}
    optional = {"anyOf": [{"type": "string"}, {"type": "null"}], **text}
    return OpenApiParameter(name, optional, description=description)


_SESSION = _query("session_id", "Session Id", "Session ID for the artifact")
_EXECUTION = _query("execution_id", "Execution Id", "Execution ID for the artifact")
_OBJECT = OpenApiParameter(
    "object_id",
    {
        "type": "string",
        "description": "Object ID for the artifact",
        "title": "Object Id",
    },
    required=True,
    description="Object ID for the artifact",
)
_FILENAME = {
    "in": "query",
    "name": "filename",
    "schema": {"type": "string"},
    "description": "File name, instead of the object ID; of several, the newest",
}
_INVALID = OpenApiResponse(
    HTTPValidationErrorSerializer, description="Validation Error"
)
_READ_ERRORS = (401, 403, 404, 429, 503)
_WRITE_ERRORS = (400, *_READ_ERRORS)


def _by_filename(described: dict[str, Any]) -> None:
    """Beside the contract: `filename` may stand in for `object_id`."""
    for parameter in described["parameters"]:
        if parameter["name"] == "object_id":
            parameter.pop("required", None)
    described["parameters"].append(_FILENAME)


def _bytes(described: dict[str, Any]) -> None:
    """Beside the contract: what the bytes come as, and parts of them."""
    _by_filename(described)
    content = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
    described["responses"]["200"] = {
        "description": "The bytes, with their own media type",
        "content": content,
    }
    described["responses"]["206"] = {
        "description": "The part named by `Range`",
        "content": content,
    }
    for status, phrase in {
        "304": "What `If-None-Match` or `If-Modified-Since` names is current",
        "412": "What `If-Match` or `If-Unmodified-Since` asks for does not hold",
        "416": "No byte lies in the `Range`",
    }.items():
        described["responses"][status] = {"description": phrase}


get_artifact = operation(
    contract="v1",
    extend=_bytes,
    errors=_READ_ERRORS,
    operation_id="get_artifact_v1_artifacts_get",
    tags=["artifacts"],
    summary="Get Artifact",
    description=(
        "Get an artifact for a chat completion session with user authentication.\n\n"
        "Tries the live Redis/in-memory object store first (fast path for active\n"
        "chats where ``save_session`` has not yet persisted the object), then\n"
        "falls back to the GCS manifest for completed sessions."
    ),
    parameters=[_OBJECT, _SESSION, _EXECUTION],
    responses={
        200: OpenApiResponse(OpenApiTypes.ANY, description="Successful Response"),
        422: _INVALID,
    },
)
_TEXT = {"type": "string", "maxLength": 255}
_NAMESPACE = {
    "session_id": {**_TEXT, "description": "This or execution_id"},
    "execution_id": {**_TEXT, "description": "This or session_id"},
}
put_artifact = operation(
    errors=(*_WRITE_ERRORS, 409, 411, 413, 415, 507),
    operation_id="put_artifact",
    tags=["artifacts"],
    summary="Put an artifact",
    description=(
        "Store a file (multipart) or a link (JSON) in a session or an execution. "
        "It can be read through both APIs on return."
    ),
    request={
        "multipart/form-data": {
            "type": "object",
            "properties": {
                "file": {"type": "string", "format": "binary"},
                **_NAMESPACE,
                "filename": {**_TEXT, "description": "Instead of the file's own"},
                "sha256": {
                    "type": "string",
                    "description": "In hex; refused where the file has another",
                },
            },
            "required": ["file"],
        },
        "application/json": {
            "type": "object",
            "properties": {
                "url": {"type": "string", "format": "uri"},
                **_NAMESPACE,
                "filename": _TEXT,
            },
            "required": ["url"],
        },
    },
    responses={201: StoredArtifactSerializer, 422: _INVALID},
)
delete_artifact = operation(
    extend=_by_filename,
    errors=_WRITE_ERRORS,
    operation_id="delete_artifact",
    tags=["artifacts"],
    summary="Delete an artifact",
    description="Its object ID is never used again.",
    parameters=[_OBJECT, _SESSION, _EXECUTION],
    responses={204: None, 422: _INVALID},
)
list_artifacts = operation(
    errors=_READ_ERRORS,
    operation_id="list_artifacts",
    tags=["artifacts"],
    summary="List the artifacts of a session or an execution",
    description="All of them, oldest first.",
    parameters=[_SESSION, _EXECUTION],
    responses={200: ArtifactListSerializer, 422: _INVALID},
)
_NAME = {
    "minLength": 1,
    "maxLength": 255,
    "pattern": r"^[^\u0000-\u001f\u007f-\u009f]+$",
}


def _named(described: dict[str, Any]) -> None:
    for parameter in described["parameters"]:
        parameter["schema"] |= _NAME


save_namespace = operation(
    extend=_named,
    errors=(*_WRITE_ERRORS, 507),
    tags=["artifacts"],
    summary="Save a session or an execution",
    description=(
        "Move its artifacts to the persisted store and write its manifest. Idempotent."
    ),
    request=None,
    responses={200: ArtifactListSerializer, 422: _INVALID},
)
health = operation(
    errors=(401, 429),
    operation_id="health",
    tags=["service"],
    summary="Check a token",
    description="A bad token is refused; none is needed.",
    responses=inline_serializer("Health", {"status": serializers.CharField()}),
)
domains = operation(
    errors=_READ_ERRORS,
    operation_id="list_domains",
    tags=["service"],
    summary="List domains",
    description="Always empty; some clients test their token with it.",
    responses={200: {"type": "array", "items": {}}},
)
