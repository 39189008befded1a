"""The error bodies of VLM Run's specification."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers


class ValidationErrorSerializer(serializers.Serializer[Any]):
    """One value that cannot be used."""


class HTTPValidationErrorSerializer(serializers.Serializer[Any]):
    """All values that cannot be used."""


class DetailSerializer(serializers.Serializer[Any]):
    """Any other error."""

    detail = serializers.CharField()


class ValidationErrorFields(OpenApiSerializerExtension):
    """FastAPI's schema, which no DRF serializer spells: a union, and titles."""

    target_class = ValidationErrorSerializer

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        place = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
        return {
            "properties": {
                "loc": {"items": place, "type": "array", "title": "Location"},
                "msg": {"type": "string", "title": "Message"},
                "type": {"type": "string", "title": "Error Type"},
                "input": {"title": "Input"},
                "ctx": {"type": "object", "title": "Context"},
            },
            "type": "object",
            "required": ["loc", "msg", "type"],
            "title": "ValidationError",
        }


class HTTPValidationErrorFields(OpenApiSerializerExtension):
    target_class = HTTPValidationErrorSerializer

    def map_serializer(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        item = auto_schema.resolve_serializer(ValidationErrorSerializer, direction)
        return {
            "properties": {
                "detail": {"items": item.ref, "type": "array", "title": "Detail"}
            },
            "type": "object",
            "title": "HTTPValidationError",
        }
