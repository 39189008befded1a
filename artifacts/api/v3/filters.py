"""How the list of artifacts can be narrowed."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.core.exceptions import ValidationError
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField

from artifacts.models import FileArtifact
from artifacts.refs import ArtifactKind, NamespaceKind


class _MomentField(IsoDateTimeField):
    def clean(self, value: Any) -> Any:
        moment = super().clean(value)
        try:
            return moment and moment.astimezone(UTC)
        except OverflowError as error:  # year 1 or 9999, and an offset beyond
            message = self.error_messages["invalid"]
            raise ValidationError(message, code="invalid") from error


class _MomentFilter(filters.IsoDateTimeFilter):
    field_class = _MomentField


class ArtifactFilter(filters.FilterSet):
    """All filters given must hold."""

    session_id = filters.CharFilter(method="in_namespace", label="Session")
    execution_id = filters.CharFilter(method="in_namespace", label="Execution")
    kind = filters.ChoiceFilter(
        choices=[(kind.value, kind.name.lower()) for kind in ArtifactKind]
    )
    mime_type = filters.CharFilter(label="Media type")
    filename = filters.CharFilter(lookup_expr="icontains", label="Part of file name")
    created_after = _MomentFilter("created_at", "gte", label="Not before")
    created_before = _MomentFilter("created_at", "lt", label="Before")

    class Meta:
        model = FileArtifact
        fields: tuple[str, ...] = ()

    def in_namespace(self, queryset, name: str, value: str):  # type: ignore[no-untyped-def]
        kind = NamespaceKind(name.removesuffix("_id"))
        return queryset.filter(namespace__kind=kind, namespace__external_id=value)
