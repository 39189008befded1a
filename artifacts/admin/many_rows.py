"""Lists of tables that grow without end: none of their pages takes longer for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.core.paginator import InvalidPage, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from artifacts.admin.base import ReadOnlyAdmin

MOST = 1_000
"""Rows that one list counts and shows in pages; a link leads on to the next ones."""

M = TypeVar("M", bound=Model)


class LongList(ChangeList):
    """Reads the keys of the first rows by an index, then the rows of one page by them.

    There is no count of all: it would read all.
    """

    model_admin: Any
    has_more = False
    further = ""
    "The query string of the list that begins where this one ends."

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """Sort by what has an index, which goes on with the key in the same direction."""
        given = super().get_ordering(request, queryset)
        columns = self.model_admin.sortable_by
        allowed = {self.get_ordering_field(column) for column in columns}
        known = [field for field in given if str(field).lstrip("-") in allowed]
        first = str((known or self.model_admin.ordering)[0])
        return [first, "-pk" if first.startswith("-") else "pk"]

    def get_results(self, request: HttpRequest) -> None:
        keys = list(self.queryset.values_list("pk", flat=True)[: MOST + 1])
        self.has_more = len(keys) > MOST
        if self.has_more:
            self.further = self._query_from(request, keys.pop())
        paginator = Paginator(keys, self.list_per_page)
        self.can_show_all = len(keys) <= self.list_max_show_all
        self.multi_page = len(keys) > self.list_per_page
        if self.multi_page and not (self.show_all and self.can_show_all):
            try:
                keys = list(paginator.page(self.page_num).object_list)
            except InvalidPage as error:
                raise IncorrectLookupParameters(error) from error
        rows = self.apply_select_related(self.model_admin.rows(request, keys))
        by_key = {row.pk: row for row in rows}
        # A row may have been deleted since.
        self.result_list = [by_key[key] for key in keys if key in by_key]
        self.result_count = paginator.count
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.paginator = paginator

    def _query_from(self, request: HttpRequest, key: Any) -> str:
        """Narrow the list to what comes from this row on."""
        first = self.get_ordering(request, self.queryset)[0]
        field, descending = first.lstrip("-"), first.startswith("-")
        limit = f"{field}__{'lte' if descending else 'gte'}"
        row = self.model_admin.rows(request, [key]).values_list(field, flat=True)
        value = row.first()
        text = value.isoformat() if hasattr(value, "isoformat") else str(value)
        return self.get_query_string({limit: text}, remove=[PAGE_VAR, limit])


class ManyRowsAdmin(ReadOnlyAdmin[M]):
    """Sorts by the columns of `sortable_by`, of which each has an index."""

    sortable_by: ClassVar[tuple[str, ...]] = ()
    # Each of these numbers is a count of the table.
    show_facets = admin.ShowFacets.NEVER

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LongList

    def rows(self, request: HttpRequest, keys: Sequence[Any]) -> QuerySet[M]:
        """Give the rows with these keys, and all that their columns show."""
        return self.get_queryset(request).filter(pk__in=keys)
