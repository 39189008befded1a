"""Sessions and executions: how much is in them, and whether it is saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from artifacts import services
from artifacts.admin import display
from artifacts.admin.base import counted
from artifacts.admin.filters import OwnerFilter, SavedFilter
from artifacts.admin.many_rows import ManyRowsAdmin
from artifacts.admin.search import search_namespaces
from artifacts.models import Namespace
from artifacts.models.namespace import NamespaceQuerySet


@admin.register(Namespace)
class NamespaceAdmin(ManyRowsAdmin[Namespace]):
    """Namespaces come with their first artifact and are never deleted."""

    list_display = (
        "identifier",
        "kind",
        "owner",
        "contents",
        "live",
        "total_size",
        "put",
        "saved",
    )
    list_filter = ("kind", ("owner", OwnerFilter), "last_put_at", SavedFilter)
    list_select_related = ("owner",)
    sortable_by = ("put",)
    search_fields = ("external_id",)
    search_help_text = "Searches session and execution ids, and owners' names."
    ordering = ("-last_put_at",)
    actions = ("save_namespaces",)
    page_actions = {"save_namespaces": "Save it"}
    fields = (
        "identifier",
        "kind",
        "owner",
        "contents",
        "live",
        "total_size",
        "created_at",
        "last_put_at",
        "saved_at",
        "sequence",
        "id",
    )
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Namespace | None = None
    ) -> bool:
        return False

    def rows(self, request: HttpRequest, keys: Sequence[Any]) -> NamespaceQuerySet:
        # Only these are counted.
        return Namespace.objects.filter(pk__in=keys).with_counts()

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Namespace | None:
        found = super().get_object(request, object_id, from_field)
        return self.rows(request, [found.pk]).first() if found else None

    def get_search_results(
        self,
        request: HttpRequest,
        queryset: QuerySet[Namespace],
        search_term: str,
    ) -> tuple[QuerySet[Namespace], bool]:
        return search_namespaces(queryset, search_term), False

    # The rows of these columns carry what `with_counts()` annotates.

    @admin.display(description="id")
    def identifier(self, namespace: Namespace) -> SafeString:
        return display.name(namespace.external_id)

    @admin.display(description="artifacts")
    def contents(self, row: Any) -> SafeString:
        return format_html(
            '<a href="{}?namespace__id__exact={}">{}</a>',
            reverse("admin:artifacts_fileartifact_changelist"),
            row.pk,
            counted(row.artifact_count, "artifact"),
        )

    @admin.display(description="live")
    def live(self, row: Any) -> SafeString:
        if row.live_count:
            return display.badge(f"{row.live_count} live", "busy")
        return display.badge("all saved" if row.artifact_count else "empty", "plain")

    @admin.display(description="size")
    def total_size(self, row: Any) -> SafeString:
        return display.size(row.total_bytes)

    @admin.display(description="last put", ordering="last_put_at")
    def put(self, namespace: Namespace) -> SafeString:
        return display.age(namespace.last_put_at)

    @admin.display(description="saved", empty_value="never")
    def saved(self, namespace: Namespace) -> SafeString | None:
        return display.age(namespace.saved_at) if namespace.saved_at else None

    @admin.action(description="Save the selected namespaces", permissions=["operate"])
    def save_namespaces(
        self, request: HttpRequest, queryset: QuerySet[Namespace]
    ) -> None:
        namespaces = queryset.select_related("owner")
        saved = self.perform_each(request, namespaces, services.save_namespace)
        for namespace in saved:
            self.log_change(request, namespace, "Saved.")
        if saved:
            said = f"Saved {counted(len(saved), 'namespace')}."
            self.message_user(request, said, messages.SUCCESS)
