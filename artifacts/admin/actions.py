"""What is done to selected artifacts, with the result said."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected as confirm_deletion
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from artifacts import services
from artifacts.admin.base import counted
from artifacts.admin.many_rows import ManyRowsAdmin
from artifacts.models import FileArtifact, Namespace


class ArtifactActions(ManyRowsAdmin[FileArtifact]):
    """Each goes on past what fails."""

    actions = ("save_sessions", "redraw", "delete_selected")
    page_actions = {
        "save_sessions": "Save its session",
        "redraw": "Draw the picture again",
    }

    @admin.action(
        description="Save the sessions of the selected artifacts",
        permissions=["operate"],
    )
    def save_sessions(
        self, request: HttpRequest, queryset: QuerySet[FileArtifact]
    ) -> None:
        within = queryset.order_by().values("namespace")
        namespaces = Namespace.objects.filter(pk__in=within).select_related("owner")
        saved = self.perform_each(request, namespaces, services.save_namespace)
        if saved:
            said = f"Saved {counted(len(saved), 'session')}."
            self.message_user(request, said, messages.SUCCESS)

    @admin.action(description="Draw the pictures again", permissions=["operate"])
    def redraw(self, request: HttpRequest, queryset: QuerySet[FileArtifact]) -> None:
        artifacts = queryset.defer("thumbnail_base64")
        done = self.perform_each(request, artifacts, services.redraw)
        drawn = [artifact for artifact in done if artifact.thumbnail_base64]
        if drawn:
            said = f"Drew {counted(len(drawn), 'picture')}."
            self.message_user(request, said, messages.SUCCESS)
        if bare := [artifact for artifact in done if not artifact.thumbnail_base64]:
            reasons = sorted({artifact.thumbnail_reason for artifact in bare})
            said = f"{counted(len(bare), 'artifact')} without a picture"
            self.message_user(
                request, f"{said}: {', '.join(reasons)}.", messages.WARNING
            )

    # Named as Django's, whose confirmation page posts this name.
    @admin.action(description="Delete the selected artifacts", permissions=["delete"])
    def delete_selected(
        self, request: HttpRequest, queryset: QuerySet[FileArtifact]
    ) -> HttpResponse | None:
        if not request.POST.get("post"):
            page: HttpResponse | None = confirm_deletion(self, request, queryset)
            return page

        def delete(artifact: FileArtifact) -> None:
            self.log_deletions(request, queryset.filter(pk=artifact.pk))
            services.delete(artifact)

        artifacts = queryset.defer("thumbnail_base64")
        deleted = self.perform_each(request, artifacts, delete)
        said = f"Deleted {counted(len(deleted), 'artifact')}."
        self.message_user(request, said, messages.SUCCESS)
        return None

    def delete_model(self, request: HttpRequest, obj: FileArtifact) -> None:
        services.delete(obj)

    def response_delete(
        self, request: HttpRequest, obj_display: str, obj_id: int
    ) -> HttpResponse:
        # Django's goes to the index where nothing can be changed.
        self.message_user(request, f"Deleted {obj_display}.", messages.SUCCESS)
        return redirect(self.url_name("changelist"))
