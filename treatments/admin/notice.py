"""The clinic's notices."""

from django.contrib import admin

from treatments.accounts.typed_work import KeepsTypedWork
from treatments.forms.text import OF_COLUMNS
from treatments.models import Clinic, Notice


@admin.register(Notice)
class NoticeAdmin(KeepsTypedWork, admin.ModelAdmin):
    """Notices are only ever added: visitors may have relied on an old one."""

    formfield_overrides = OF_COLUMNS
    list_display = ["kind", "added_at", "is_bundled"]
    list_filter = ["kind"]
    fields = ["kind", "text", "added_at", "is_bundled"]

    def get_readonly_fields(self, request, obj=None):
        return ["added_at", "is_bundled"]

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        Clinic.objects.touch()

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
