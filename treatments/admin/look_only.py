"""Rows that staff look at and never add, change or delete by hand."""

from django.contrib import admin
from django.core.paginator import Paginator
from django.utils.functional import cached_property

#: Rows beyond which a list of a million is not counted.
MOST_COUNTED = 10_000


class LookOnlyAdmin(admin.ModelAdmin):
    """What is written by acts alone: editions, requests, messages."""

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class CappedPaginator(Paginator):
    """Counts no further than anyone turns pages."""

    @cached_property
    def count(self):
        return self.object_list.order_by().values("pk")[:MOST_COUNTED].count()


class LongListAdmin(LookOnlyAdmin):
    """Rows of which there may be a million: counted to an end, and in the one order that an index gives."""

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    actions = None
