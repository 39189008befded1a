"""Artifacts: found, looked at, uploaded, downloaded."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from artifacts.admin import content, display
from artifacts.admin.actions import ArtifactActions
from artifacts.admin.filters import MediaTypeFilter, NamespaceFilter, OwnerFilter
from artifacts.admin.search import search
from artifacts.admin.upload import UploadPage
from artifacts.exceptions import ArtifactError
from artifacts.models import FileArtifact
from artifacts.refs import ArtifactKind


@admin.register(FileArtifact)
class FileArtifactAdmin(UploadPage, ArtifactActions):
    """Everything that the bytes determine is shown, never edited."""

    list_display = (
        "thumbnail",
        "named",
        "kind",
        "size",
        "owner",
        "within",
        "where",
        "age",
    )
    list_display_links = ("thumbnail", "named")
    list_filter = (
        "kind",
        "source",
        "created_at",
        ("namespace", NamespaceFilter),
        ("user", OwnerFilter),
        ("mime_type", MediaTypeFilter),
        "thumbnail_reason",
    )
    list_select_related = ("user", "namespace")
    sortable_by = ("size", "age")
    search_fields = ("filename",)
    search_help_text = (
        "Searches file names, object ids, SHA-256 (its first 6 digits or more), "
        "session and execution ids; every word has to match."
    )
    ordering = ("-created_at", "-id")
    fieldsets = (
        (
            None,
            {"fields": ("file_name", "reference", "kind", "mime_type", "size")},
        ),
        ("Link", {"fields": ("address",)}),
        ("Origin", {"fields": ("user", "within", "created_at")}),
        ("Bytes", {"fields": ("where", "storage_path", "sha256")}),
        ("Picture", {"fields": ("thumbnail_reason", "thumbnail_version")}),
    )
    readonly_fields = (
        "file_name",
        "reference",
        "kind",
        "mime_type",
        "size",
        "address",
        "user",
        "within",
        "created_at",
        "where",
        "storage_path",
        "sha256",
        "thumbnail_reason",
        "thumbnail_version",
    )

    def get_fieldsets(
        self, request: HttpRequest, obj: FileArtifact | None = None
    ) -> Any:
        is_link = obj is not None and obj.kind == ArtifactKind.URL
        fieldsets = super().get_fieldsets(request, obj)
        return [one for one in fieldsets if one[0] != "Link" or is_link]

    def get_search_results(
        self,
        request: HttpRequest,
        queryset: QuerySet[FileArtifact],
        search_term: str,
    ) -> tuple[QuerySet[FileArtifact], bool]:
        return search(queryset, search_term), False

    def get_urls(self) -> list[URLPattern]:
        view = path(
            "<uuid:artifact_id>/content/",
            self.admin_site.admin_view(self.content_view),
            name="artifacts_fileartifact_content",
        )
        return [view, *super().get_urls()]

    def content_view(self, request: HttpRequest, artifact_id: str) -> HttpResponseBase:
        """Send the bytes, as a download or, with `?inline`, to be shown."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        artifact = get_object_or_404(FileArtifact, pk=artifact_id)
        try:
            return content.content_response(artifact, inline="inline" in request.GET)
        except (ArtifactError, OSError) as error:
            self.message_user(request, str(error), messages.ERROR)
            return redirect(self.page_of(artifact))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = dict(extra_context or {})
        artifact = self.get_object(request, object_id)
        if artifact is not None:
            context |= {
                "content_url": reverse(self.url_name("content"), args=[artifact.pk]),
                "is_previewable": content.is_previewable(artifact),
                "picture": display.picture(artifact),
                "addresses": [
                    (name, request.build_absolute_uri(address))
                    for name, address in _addresses(artifact)
                ],
            }
        return super().change_view(request, object_id, form_url, context)

    @admin.display(description="")
    def thumbnail(self, artifact: FileArtifact) -> SafeString:
        return display.picture(artifact)

    @admin.display(description="artifact")
    def named(self, artifact: FileArtifact) -> SafeString:
        return display.named(artifact)

    @admin.display(description="filename")
    def file_name(self, artifact: FileArtifact) -> SafeString:
        return display.name(artifact.filename)

    @admin.display(description="owner")
    def owner(self, artifact: FileArtifact) -> str:
        return str(artifact.user)

    @admin.display(description="object id")
    def reference(self, artifact: FileArtifact) -> SafeString:
        return display.code(artifact.object_id)

    @admin.display(description="size", ordering="bytes")
    def size(self, artifact: FileArtifact) -> SafeString:
        return display.size(artifact.bytes)

    @admin.display(description="namespace")
    def within(self, artifact: FileArtifact) -> SafeString:
        page = reverse("admin:artifacts_namespace_change", args=[artifact.namespace_id])
        return format_html(
            '<a href="{}">{}</a>', page, display.name(str(artifact.namespace))
        )

    @admin.display(description="source")
    def where(self, artifact: FileArtifact) -> SafeString:
        return display.source_badge(artifact)

    @admin.display(description="age", ordering="created_at")
    def age(self, artifact: FileArtifact) -> SafeString:
        return display.age(artifact.created_at)

    @admin.display(description="address")
    def address(self, artifact: FileArtifact) -> str:
        try:
            return content.link_address(artifact)
        except (ArtifactError, OSError) as error:
            return str(error)


def _addresses(artifact: FileArtifact) -> list[tuple[str, str]]:
    """Name the paths where programs of its owner get it."""
    namespace = artifact.namespace
    query = urlencode(
        {
            "object_id": artifact.object_id,
            f"{namespace.kind}_id": namespace.external_id,
        }
    )
    return [
        ("Paradigm v3, metadata", reverse("v3:artifact", args=[artifact.pk])),
        ("Paradigm v3, bytes", reverse("v3:content", args=[artifact.pk])),
        ("VLM Run v1, bytes", f"{reverse('v1:artifact')}?{query}"),
    ]
