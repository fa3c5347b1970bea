"""The clinic's own facts, hours, closures and notices."""

import itertools

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from treatments import booking, checklist, outbox
from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.forms.guarded import check_mailable
from treatments.models import Clinic, Closure, Notice, OpeningHours, Weekday


class HoursFormSet(forms.BaseInlineFormSet):
    """The clinic's hours, of which none may overlap another of its day."""

    def clean(self):
        super().clean()
        kept = [form.cleaned_data for form in self.forms if form not in self.deleted_forms and form.is_valid()]
        rows = sorted((row["weekday"], row["opens"], row["closes"]) for row in kept if row.get("weekday"))
        for (day, _opens, closes), (next_day, opens, _closes) in itertools.pairwise(rows):
            if day == next_day and opens < closes:
                said = _("Hours on %(day)s overlap: let one end before the next begins.")
                raise forms.ValidationError(said, params={"day": Weekday(day).label})


class OpeningHoursInline(admin.TabularInline):
    model = OpeningHours
    formset = HoursFormSet
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

    change_form_template = "admin/treatments/clinic/change_form.html"

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("checklist/", view(self.checklist_view), name="treatments_clinic_checklist"),
            path("checklist/letter/", view(self.letter_view), name="treatments_clinic_letter"),
            path("checklist/open/", view(self.open_view), name="treatments_clinic_open"),
            *super().get_urls(),
        ]

    def checklist_view(self, request):
        """What has to be right before the site is opened, each line looked at now."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        clinic = Clinic.objects.current()
        lines = checklist.lines(clinic)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Before the site opens"),
            "lines": lines,
            "may_open": checklist.may_open(lines),
            "is_manager": request.user.has_perm("treatments.open_clinic"),
            "opened_at": clinic.opened_at,
        }
        return TemplateResponse(request, "admin/treatments/clinic/checklist.html", context)

    def letter_view(self, request):
        """Send a test letter now, and say whether the mail server took it."""
        check_may_open(request)
        form = LetterForm(request.POST)
        if request.method == "POST" and form.is_valid():
            fault = outbox.send_test(form.cleaned_data["to"])
            if fault:
                messages.error(request, fault)
            else:
                messages.success(request, _("The mail server took the letter. Look whether it arrives."))
        elif request.method == "POST":
            messages.error(request, _("Enter an email address like name@example.com."))
        return redirect("admin:treatments_clinic_checklist")

    def open_view(self, request):
        """Open the site to the public, if every required line is right; or close it again."""
        check_may_open(request)
        if request.method == "POST" and "close" in request.POST:
            Clinic.objects.open_since(None)
            messages.success(request, _("Every page says “not open yet” again."))
        elif request.method == "POST" and checklist.may_open(checklist.lines(Clinic.objects.current())):
            Clinic.objects.open_since(timezone.now())
            messages.success(request, _("The site is open."))
        elif request.method == "POST":
            messages.error(request, _("Nothing was opened: mend the red lines first."))
        return redirect("admin:treatments_clinic_checklist")

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
        found = booking.visits_outside_hours(clinic, now)
        listed = outbox.to_look_at_again(found)
        for consultation in found:
            start = date_format(consultation.starts_at.astimezone(clinic.zone), "l j F Y, H:i")
            address = reverse("admin:treatments_consultationrequest_change", args=[consultation.pk])
            text = _("Outside the opening hours now, and still held: {time}, <a href='{address}'>{reference}</a>")
            said = format_html(text, time=start, address=address, reference=consultation.reference)
            messages.warning(request, said)
            if consultation.pk not in listed:
                outbox.look_again(consultation, now)

    def response_post_save_change(self, request, obj):
        return redirect(reverse("admin:index"))


class LetterForm(forms.Form):
    """To whom a test letter goes."""

    to = forms.EmailField(validators=[check_mailable])


def check_may_open(request):
    """Raise PermissionDenied for those who may not open the site."""
    if not request.user.has_perm("treatments.open_clinic"):
        raise PermissionDenied


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
