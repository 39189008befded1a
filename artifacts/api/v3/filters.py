"""How the list of artifacts can be narrowed."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.core.exceptions import ValidationError
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField

from artifacts.exceptions import InvalidError
from artifacts.models import FileArtifact
from artifacts.models.file_artifact import FileArtifactQuerySet
from artifacts.refs import ArtifactKind, NamespaceKind, NamespaceRef


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


class _TextFilter(filters.CharFilter):
    """Takes a text as it is: blanks around an id are part of it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, strip=False, **kwargs)


class ArtifactFilter(filters.FilterSet):
    """All filters given must hold."""

    session_id = _TextFilter(method="in_namespace", label="Session")
    execution_id = _TextFilter(method="in_namespace", label="Execution")
    kind = filters.ChoiceFilter(
        choices=[(kind.value, kind.name.lower()) for kind in ArtifactKind]
    )
    mime_type = _TextFilter(label="Media type")
    filename = _TextFilter(method="named", label="Part of file name")
    created_after = _MomentFilter("created_at", "gte", label="Not before")
    created_before = _MomentFilter("created_at", "lt", label="Before")

    class Meta:
        model = FileArtifact
        fields: tuple[str, ...] = ()

    def in_namespace(
        self, queryset: FileArtifactQuerySet, name: str, value: str
    ) -> FileArtifactQuerySet:
        try:
            ref = NamespaceRef(NamespaceKind(name.removesuffix("_id")), value)
        except InvalidError:  # nothing was ever put under such an id
            return queryset.none()
        return queryset.in_namespace(ref)

    def named(
        self, queryset: FileArtifactQuerySet, name: str, value: str
    ) -> FileArtifactQuerySet:
        return queryset.named_like(value)
