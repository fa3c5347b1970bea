"""What patients asked: everything, to search; one request with all that was done; the sheet of a day."""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypedDict

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from treatments.accounts.typed_work import is_brought_back, shows_again
from treatments.admin.act import act_view, check_may_act, undo_view
from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.admin.finding import found
from treatments.admin.letter import letter_view
from treatments.admin.look_only import LongListAdmin
from treatments.admin.task import verbs_of
from treatments.admin.verb import buttons
from treatments.consultation import booking, personal_data, search, set_apart, undoing, worklist
from treatments.forms.desk import DeskForm
from treatments.models import Clinic, ConsultationRequest, Notice, NoticeKind, PrecautionAdvice, RequestEvent, SeatCell
from treatments.models.consultation import PERSONAL
from treatments.times import holding
from treatments.values.moments import date_of
from treatments.values.row_ids import row_id
from treatments.web.requests import StaffRequest, of_staff, with_clinic

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise, WithAnnotations

    class ListColumns(TypedDict):
        """What with_times and with_promise add to the requests of the list."""

        starts_at: datetime.datetime | None
        promised_at: datetime.datetime | None

    RequestInList = WithAnnotations[ConsultationRequest, ListColumns]

#: Requests that were set apart on one screen, to be removed together.
MOST_TO_CHECK = 1000
#: Requests of perhaps the same person that a screen names.
MOST_ALIKE = 10


