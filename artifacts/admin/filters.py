"""Filters of lists that Django has none for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG, PAGE_VAR, ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString

from artifacts.admin import display
from artifacts.models import AccessToken, FileArtifact, Namespace

if TYPE_CHECKING:
    from django.contrib.admin.filters import _ListFilterChoices


class _ByKeyFilter(admin.FieldListFilter):
    """Filters by the key of the related object, given as one parameter."""

    field: ForeignKey[Any, Any]

    def __init__(
        self,
        field: Any,
        request: HttpRequest,
        params: dict[str, Any],
        model: type[Model],
        model_admin: admin.ModelAdmin[Any],
        field_path: str,
    ) -> None:
        self.parameter = f"{field_path}__id__exact"
        self.admin_site = model_admin.admin_site
        super().__init__(field, request, params, model, model_admin, field_path)
        given: Any = self.used_parameters.get(self.parameter, [""])
        self.value: str = given[0]

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> QuerySet[Any] | None:
        # Django finds nothing by a number that no key can be; the control would fail.
        given: Any = self.used_parameters.get(self.parameter, [])
        for value in filter(None, given):
            try:
                self.field.target_field.clean(value, None)
            except ValidationError as error:
                raise IncorrectLookupParameters(error) from error
        return super().queryset(request, queryset)


class OwnerFilter(_ByKeyFilter):
    """By a user found by name: a list of all users would be too long."""

    template = "admin/artifacts/owner_filter.html"

    def has_output(self) -> bool:
        # Who may not see users gets no names from the control either.
        return self.request.user.has_perm("auth.view_user")

    def choices(self, changelist: ChangeList) -> Iterator[_ListFilterChoices]:
        yield from ()

    def select(self) -> SafeString:
        """Render the control, for the template."""
        widget = forms.ModelChoiceField(
            queryset=User.objects.all(),
            widget=AutocompleteSelect(self.field, self.admin_site),
            required=False,
        ).widget
        attrs = {"aria-label": str(self.title)}
        rendered: SafeString = widget.render(self.parameter, self.value, attrs)
        return rendered

    def other_parameters(self) -> list[tuple[str, str]]:
        """Give what the form has to send along, so that other filters stay."""
        own = (self.parameter, PAGE_VAR, ERROR_FLAG)
        return [
            (name, str(value))
            for name, values in self.request.GET.lists()
            if name not in own
            for value in values
        ]


class NamespaceFilter(_ByKeyFilter):
    """Shown only while a link to one namespace's artifacts is followed."""

    def has_output(self) -> bool:
        return bool(self.value)

    def choices(self, changelist: ChangeList) -> Iterator[_ListFilterChoices]:
        namespace = Namespace.objects.filter(pk=self.value).first()
        every = changelist.get_query_string(remove=[self.parameter])
        yield {"selected": False, "query_string": every, "display": "All"}
        this = changelist.get_query_string()
        yield {
            "selected": True,
            "query_string": this,
            "display": display.name(str(namespace)),
        }


class MediaTypeFilter(admin.AllValuesFieldListFilter):
    """By a media type that some artifact has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Django's looks at every row.
        self.lookup_choices: Any = FileArtifact.objects.media_types()


class SavedFilter(admin.SimpleListFilter):
    title = "saved"
    parameter_name = "saved"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [("once", "Once or more"), ("never", "Never")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Namespace]
    ) -> QuerySet[Namespace]:
        match self.value():
            case "once":
                return queryset.filter(saved_at__isnull=False)
            case "never":
                return queryset.filter(saved_at__isnull=True)
        return queryset


class TokenStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [(state, state) for state in ("usable", "expired", "revoked")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[AccessToken]
    ) -> QuerySet[AccessToken]:
        match self.value():
            case "usable":
                return queryset.filter(revoked_at=None, expires_at__gt=timezone.now())
            case "expired":
                return queryset.filter(revoked_at=None, expires_at__lte=timezone.now())
            case "revoked":
                return queryset.exclude(revoked_at=None)
        return queryset
