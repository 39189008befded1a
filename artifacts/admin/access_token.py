"""Tokens: issued and shown once, then revoked; never changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_variables

from artifacts.admin import display
from artifacts.admin.base import ReadOnlyAdmin, counted
from artifacts.admin.filters import OwnerFilter, TokenStateFilter
from artifacts.admin.forms import TokenForm
from artifacts.admin.own_form import render_own_form
from artifacts.models import AccessToken

_TONES = {"usable": "good", "expired": "plain", "revoked": "bad"}


@admin.register(AccessToken)
class AccessTokenAdmin(ReadOnlyAdmin[AccessToken]):
    """Nothing shows a digest, and a secret only the page that answers its making."""

    list_display = (
        "begins_with",
        "name",
        "user",
        "scope",
        "state_badge",
        "made",
        "expires_at",
    )
    list_filter = (TokenStateFilter, "scope", ("user", OwnerFilter))
    list_select_related = ("user",)
    search_fields = (
        "hint__startswith",
        "name__icontains",
        "user__username__istartswith",
    )
    search_help_text = "Searches how tokens begin, their names and their users' names."
    actions = ("revoke",)
    page_actions = {"revoke": "Revoke it"}
    fields = (
        "begins_with",
        "name",
        "user",
        "scope",
        "state_badge",
        "created_at",
        "expires_at",
        "revoked_at",
    )
    readonly_fields = fields

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        # A revoked token stays, to say that there was one.
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def delete_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        # The permission itself stays, for who deletes a user deletes their tokens.
        raise PermissionDenied

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {"show_delete": False, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    @sensitive_variables("secret")
    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = TokenForm(request.POST or None, initial={"user": request.user.pk})
        if not form.is_valid():
            context = {"title": "Issue a token", "show_save_and_add_another": False}
            return render_own_form(self, request, form, context)
        token, secret = form.issue()
        self.log_addition(request, token, "Issued.")
        # The answer to the form itself, which the admin marks `no-store`: the secret
        # passes through no session, message or redirect.
        return TemplateResponse(
            request,
            "admin/artifacts/accesstoken/issued.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "media": self.media,
                "title": "The new token",
                "token": token,
                "secret": secret,
            },
        )

    @admin.display(description="begins with", ordering="hint")
    def begins_with(self, token: AccessToken) -> SafeString:
        return display.code(f"{token.hint}…")

    @admin.display(description="state")
    def state_badge(self, token: AccessToken) -> SafeString:
        return display.badge(token.state, _TONES[token.state])

    @admin.display(description="made", ordering="created_at")
    def made(self, token: AccessToken) -> SafeString:
        return display.age(token.created_at)

    @admin.action(description="Revoke the selected tokens", permissions=["operate"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[AccessToken]) -> None:
        tokens = queryset.filter(revoked_at=None).select_related("user")
        revoked = self.perform_each(request, tokens, AccessToken.revoke)
        for token in revoked:
            self.log_change(request, token, "Revoked.")
        said = f"Revoked {counted(len(revoked), 'token')}."
        self.message_user(request, said, messages.SUCCESS)
