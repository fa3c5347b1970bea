"""The clinic's notices."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from treatments.accounts.typed_work import KeepsTypedWork
from treatments.admin.own_filters import OwnFilters
from treatments.forms.text import OF_COLUMNS
from treatments.models import Clinic, Notice

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Notice]
else:
    ModelAdmin = admin.ModelAdmin


@admin.register(Notice)
class NoticeAdmin(KeepsTypedWork, OwnFilters, ModelAdmin):
    """Notices are added and never changed or deleted: visitors may have relied on an old one."""

    formfield_overrides = OF_COLUMNS
    list_display = ["kind", "added_at", "is_bundled"]
    list_filter = ["kind"]
    fields = ["kind", "text", "added_at", "is_bundled"]

    def get_readonly_fields(self, request: HttpRequest, obj: Notice | None = None) -> list[str]:
        return ["added_at", "is_bundled"]

    def save_model(self, request: HttpRequest, obj: Notice, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        Clinic.objects.touch()

    def has_change_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Notice | None = None) -> bool:
        return False
