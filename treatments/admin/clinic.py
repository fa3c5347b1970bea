"""The clinic's screen, and the checklist before the site opens."""

import datetime
import zoneinfo
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.accounts.typed_work import KeepsTypedWork
from treatments.admin.closure import ClosureInline
from treatments.admin.opening_hours import OpeningHoursInline
from treatments.follow_up import sending, tasks
from treatments.forms.clinic import ClinicForm, VisitsInTheWay
from treatments.forms.guarded import AddressField
from treatments.forms.text import OF_COLUMNS
from treatments.models import Clinic
from treatments.running import checklist
from treatments.times import clashes, zones
from treatments.web.client import client_address
from treatments.web.requests import StaffRequest

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldsetSpec

    ModelAdmin = admin.ModelAdmin[Clinic]
else:
    ModelAdmin = admin.ModelAdmin


@admin.register(Clinic)
class ClinicAdmin(KeepsTypedWork, ModelAdmin):
    """One row, so its list leads straight to it."""

    form = ClinicForm
    formfield_overrides = OF_COLUMNS
    inlines = [OpeningHoursInline, ClosureInline]
    readonly_fields = ["opened_at"]
    fieldsets = [
        (None, {"fields": ["name", "device"]}),
        (_("How to reach it"), {"fields": ["phone", "whatsapp", "out_of_hours_phone", "emergency_number", "email"]}),
        (_("Where it is"), {"fields": ["address", "access", "country", "time_zone"]}),
        (
            _("Consultations"),
            {
                "fields": [
                    "visit_minutes",
                    "seats",
                    "notice_hours",
                    "horizon_days",
                    "confirms_by_hand",
                    "call_back_hours",
                    "open_requests_per_contact",
                    "unheard_share",
                    "bring",
                    "keep_visit_days",
                    "keep_request_days",
                ]
            },
        ),
        (_("Hours"), {"fields": ["shows_demonstration_hours"]}),
        (_("Advertising"), {"fields": ["says_free", "shows_prices"]}),
        (_("The site"), {"fields": ["opened_at"]}),
    ]

    change_form_template = "admin/treatments/clinic/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("checklist/", view(self.checklist_view), name="treatments_clinic_checklist"),
            path("checklist/letter/", view(self.letter_view), name="treatments_clinic_letter"),
            path("checklist/address/", view(self.address_view), name="treatments_clinic_address"),
            path("checklist/open/", view(self.open_view), name="treatments_clinic_open"),
            *super().get_urls(),
        ]

    def checklist_view(self, request: StaffRequest) -> HttpResponse:
        """What has to be right before the site is opened; each line is checked now."""
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
            "address": client_address(request),
        }
        return TemplateResponse(request, "admin/treatments/clinic/checklist.html", context)

    def letter_view(self, request: StaffRequest) -> HttpResponse:
        """Send a test letter now, and say whether the mail server took it."""
        check_may_open(request)
        form = LetterForm(request.POST)
        if request.method == "POST" and form.is_valid():
            error = sending.send_test(form.cleaned_data["to"])
            if error:
                messages.error(request, error)
            else:
                messages.success(request, _("The mail server took the letter. Look whether it arrives."))
        elif request.method == "POST":
            messages.error(request, _("Enter an email address like name@example.com."))
        return redirect("admin:treatments_clinic_checklist")

    def address_view(self, request: StaffRequest) -> HttpResponse:
        """Note whether the network address on the checklist is the manager's own; else it is that of a proxy."""
        check_may_open(request)
        if request.method == "POST" and "yes" in request.POST:
            Clinic.objects.note_proxies(settings.TRUSTED_PROXIES)
            messages.success(request, _("Limits count each visitor alone."))
        elif request.method == "POST":
            Clinic.objects.note_proxies(None)
            text = _(
                "Tell whoever runs your server: TRUSTED_PROXIES is %(number)s and has to be how many proxies stand in "
                "front of the site. X-Forwarded-For was “%(header)s”."
            )
            header = request.headers.get("X-Forwarded-For", "")[:200]
            messages.error(request, text % {"number": settings.TRUSTED_PROXIES, "header": header})
        return redirect("admin:treatments_clinic_checklist")

    def open_view(self, request: StaffRequest) -> HttpResponse:
        """Open the site to the public, if every required line is right; or close it again."""
        check_may_open(request)
        if request.method == "POST" and "close" in request.POST and "sure" not in request.POST:
            context = {**self.admin_site.each_context(request), "title": _("Close the site?")}
            return TemplateResponse(request, "admin/treatments/clinic/close.html", context)
        if request.method == "POST" and "close" in request.POST:
            Clinic.objects.open_since(None)
            messages.success(request, _("Every page says “not open yet” again."))
        elif request.method == "POST" and checklist.may_open(checklist.lines(Clinic.objects.current())):
            Clinic.objects.open_since(timezone.now())
            messages.success(request, _("The site is open."))
        elif request.method == "POST":
            messages.error(request, _("Nothing was opened: mend the red lines first."))
        return redirect("admin:treatments_clinic_checklist")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Clinic | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect("admin:treatments_clinic_change", Clinic.objects.current().pk)

    # Visits that would not fit

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The clinic's screen; what would leave held visits without a place is saved only after their list was seen."""
        try:
            with transaction.atomic():
                if request.method == "POST":
                    # Before the form reads it, so that the form knows the time zone from which it changes.
                    Clinic.objects.locked()
                return super().changeform_view(request, object_id, form_url, extra_context)
        except VisitsInTheWay as in_the_way:
            # Nothing was saved: the same form again, with what is in the way and a box to tick.
            asking = AskingClinicAdmin(self.model, self.admin_site, in_the_way)
            return asking.changeform_view(request, object_id, form_url, extra_context)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save hours and closures too, then put what becomes of held visits on the worklist.

        Raises VisitsInTheWay until whoever saves has agreed to the list of them.
        """
        super().save_related(request, form, formsets, change)
        Clinic.objects.touch()
        clinic, now = Clinic.objects.prefetched(), timezone.now()
        found = visits_to_look_at(request.POST, clinic, zoneinfo.ZoneInfo(form.initial["time_zone"]), now)
        clashes.take_off_the_list(clinic, now)
        tasks.keep_in_opening_time(clinic, now)
        listed = clashes.put_on_the_list(found, clinic, now)
        if listed:
            said = _("Held visits to look at again: %s. Each stands on the worklist.")
            messages.warning(request, said % len(listed))
        for left in form.left_as_they_were:
            messages.warning(request, left)

    def response_post_save_change(self, request: HttpRequest, obj: Clinic) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:index"))


class AskingClinicAdmin(ClinicAdmin):
    """The same screen for one request that saved nothing: with the visits in the way, and a box to tick."""

    def __init__(self, model: type[Clinic], admin_site: admin.AdminSite, in_the_way: VisitsInTheWay) -> None:
        super().__init__(model, admin_site)
        self.in_the_way = in_the_way

    def get_fieldsets(self, request: HttpRequest, obj: Clinic | None = None) -> "_FieldsetSpec":
        names = ["told_times", "agreed"] if self.in_the_way.told else ["agreed"]
        return [(_("Before this is saved"), {"fields": names}), *super().get_fieldsets(request, obj)]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ClinicForm]:
        # Of the clinic's columns alone: the form adds the fields of what is asked for itself.
        names = flatten_fieldsets(super().get_fieldsets(request, obj))
        kwargs["fields"] = [name for name in names if name not in self.readonly_fields]
        form = super().get_form(request, obj, change=change, **kwargs)
        return type("ClinicForm", (form,), {"in_the_way": self.in_the_way})


def visits_to_look_at(
    sent: QueryDict, clinic: Clinic, old_zone: datetime.tzinfo, now: datetime.datetime
) -> list[clashes.Clash]:
    """The held visits that somebody has to look at again, now that the clinic is saved as `clinic`.

    If the time zone has changed, the visits are moved so that they keep their time on the clock, unless "told_times" of
    what was sent is "moments"; one whose time is over on the new clock stays at its moment. Raises VisitsInTheWay if
    "agreed" is not the digest of this very list of visits.
    """
    is_other_zone, keeps_told = clinic.zone != old_zone, sent.get("told_times") != "moments"
    told = zones.told_times(now, old_zone) if is_other_zone else []
    of_zone: list[clashes.Clash] = []
    if is_other_zone and keeps_told:
        of_zone = zones.keep_told_times(clinic, old_zone, clinic.zone, now)
    elif is_other_zone:
        of_zone = zones.keep_moments(old_zone, clinic.zone, now)
    others = clashes.new_ones(clashes.find(clinic, now))
    # Where the visits keep their moments, the list of what patients were told has them all.
    in_the_way = VisitsInTheWay([*of_zone, *others] if keeps_told else others, told)
    if (in_the_way.clashes or told) and sent.get("agreed") != in_the_way.digest:
        raise in_the_way
    return [*of_zone, *others]


class LetterForm(forms.Form):
    """To whom a test letter goes."""

    to = AddressField()


def check_may_open(request: HttpRequest) -> None:
    """Raise PermissionDenied for those who may not open the site."""
    if not request.user.has_perm("treatments.open_clinic"):
        raise PermissionDenied
