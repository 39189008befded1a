"""Pages that add an object by a plain form of ours, with the admin's own look."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import AdminForm
from django.http import HttpRequest, HttpResponse


def render_own_form(
    model_admin: admin.ModelAdmin[Any],
    request: HttpRequest,
    form: forms.Form,
    context: dict[str, Any],
) -> HttpResponse:
    """Render `form` as the model's add page; every field has a row."""
    # The helper is typed for model forms, and asks for nothing that only those have.
    as_model_form: Any = form
    adminform = AdminForm(
        as_model_form,
        [(None, {"fields": list(form.fields)})],
        {},
        model_admin=model_admin,
    )
    return model_admin.render_change_form(
        request,
        {
            **model_admin.admin_site.each_context(request),
            "adminform": adminform,
            "errors": form.errors,
            "media": model_admin.media + form.media,
            "inline_admin_formsets": [],
            "is_popup": False,
            "to_field": None,
            "object_id": None,
            "original": None,
            "show_save_and_continue": False,
            **context,
        },
        add=True,
    )
