"""The patient's own pages, behind the private link."""

import datetime
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from treatments.consultation import booking, contact, personal_data, standing
from treatments.consultation.acting import NotPossible
from treatments.follow_up import calendar
from treatments.forms.reaching import PhoneForm, ReachForm
from treatments.models import Clinic, ConsultationRequest, RequestWay
from treatments.times import holding
from treatments.values.moments import moment_of, text_of
from treatments.values.visit import Visit
from treatments.views.consultation import times_context
from treatments.views.private import OpenedLink, behind_link_of
from treatments.web.requests import SiteRequest

RequestLink = OpenedLink[ConsultationRequest]
private = behind_link_of(ConsultationRequest)


@require_safe
@private
def request_detail(request: SiteRequest, link: RequestLink) -> HttpResponse:
    """What holds now, and what can be done about it; `was` in the query is the time that was just changed."""
    return page(request, link, "request_detail", was=moment_of(request.GET.get("was", "")))


@require_http_methods(["GET", "HEAD", "POST"])
@private
def request_change(request: SiteRequest, link: RequestLink) -> HttpResponse:
    """Choose another time; the old one is let go only when the new one is held."""
    start = moment_of(request.POST.get("time", "")) if request.method == "POST" else None
    if start is None:
        is_missing = request.method == "POST"
        return page(request, link, "request_change", status=422 if is_missing else 200, is_missing=is_missing)
    visit = link.row.held_visit()
    answer = done(request, link, booking.change_time, start, came_by_letter=link.is_from_letter())
    moved = answer.status_code == 302 and visit is not None and visit.start != start
    return redirect(f"{link.path()}?was={text_of(visit.start)}") if moved and visit else answer


@require_POST
@private
def request_will_come(request: SiteRequest, link: RequestLink) -> HttpResponse:
    """The patient, by the link of a letter, says that they will come; a wished time that is still free is taken."""
    if not link.is_from_letter():
        return page(request, link, "request_detail", status=409)
    return done(request, link, booking.will_come)


@require_POST
@private
def request_phone(request: SiteRequest, link: RequestLink) -> HttpResponse:
    """Whoever is to be called and left no phone number adds it."""
    form = PhoneForm(request.POST, clinic=request.clinic)
    if not form.is_valid():
        return page(request, link, "request_detail", status=422, phone_form=form)
    return done(request, link, contact.leave_phone, form.cleaned_data["phone"])


@require_http_methods(["GET", "HEAD", "POST"])
@private
def request_correct(request: SiteRequest, link: RequestLink) -> HttpResponse:
    """The patient puts right how we reach them; another email address gets a new link, and the old one ends."""
    data = request.POST if request.method == "POST" else None
    is_to_call = link.row.way == RequestWay.CALL
    form = ReachForm(data, consultation=link.row, clinic=request.clinic, is_to_call=is_to_call)
    if not form.is_valid():
        return page(request, link, "request_correct", status=422 if form.is_bound else 200, form=form)
    return done(request, link, contact.correct, **form.cleaned_data)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def request_cancel(request: SiteRequest, link: RequestLink) -> HttpResponse:
    """Ask once more, then cancel."""
    if request.method != "POST":
        return page(request, link, "request_cancel")
    return done(request, link, booking.cancel)


def done(
    request: SiteRequest,
    link: RequestLink,
    act: Callable[..., ConsultationRequest],
    *arguments: object,
    **options: object,
) -> HttpResponse:
    """Do an act of booking to a request and lead to its page, or show why it was not done and how things stand."""
    try:
        outcome = act(link.row, *arguments, **options)
    except holding.TimeGone as gone:
        nearest = [(moment, text_of(moment)) for moment in gone.nearest]
        shown = {"is_gone": True, "is_taken": gone.is_taken, "nearest": nearest}
        return page(request, link, "request_change", status=409, **shown)
    except booking.NotHeard:
        return page(request, link, "request_change", status=409, must_be_heard=True)
    except NotPossible:
        return page(request, link, "request_detail", status=409)
    # An act may have ended the link.
    return redirect(link.path() if outcome.opens_with(link.signature) else outcome.private_path())


@require_safe
@private
def request_held(request: SiteRequest, link: RequestLink) -> HttpResponse:
    """What is held about me, until when, and the ways to take it along or erase it."""
    return page(request, link, "request_held", held=personal_data.held_in_words(link.row))


@require_safe
@private
def request_download(request: SiteRequest, link: RequestLink) -> HttpResponse:
    """The same as a file for machines."""
    held = personal_data.held_about(link.row, request.clinic)
    response = JsonResponse(held, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response.headers["Content-Disposition"] = 'attachment; filename="what-we-hold.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@private
def request_erase(request: SiteRequest, link: RequestLink) -> HttpResponse:
    """Ask once more, then erase; the link opens nothing afterwards."""
    if request.method != "POST":
        return page(request, link, "request_erase")
    booking.erase(link.row)
    return redirect("treatments:request_erased")


@require_safe
def request_erased(request: HttpRequest) -> HttpResponse:
    """What was done; says nothing about anybody."""
    return TemplateResponse(request, "treatments/request_erased.html")


@require_safe
@private
def request_calendar(request: SiteRequest, link: RequestLink) -> HttpResponse:
    """The calendar file of the visit."""
    visit = link.row.held_visit()
    if visit is None or not link.row.is_active:
        raise Http404
    file = calendar.file_of(calendar.of_visit(link.row, visit, request.clinic))
    headers = {"Content-Disposition": f'attachment; filename="{calendar.FILE_NAME}"'}
    return HttpResponse(file, content_type="text/calendar; charset=utf-8", headers=headers)


def page(
    request: SiteRequest, link: RequestLink, name: str, *, status: int = 200, **context: object
) -> TemplateResponse:
    """The patient's own page of this name, a template's; `context` is what only this answer shows.

    In the place of the pages to change the time, to cancel and to correct stands how things are, with 409, where it
    cannot be done.
    """
    consultation, clinic, now = link.row, request.clinic, timezone.now()
    if status == 409:
        # Somebody else was quicker: as it is now.
        consultation.refresh_from_db()
    visit = consultation.held_visit()
    shown = {"how": standing.of(consultation, visit, clinic, now), **choices(consultation, visit, clinic, now)}
    may = {f"request_{verb}": shown[f"may_{verb}"] for verb in ("change", "cancel", "correct")}
    if not may.get(name, True):
        name, status = "request_detail", 409
    if name == "request_change":
        # Its own time counts as free.
        shown |= times_context(request, clinic, but=consultation)
    shown["is_refused"] = status == 409 and name == "request_detail"
    context = {"link": link, "consultation": consultation, **shown, **context}
    return TemplateResponse(request, f"treatments/{name}.html", context, status=status)


def choices(
    consultation: ConsultationRequest, visit: Visit | None, clinic: Clinic, now: datetime.datetime
) -> dict[str, Any]:
    """What the patient can do about a request that holds this Visit, with the form and the times that it takes."""
    may_change = booking.patient_can_change_time(consultation, visit, now)
    offers = holding.open_offers(consultation, clinic, now) if may_change else []
    return {
        "may_change": may_change,
        "may_cancel": booking.patient_can_cancel(consultation, visit, now),
        "may_correct": contact.patient_can_correct(consultation, visit, now),
        "phone_form": PhoneForm(clinic=clinic),
        "offered": [(moment, text_of(moment)) for moment in offers],
    }
