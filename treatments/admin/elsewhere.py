"""Rows that are edited among their neighbours, on another screen than their own."""

from django.contrib import admin
from django.shortcuts import get_object_or_404, redirect

from treatments.values.row_ids import row_id


class ElsewhereAdmin(admin.ModelAdmin):
    """Registered so that links to a row work; each of its addresses leads to the screen where it is edited."""

    #: The name of the address that the list leads to; set by each kind.
    list_screen = ""

    def row_screen(self, row):
        """The address of the screen on which this row is edited."""
        return self.list_screen

    def get_model_perms(self, request):
        # Not in the index.
        return {}

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        return redirect(self.list_screen)

    def history_view(self, request, object_id, extra_context=None):
        return self.change_view(request, object_id)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return redirect(self.row_screen(get_object_or_404(self.model, pk=row_id(object_id))))
