"""What has been published, to look at."""

from django.contrib import admin

from treatments.admin.look_only import LookOnlyAdmin
from treatments.models import Edition


@admin.register(Edition)
class EditionAdmin(LookOnlyAdmin):
    """Editions are published from the treatment and never changed."""

    list_display = ["__str__", "published_at", "published_by", "is_sample", "note"]
    list_filter = ["treatment"]
    list_select_related = ["treatment", "published_by"]
    fields = ["treatment", "number", "published_at", "published_by", "is_sample", "next_review_date", "note", "digest"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("document")
