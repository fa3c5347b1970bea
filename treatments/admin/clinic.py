"""The clinic's own facts, hours, closures and notices."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from treatments import booking, outbox
from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.models import Clinic, Closure, MessageKind, MessageState, Notice, OpeningHours


class OpeningHoursInline(admin.TabularInline):
    model = OpeningHours
    extra = 1


class ClosureInline(admin.TabularInline):
    model = Closure
    extra = 1


@admin.register(Clinic)
class ClinicAdmin(admin.ModelAdmin):
    """One row, so its list leads straight to it."""

    inlines = [OpeningHoursInline, ClosureInline]
    readonly_fields = ["opened_at"]
    fieldsets = [
        (None, {"fields": ["name", "device"]}),
        (_("How to reach it"), {"fields": ["phone", "out_of_hours_phone", "emergency_number", "email"]}),
        (_("Where it is"), {"fields": ["address", "access", "country", "time_zone"]}),
        (
            _("Consultations"),
            {
                "fields": [
                    ("visit_minutes", "seats"),
                    ("notice_hours", "horizon_days"),
                    ("confirms_by_hand", "call_back_hours"),
                    "bring",
                    ("keep_visit_days", "keep_request_days"),
                ]
            },
        ),
        (_("Hours"), {"fields": ["shows_demonstration_hours"]}),
        (_("The site"), {"fields": ["opened_at"]}),
    ]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def changelist_view(self, request, extra_context=None):
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect("admin:treatments_clinic_change", Clinic.objects.current().pk)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        Clinic.objects.touch()
        self.list_visits_outside_hours(request, Clinic.objects.current())

    def list_visits_outside_hours(self, request, clinic):
        """Cancel nothing: name each visit that lies outside the hours now, and put it on the desk's list once."""
        now = timezone.now()
        for consultation in booking.visits_outside_hours(clinic, now):
            start = date_format(consultation.starts_at.astimezone(clinic.zone), "l j F Y, H:i")
            address = reverse("admin:treatments_consultationrequest_change", args=[consultation.pk])
            text = _("Outside the opening hours now, and still held: {time}, <a href='{address}'>{reference}</a>")
            said = format_html(text, time=start, address=address, reference=consultation.reference)
            messages.warning(request, said)
            if not consultation.messages.filter(kind=MessageKind.LOOK_AGAIN, state=MessageState.QUEUED).exists():
                outbox.look_again(consultation, now)

    def response_post_save_change(self, request, obj):
        return redirect(reverse("admin:index"))


@admin.register(Notice)
class NoticeAdmin(admin.ModelAdmin):
    """Notices are only ever added: visitors may have relied on an old one."""

    list_display = ["kind", "added_at", "is_bundled"]
    list_filter = ["kind"]
    fields = ["kind", "text", "added_at", "is_bundled"]

    def get_readonly_fields(self, request, obj=None):
        return ["added_at", "is_bundled"]

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class ClinicPartAdmin(ElsewhereAdmin):
    """Hours and closures: on the clinic's screen."""

    list_screen = "admin:treatments_clinic_changelist"


admin.site.register([OpeningHours, Closure], ClinicPartAdmin)
