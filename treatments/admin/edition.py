"""What has been published, to look at."""

from django.contrib import admin

from treatments.models import Edition


@admin.register(Edition)
class EditionAdmin(admin.ModelAdmin):
    """Editions are published from the treatment and never changed."""

    list_display = ["__str__", "published_at", "published_by", "is_sample", "note"]
    list_filter = ["treatment"]
    list_select_related = ["treatment", "published_by"]
    fields = ["treatment", "number", "published_at", "published_by", "is_sample", "next_review_date", "note", "digest"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("document")

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
