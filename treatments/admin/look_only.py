"""Rows that staff look at and never add, change or delete by hand."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from treatments.admin.own_filters import OwnFilters

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    RowsPaginator = Paginator[Any]
else:
    ModelAdmin, RowsPaginator = admin.ModelAdmin, Paginator

#: Rows up to which a list is counted, however many it has.
MOST_COUNTED = 10_000


class LookOnlyAdmin(OwnFilters, ModelAdmin):
    """What is written by acts alone: editions, requests, messages."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class CappedPaginator(RowsPaginator):
    """Pages of rows, of which it counts no more than MOST_COUNTED: nobody turns pages so far."""

    object_list: QuerySet[Any]

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by().values("pk")[:MOST_COUNTED].count()


class LongListAdmin(LookOnlyAdmin):
    """Rows of which there may be a million: counted up to a limit, and sorted only as an index has them."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    actions = None