@admin.register(ConsultationRequest)
class ConsultationRequestAdmin(LongListAdmin):
    """Patients' own words are not ours to change, and nothing is deleted: erasing keeps a stub. Acts are verbs."""

    list_display = ["who", "state", "promised", "visit_starts", "call", "email", "treatment", "for_clinician"]
    list_filter = ["state", "is_set_apart", "needs_clinician"]
    list_select_related = ["treatment"]
    search_fields = search.TEXTS[ConsultationRequest]
    search_help_text = _(
        "The beginning of any name or part of an email, three digits of a phone number, or the reference."
        " Every word has to fit. Whoever was erased is not found."
    )
    ordering = ["-requested_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ConsultationRequest]:
        return ConsultationRequest.objects.with_times().with_promise().order_by(*self.get_ordering(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ConsultationRequest], search_term: str
    ) -> tuple[QuerySet[ConsultationRequest], bool]:
        return found(request, queryset, search_term, ConsultationRequest), False

    @admin.display(description=_("who"))
    def who(self, consultation: ConsultationRequest) -> str:
        return f"{consultation} ({_('set apart')})" if consultation.is_set_apart else str(consultation)

    @admin.display(description=_("call by"))
    def promised(self, consultation: "RequestInList") -> datetime.datetime | None:
        return consultation.promised_at

    @admin.display(description=_("visit"))
    def visit_starts(self, consultation: "RequestInList") -> datetime.datetime | None:
        return consultation.starts_at

    @admin.display(description=_("phone"))
    def call(self, consultation: ConsultationRequest) -> str:
        if not consultation.phone:
            return ""
        return format_html('<a href="tel:{}">{}</a>', consultation.phone, consultation.phone_in_words)

    @admin.display(description=_("for a clinician"), boolean=True)
    def for_clinician(self, consultation: ConsultationRequest) -> bool:
        return consultation.needs_clinician

    # Screens

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("day/", view(self.day_view), name="treatments_consultationrequest_day"),
            path("to-check/", view(self.to_check_view), name="treatments_consultationrequest_to_check"),
            path("<int:pk>/undo/", view(undo_view), name="treatments_consultationrequest_undo"),
            path("<int:pk>/act/<slug:name>/", view(self.act_view), name="treatments_consultationrequest_act"),
            path("<int:pk>/act/<slug:name>/letter/<int:number>/", view(letter_view)),
            *super().get_urls(),
        ]

    # The screen of an act, and no other, shows a page in a frame: that of the letter.
    @method_decorator(csp_update({"frame-src": [SELF]}))
    def act_view(self, request: StaffRequest, pk: int, name: str) -> HttpResponse:
        return act_view(self.admin_site, request, pk, name)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("treatments.add_consultationrequest")

    @shows_again
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A request that came by phone or in person: staff enter it, and it is taken as one from the site is."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        notice = Notice.objects.newest(NoticeKind.CONSENT)
        staff = of_staff(request)
        form = DeskForm(request.POST or None, clinic=staff.clinic, by=staff.user, notice=notice)
        answer = take(staff, form) if form.is_complete() and not is_brought_back(request) else None
        if answer is not None:
            return answer
        title = _("A request by phone or in person")
        context = {**self.admin_site.each_context(request), "title": title, "form": form, "opts": self.opts}
        status = 422 if form.errors else 200
        return TemplateResponse(request, "admin/treatments/consultationrequest/add.html", context, status=status)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One request: what holds, what can be done, what was done and said."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = ConsultationRequest.objects.select_related("treatment", "consent_notice")
        consultation = get_object_or_404(found, pk=row_id(object_id))
        context = {
            **self.admin_site.each_context(request),
            "title": str(consultation),
            "opts": self.opts,
            **shown_of(consultation, of_staff(request).user, with_clinic(request).clinic),
        }
        return TemplateResponse(request, "admin/treatments/consultationrequest/change.html", context)

    def to_check_view(self, request: StaffRequest) -> HttpResponse:
        """What was set apart: one by one, or removed together."""
        check_may_act(request)
        found = ConsultationRequest.objects.set_apart().with_promise().order_by("requested_at", "pk")
        if request.method == "POST":
            return remove_chosen(request, found)
        shown = list(found[:MOST_TO_CHECK])
        context = {
            **self.admin_site.each_context(request),
            "title": _("To check"),
            "opts": self.opts,
            "requests": shown,
            "is_cut": len(shown) == MOST_TO_CHECK,
        }
        return TemplateResponse(request, "admin/treatments/consultationrequest/to_check.html", context)

    def day_view(self, request: StaffRequest) -> HttpResponse:
        """The visits of one day on one page, to print."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        date = date_of(request.GET.get("date")) or timezone.localdate()
        context = {
            **self.admin_site.each_context(request),
            "title": _("Visits of the day"),
            "opts": self.opts,
            "date": date,
            "visits": worklist.visits_of_day(date, request.clinic.zone),
        }
        return TemplateResponse(request, "admin/treatments/consultationrequest/day.html", context)


def take(request: StaffRequest, form: DeskForm) -> HttpResponse | None:
    """Store the request that was entered and lead to it; None if its time is gone, which the form says then."""
    try:
        taken = booking.ask(form.answers(), start=form.start, form_key=form.key_and_suspicion()[0], by=request.user)
    except holding.TimeGone:
        form.add_error("time", _("There is no place at this time any more. Choose another."))
        return None
    except booking.AlreadyAsked:
        messages.info(request, _("This form was sent before, and counts as it was sent then."))
        return redirect("admin:treatments_consultationrequest_changelist")
    return redirect("admin:treatments_consultationrequest_change", taken.pk)


def remove_chosen(request: StaffRequest, found: QuerySet[ConsultationRequest]) -> HttpResponse:
    """Remove those among the requests to check that were ticked, and show what is left."""
    sent = map(row_id, request.POST.getlist("request"))
    chosen = found.filter(pk__in=[pk for pk in sent if pk is not None])
    number = set_apart.remove_all(chosen, by=request.user)
    messages.success(request, _("Removed: %s. Nobody was written to.") % number)
    return redirect("admin:treatments_consultationrequest_to_check")


#: What patients answered that has no place of its own on the screen of a request.
PLACED = (
    *("name", "phone", "email", "treatment", "message", "best_time", "precautions", "needs_clinician"),
    *("offered_times", "wished_at", "note"),
)
MORE_ANSWERS = [name for name in PERSONAL if name not in PLACED]


def shown_of(consultation: ConsultationRequest, user: User, clinic: Clinic) -> dict[str, Any]:
    """What the screen of a request shows to this user, by its names in the template."""
    visit, now = consultation.held_visit(), timezone.now()
    events = list(consultation.events.select_related("by"))
    may_act = user.has_perm("treatments.change_consultationrequest")
    possible = buttons(consultation, visit, now) if may_act else {}
    return {
        "consultation": consultation,
        "start": visit and visit.start,
        "buttons": list(possible.values()),
        "tasks": verbs_of(consultation, user, possible),
        "promise": consultation.open_promise(),
        "undo": undo_of(events, now) if may_act else None,
        "events": reversed(events),
        "newest": events[-1] if events else None,
        "health_answers": health_answers(consultation),
        "more_answers": personal_data.in_words(consultation, MORE_ANSWERS),
        "letters": consultation.messages.order_by("-not_before", "-pk"),
        "may_act": may_act,
        "same": same_person(consultation),
        "erased_on": personal_data.erased_on(consultation, clinic),
    }


def health_answers(consultation: ConsultationRequest) -> list[dict[str, "StrOrPromise"]]:
    """What the patient said yes to: {"situation": …, "advice": …}, in the words of the newest edition."""
    keys = consultation.precautions.split()
    edition = keys and consultation.treatment and consultation.treatment.editions.order_by("-number").first()
    rows = edition.content().get("precautions", []) if edition else []
    return [
        {"situation": row["situation"], "advice": PrecautionAdvice(row["advice"]).label}
        for row in rows
        if row["key"] in keys
    ]


def undo_of(events: Sequence[RequestEvent], now: datetime.datetime) -> RequestEvent | None:
    """The newest of these events, the last one, if it may still be undone; else None."""
    newest = events[-1] if events else None
    return newest if newest and undoing.can_be_undone(newest, now) else None


def same_person(consultation: ConsultationRequest) -> QuerySet[ConsultationRequest]:
    """At most MOST_ALIKE other requests with the same phone or email; only people may say that it is one person."""
    if consultation.erased_at:
        return ConsultationRequest.objects.none()
    of_contact = ConsultationRequest.objects.of_contact(phone=consultation.phone, email=consultation.email)
    # Found by contact and put in order afterwards: the other way about a database may read every request there is.
    found = list(of_contact.order_by().exclude(pk=consultation.pk).values_list("pk", flat=True)[:MOST_ALIKE])
    return ConsultationRequest.objects.filter(pk__in=found)


class RequestPartAdmin(ElsewhereAdmin):
    """Events and held times: on their request's screen."""

    list_screen = "admin:treatments_consultationrequest_changelist"

    def row_screen(self, row: RequestEvent | SeatCell) -> str:
        return reverse("admin:treatments_consultationrequest_change", args=[row.request_id])


admin.site.register([RequestEvent, SeatCell], RequestPartAdmin)
