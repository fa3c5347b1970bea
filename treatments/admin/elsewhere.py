"""Rows that are edited among their neighbours, on another screen than their own."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from treatments.values.row_ids import row_id

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


class ElsewhereAdmin(ModelAdmin):
    """Registered so that links to a row work: each of its URLs leads to the screen where the row is edited."""

    #: The name of the URL that the list leads to; each kind sets it.
    list_screen = ""

    def row_screen(self, row: Any) -> str:
        """The URL, or its name, of the screen on which this row is edited."""
        return self.list_screen

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        # Not in the index.
        return {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect(self.list_screen)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return self.change_view(request, object_id)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect(self.row_screen(get_object_or_404(self.model, pk=row_id(object_id))))
