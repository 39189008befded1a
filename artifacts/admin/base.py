"""What the pages of all models share: nothing is edited, things are done to objects."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth import get_permission_codename
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from artifacts.admin import display
from artifacts.exceptions import ArtifactError

logger = logging.getLogger(__name__)

M = TypeVar("M", bound=Model)
Item = TypeVar("Item", bound=Model)

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

    _ModelAdmin = admin.ModelAdmin
else:

    class _ModelAdmin(admin.ModelAdmin):
        """Django's class cannot be subscripted at run time."""

        def __class_getitem__(cls, _: type[Model]) -> type[admin.ModelAdmin]:
            return cls


MAX_FAILURES = 5
"""Messages about single objects on one page; the rest is counted."""


class ReadOnlyAdmin(_ModelAdmin[M]):
    """No form changes an object; whoever has the change permission has the actions."""

    page_actions: Mapping[str, str] = {}
    "Those of `actions` that one object's page offers, with their buttons' words."
    show_full_result_count = False

    @property
    def media(self) -> Media:
        # Of the owner filter's control: Django asks filters for no media.
        field = LogEntry._meta.get_field("user")
        select = AutocompleteSelect(field, self.admin_site).media
        return super().media + select + Media(css={"all": ["artifacts/admin.css"]})

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        # Also keeps a form's stale row from being written over a concurrent save.
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Say whether actions that ask for "operate" are offered and performed."""
        codename = get_permission_codename("change", self.opts)
        return request.user.has_perm(f"{self.opts.app_label}.{codename}")

    def get_urls(self) -> list[URLPattern]:
        perform = path(
            "<path:object_id>/perform/<slug:action>/",
            self.admin_site.admin_view(self.perform_view),
            name=self.url_name("perform").removeprefix("admin:"),
        )
        return [perform, *super().get_urls()]

    def url_name(self, page: str) -> str:
        return f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"

    def page_of(self, obj: Model) -> str:
        """Give the path of an object's page."""
        return reverse(self.url_name("change"), args=[obj.pk])

    @method_decorator(require_POST)
    def perform_view(
        self, request: HttpRequest, object_id: str, action: str
    ) -> HttpResponse:
        """Perform one of `page_actions` on one object, then show it again."""
        obj = self.get_object(request, object_id)
        offered = self._offered(request).get(action)
        if obj is None or offered is None:
            raise Http404
        perform, _, _ = offered
        perform(self, request, self.get_queryset(request).filter(pk=obj.pk))
        return redirect(self.page_of(obj))

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        # A number that SQLite cannot hold is refused only when the query runs.
        try:
            return super().get_changelist_instance(request)
        except OverflowError as error:
            raise IncorrectLookupParameters(error) from error

    def response_action(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        *args: Any,
        **kwargs: Any,
    ) -> HttpResponse | None:
        """Perform an action on the ticked rows, if any of them is still there."""
        selected = request.POST.getlist(ACTION_CHECKBOX_NAME)
        try:
            keys = [self.opts.pk.clean(key, None) for key in selected]
        except ValidationError:
            keys = []
        if not queryset.filter(pk__in=keys).exists():
            said = "Nothing was done: nothing was selected, or it is gone."
            self.message_user(request, said, messages.WARNING)
            return None
        return super().response_action(request, queryset, *args, **kwargs)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if obj := context.get("original"):
            context["subtitle"] = display.name(str(obj))
        return super().render_change_form(request, context, *args, **kwargs)

    def message_user(
        self, request: HttpRequest, message: StrPromise | str, *args: Any, **kwargs: Any
    ) -> None:
        # Most name an artifact or a session, whose clients named them.
        super().message_user(request, display.marked(str(message)), *args, **kwargs)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = self.opts.verbose_name_plural
        context = {"title": str(title).capitalize(), **(extra_context or {})}
        return super().changelist_view(request, context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        title = str(self.opts.verbose_name).capitalize()
        buttons = [
            (reverse(self.url_name("perform"), args=[object_id, name]), words)
            for name, words in self.page_actions.items()
            if name in self._offered(request)
        ]
        context = {"title": title, "page_buttons": buttons, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def perform_each(
        self,
        request: HttpRequest,
        items: Iterable[Item],
        act: Callable[[Item], object],
    ) -> list[Item]:
        """Act on all that can be acted on, say which could not, give the others."""
        done: list[Item] = []
        failures: list[str] = []
        for item in items:
            try:
                act(item)
            # A store that is away may raise what its library raises.
            except (ArtifactError, OSError) as error:
                logger.exception("The admin action failed for %s", item.pk)
                failures.append(f"{item}: {error}")
            else:
                done.append(item)
        for failure in failures[:MAX_FAILURES]:
            self.message_user(request, failure, messages.ERROR)
        if len(failures) > MAX_FAILURES:
            more = f"{len(failures) - MAX_FAILURES} more failed; the log has them."
            self.message_user(request, more, messages.ERROR)
        return done

    def _offered(self, request: HttpRequest) -> dict[str, tuple[Any, str, str]]:
        """Give those of `page_actions` that this user may perform."""
        actions = self.get_actions(request)
        return {
            name: found
            for name in self.page_actions
            if (found := actions.get(name)) is not None
        }


def counted(count: int, noun: str) -> str:
    """Say `1 session` or `2 sessions`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
