"""The page on which operators put a file or a link, through the API's service."""

from __future__ import annotations

import contextlib
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from artifacts.admin.base import ReadOnlyAdmin
from artifacts.admin.forms import UploadForm
from artifacts.admin.own_form import render_own_form
from artifacts.exceptions import TooLargeError
from artifacts.models import FileArtifact
from artifacts.models.connections import release_connection
from artifacts.stores.object_store import CHUNK
from artifacts.uploads import accept_uploads


class UploadPage(ReadOnlyAdmin[FileArtifact]):
    """Replaces Django's add page, which would keep a transaction open meanwhile."""

    @method_decorator(csrf_exempt)
    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Put a file or a link.

        The token against forgery is in the body, which is read only from those who
        may add; hence exempt here and protected within.
        """
        if not self.has_add_permission(request):
            raise PermissionDenied
        release_connection()  # or one of the pool waits for a slow upload
        with accept_uploads(request):
            try:
                return self._protected_add_view(request)
            except TooLargeError as error:
                # By the upload handler, which stopped reading: no field is known.
                _drain(request)
                form = UploadForm({"owner": request.user.pk})
                form.full_clean()
                form.errors.clear()
                form.add_error("file", str(error))
                return self._render_upload(request, form)

    @method_decorator(csrf_protect)
    def _protected_add_view(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            form = UploadForm(initial={"owner": request.user.pk})
            return self._render_upload(request, form)
        form = UploadForm(request.POST, request.FILES)
        artifact = form.put() if form.is_valid() else None
        if artifact is None:
            return self._render_upload(request, form)
        self.log_addition(request, artifact, "Uploaded.")
        said = format_html(
            'Stored <a href="{}">{}</a>.', self.page_of(artifact), artifact
        )
        self.message_user(request, said, messages.SUCCESS)
        if "_addanother" in request.POST:
            return redirect(request.path)
        return redirect(self.page_of(artifact))

    def _render_upload(self, request: HttpRequest, form: UploadForm) -> HttpResponse:
        return render_own_form(self, request, form, {"title": "Upload an artifact"})


def _drain(request: HttpRequest) -> None:
    """Read what is still under way: browsers show no answer before they sent all."""
    with contextlib.suppress(UnreadablePostError):  # the browser has gone
        while request.read(CHUNK):
            pass
