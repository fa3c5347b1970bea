"""Asking for a free consultation: choose a time or ask to be called, then about you."""

from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from treatments.consultation import booking, limits, links
from treatments.forms.consultation import ConsultationForm, LinkForm
from treatments.models import BestTime, Notice, NoticeKind
from treatments.text.prose import notice_html
from treatments.times import holding, opening
from treatments.values.availability import DAY, HOUR, day
from treatments.values.moments import date_of, moment_of, text_of
from treatments.web.client import client_address

#: Days that one page shows.
SHOWN_DAYS = 14

#: A form may be kept by the browser that shows it, so that Back brings it with its answers, and by nobody else.
keepable = cache_control(private=True, no_cache=True)


@require_safe
@keepable
def consultation(request):
    """The two ways in: the days with their times, and the way to be called."""
    context = times_context(request, request.clinic)
    return TemplateResponse(request, "treatments/consultation_times.html", context)


def times_context(request, clinic, *, by=None, but=None, chosen=None):
    """What a page needs on which a time is chosen: days, the open one and its times by the part of the day.

    `by` is the member of staff who chooses, `but` the request for which another time is chosen, and `chosen` a moment
    that was chosen before, whose day stays open.
    """
    now = timezone.now()
    today = now.astimezone(clinic.zone).date()
    kept = chosen and chosen.astimezone(clinic.zone).date()
    first = max(date_of(request.GET.get("from")) or kept or today, today)
    rules, taken = holding.rules_and_taken(clinic, first, first + SHOWN_DAYS * DAY, by=by, but=but)
    days = [day(rules, first + DAY * number, now, taken) for number in range(SHOWN_DAYS)]
    wished = date_of(request.GET.get("day")) or kept
    opened = next((shown for shown in days if shown.date == wished), None)
    opened = opened or next((shown for shown in days if shown.times), None)
    last = rules.last_date(now)
    return {
        "days": [shown for shown in days if shown.state != "beyond"],
        "opened": opened,
        "parts": opened and parts_of_day(opened.times, clinic.zone),
        "has_hours": bool(rules.hours) and bool(rules.seats),
        "slug": request.GET.get("treatment", ""),
        "first": first,
        "earlier": first - SHOWN_DAYS * DAY if first > today else None,
        "later": first + SHOWN_DAYS * DAY if first + SHOWN_DAYS * DAY <= last else None,
    }


def parts_of_day(times, zone):
    """(part, [(moment, its text)]) for morning, afternoon and evening; parts without times are left out."""
    bounds = [("morning", 0, 12), ("afternoon", 12, 17), ("evening", 17, 24)]
    found = []
    for part, first, last in bounds:
        inside = [(start, text_of(start)) for start in times if first <= start.astimezone(zone).hour < last]
        if inside:
            found.append((part, inside))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@keepable
def consultation_details(request):
    """About you; the wished time comes in the address, and nothing in it means a call."""
    data = request.POST if request.method == "POST" else None
    start = moment_of(request.GET.get("time", ""))
    slug = request.GET.get("treatment", "")
    notice = Notice.objects.newest(NoticeKind.CONSENT)
    form = ConsultationForm(data, clinic=request.clinic, slug=slug, start=start, notice=notice)
    form.asked_time = request.GET.get("time", "")
    if data and "other_time" in data:
        return details_page(request, form.unsent(), status=200, other_times=other_times(request, form))
    if form.is_complete():
        return asked(request, form)
    return details_page(request, form, status=422 if form.errors else 200)


def asked(request, form):
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
        return details_page(request, form, nearest=gone.nearest, is_gone=True, status=409)
    except booking.AlreadyAsked:
        return TemplateResponse(request, "treatments/consultation_already.html", status=409)
    return redirect(taken.private_path())


def other_times(request, form):
    """(day, its free times) for whoever changes the wished time in the form: of the days around it."""
    wished = moment_of(form["time"].value() or "") or timezone.now()
    first = max(wished.astimezone(request.clinic.zone).date() - 3 * DAY, timezone.localdate())
    rules, taken = holding.rules_and_taken(request.clinic, first, first + SHOWN_DAYS * DAY)
    days = (day(rules, first + DAY * number, timezone.now(), taken) for number in range(SHOWN_DAYS))
    return [(shown.date, [(start, text_of(start)) for start in shown.times]) for shown in days if shown.times]


def later(response):
    """With the word that the limits are of an hour."""
    response.headers["Retry-After"] = str(int(HOUR.total_seconds()))
    return response


def details_page(request, form, *, status, nearest=(), is_gone=False, other_times=None):
    start = moment_of(form["time"].value() or "")
    notice = form.shown_notice
    if is_gone or other_times is not None:
        # Radios take its place; with both, the browser would send both.
        del form.fields["time"]
    best_time = form["best_time"].value() if "best_time" in form.fields else BestTime.ANY
    context = {
        "form": form,
        "start": start,
        "asks_for_a_time": bool(nearest if is_gone else start if other_times is None else other_times),
        "consent": notice_html(notice.text) if notice else "",
        "nearest": [(moment, text_of(moment)) for moment in nearest],
        "is_gone": is_gone,
        "other_times": other_times,
        "has_lost_time": start is None and not form.is_bound and bool(form.asked_time),
        "promise": None if start else opening.call_promise(request.clinic, timezone.now(), best_time),
    }
    return TemplateResponse(request, "treatments/consultation_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@keepable
def consultation_link(request):
    """Send me my link again; the answer is the same whether or not there is one."""
    form = LinkForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return link_page(request, form, status=422 if form.is_bound else 200)
    try:
        links.ask(form.cleaned_data["email"], client=client_address(request))
    except limits.TooMany:
        return later(link_page(request, form, status=429, is_too_much=True))
    return redirect("treatments:consultation_link_sent")


def link_page(request, form, *, status, is_too_much=False):
    context = {"form": form, "is_too_much": is_too_much}
    return TemplateResponse(request, "treatments/consultation_link.html", context, status=status)


@require_safe
def consultation_link_sent(request):
    """What happens next; says nothing about anybody."""
    return TemplateResponse(request, "treatments/consultation_link_sent.html")
