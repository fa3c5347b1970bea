"""What patients asked, for the front desk."""

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from treatments.models import ConsultationRequest


@admin.register(ConsultationRequest)
class ConsultationRequestAdmin(admin.ModelAdmin):
    """Requests, oldest first; the patient's own words are not ours to change."""

    list_display = ["name", "requested_at", "call", "email", "treatment"]
    list_filter = ["requested_at", "treatment"]
    list_select_related = ["treatment"]
    search_fields = ["name", "phone", "email"]
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    @admin.display(description=_("phone"))
    def call(self, consultation):
        if not consultation.phone:
            return ""
        dialled = "".join(letter for letter in consultation.phone if letter.isdigit() or letter == "+")
        return format_html('<a href="tel:{}">{}</a>', dialled, consultation.phone)
