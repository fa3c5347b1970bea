"""Asking for a free consultation: choose a time or ask to be called, then about you."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from treatments.consultation import booking, limits, links
from treatments.forms.consultation import ConsultationForm
from treatments.forms.reaching import LinkForm
from treatments.models import BestTime, Clinic, ConsultationRequest, Notice, NoticeKind
from treatments.text.prose import notice_html
from treatments.times import holding, opening
from treatments.values.availability import DAY, HOUR, Day, day
from treatments.values.moments import date_of, moment_of, text_of
from treatments.web.client import client_address
from treatments.web.requests import SiteRequest

#: A moment with its text as it travels in URLs and forms.
Time = tuple[datetime.datetime, str]
Response = TypeVar("Response", bound=HttpResponse)

#: Days that one page shows.
SHOWN_DAYS = 14

#: A form may be kept by the browser that shows it, so that Back brings it with its answers, and by nobody else.
keepable = cache_control(private=True, no_cache=True)


@require_safe
@keepable
def consultation(request: SiteRequest) -> HttpResponse:
    """The two ways in: the days with their times, and the way to be called."""
    context = times_context(request, request.clinic)
    context["promise"] = opening.call_promise(request.clinic, timezone.now())
    return TemplateResponse(request, "treatments/consultation_times.html", context)


def times_context(
    request: HttpRequest,
    clinic: Clinic,
    *,
    by: User | None = None,
    but: ConsultationRequest | None = None,
    chosen: datetime.datetime | None = None,
) -> dict[str, Any]:
    """What a page needs on which a time is chosen: days, the open one and its times by the part of the day.

    `by` is the member of staff who chooses, `but` the request for which another time is chosen, and `chosen` a moment
    that was chosen before, whose day stays open.
    """
    now = timezone.now()
    today = now.astimezone(clinic.zone).date()
    kept = chosen.astimezone(clinic.zone).date() if chosen else None
    first = max(date_of(request.GET.get("from")) or kept or today, today)
    rules, taken = holding.rules_and_taken(clinic, first, first + SHOWN_DAYS * DAY, by=by, but=but)
    days = [day(rules, first + DAY * number, now, taken) for number in range(SHOWN_DAYS)]
    opened = opened_day(days, date_of(request.GET.get("day")) or kept)
    after = first + SHOWN_DAYS * DAY
    return {
        "days": [shown for shown in days if shown.state != "beyond"],
        "opened": opened,
        "parts": opened and parts_of_day(opened.times, clinic.zone),
        "is_all_taken": any(shown.state == "full" for shown in days),
        "has_hours": bool(rules.hours) and bool(rules.seats),
        "slug": request.GET.get("treatment", ""),
        "first": first,
        "earlier": first - SHOWN_DAYS * DAY if first > today else None,
        "later": after if after <= rules.last_date(now) else None,
    }


def opened_day(days: Sequence[Day], wished: datetime.date | None) -> Day | None:
    """The day of the wished date; if it is not among them, the first that has free times, else None."""
    at_wish = next((shown for shown in days if shown.date == wished), None)
    return at_wish or next((shown for shown in days if shown.times), None)


def parts_of_day(times: Iterable[datetime.datetime], zone: datetime.tzinfo) -> list[tuple[str, list[Time]]]:
    """(part, its times) for the "morning", "afternoon" and "evening" of a zone; parts without times are left out."""
    bounds = [("morning", 0, 12), ("afternoon", 12, 17), ("evening", 17, 24)]
    found = []
    for part, first, last in bounds:
        inside = [(start, text_of(start)) for start in times if first <= start.astimezone(zone).hour < last]
        if inside:
            found.append((part, inside))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@keepable
def consultation_details(request: SiteRequest) -> HttpResponse:
    """About you; the wished time comes in the URL, and none there means a call."""
    data = request.POST if request.method == "POST" else None
    start = moment_of(request.GET.get("time", ""))
    slug = request.GET.get("treatment", "")
    notice = Notice.objects.newest(NoticeKind.CONSENT)
    form = ConsultationForm(data, clinic=request.clinic, slug=slug, start=start, notice=notice)
    if data and "other_time" in data:
        return details_page(request, form.unsent(), status=200, other_times=other_times(request, form))
    if form.is_complete():
        return asked(request, form)
    return details_page(request, form, status=422 if form.errors else 200)


def asked(request: SiteRequest, form: ConsultationForm) -> HttpResponse:
    """Take the request, and answer with its page or with what stands against it."""
    key, looks_like_spam = form.key_and_suspicion()
    try:
        taken = booking.ask(
            form.answers(),
            start=form.start,
            form_key=key,
            client=client_address(request),
            looks_like_spam=looks_like_spam,
        )
    except holding.TimeGone as gone:
        return details_page(request, form, gone=gone, status=409)
    except booking.AlreadyAsked:
        return TemplateResponse(request, "treatments/consultation_already.html", status=409)
    return redirect(taken.private_path())


def other_times(request: SiteRequest, form: ConsultationForm) -> list[tuple[datetime.date, list[Time]]]:
    """(date, its free times) for whoever changes the wished time in the form: of the days around it."""
    wished = moment_of(form["time"].value() or "") or timezone.now()
    first = max(wished.astimezone(request.clinic.zone).date() - 3 * DAY, timezone.localdate())
    rules, taken = holding.rules_and_taken(request.clinic, first, first + SHOWN_DAYS * DAY)
    days = (day(rules, first + DAY * number, timezone.now(), taken) for number in range(SHOWN_DAYS))
    return [(shown.date, [(start, text_of(start)) for start in shown.times]) for shown in days if shown.times]


def later(response: Response) -> Response:
    """The same response, which says that one may come again after an hour, as long as a limit counts."""
    response.headers["Retry-After"] = str(int(HOUR.total_seconds()))
    return response


def details_page(
    request: SiteRequest,
    form: ConsultationForm,
    *,
    status: int,
    gone: holding.TimeGone | None = None,
    other_times: list[tuple[datetime.date, list[Time]]] | None = None,
) -> TemplateResponse:
    """The page about you; with radios for another time where the wished one is `gone`, or where it is to be changed.

    They are the moments nearest to it in the one case, the `other_times` in the other. The field of the wished time
    is left out then: with both, browsers would send both.
    """
    start = moment_of(form["time"].value() or "")
    nearest = gone.nearest if gone else []
    context = {
        "form": form,
        "start": start,
        "asks_for_a_time": bool(nearest if gone else start if other_times is None else other_times),
        "consent": notice_html(form.shown_notice.text) if form.shown_notice else "",
        "nearest": [(moment, text_of(moment)) for moment in nearest],
        "is_gone": gone is not None,
        "asks_another_time": gone is not None or other_times is not None,
        "is_taken": gone is not None and gone.is_taken,
        "other_times": other_times,
        "has_lost_time": start is None and not form.is_bound and bool(request.GET.get("time")),
        "promise": None if start else call_promise(request.clinic, form),
    }
    if context["asks_another_time"]:
        del form.fields["time"]
    return TemplateResponse(request, "treatments/consultation_form.html", context, status=status)


def call_promise(clinic: Clinic, form: ConsultationForm) -> datetime.datetime | None:
    """By when the clinic calls, at the time of day that is chosen in the form; None if it cannot say."""
    best_time = form["best_time"].value() if "best_time" in form.fields else BestTime.ANY
    return opening.call_promise(clinic, timezone.now(), best_time)


@require_http_methods(["GET", "HEAD", "POST"])
@keepable
def consultation_link(request: HttpRequest) -> HttpResponse:
    """Send me my link again; the answer is the same whether or not there is one."""
    form = LinkForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return link_page(request, form, status=422 if form.is_bound else 200)
    try:
        links.ask(form.cleaned_data["email"], client=client_address(request))
    except limits.TooMany:
        return later(link_page(request, form, status=429, is_too_much=True))
    return redirect("treatments:consultation_link_sent")


def link_page(request: HttpRequest, form: LinkForm, *, status: int, is_too_much: bool = False) -> TemplateResponse:
    """The page to ask for a link again; `is_too_much` says that too many were asked for from here."""
    context = {"form": form, "is_too_much": is_too_much}
    return TemplateResponse(request, "treatments/consultation_link.html", context, status=status)


@require_safe
def consultation_link_sent(request: HttpRequest) -> HttpResponse:
    """What happens next; says nothing about anybody."""
    return TemplateResponse(request, "treatments/consultation_link_sent.html")
