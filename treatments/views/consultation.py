"""Asking for a free consultation: choose a time or ask to be called, then about you."""

from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from treatments import booking, limits, outbox
from treatments.availability import DAY, day
from treatments.client import client_address
from treatments.forms.consultation import ConsultationForm, LinkForm
from treatments.models import ConsultationRequest, Notice, NoticeKind
from treatments.moments import date_of, moment_of, text_of
from treatments.prose import notice_html

#: Days that one page shows.
SHOWN_DAYS = 14

#: Letters with a link that one asking sends: to the newest requests of an address.
MOST_LINKS = 3

#: A form may be kept by the browser that shows it, so that Back brings it with its answers, and by nobody else.
keepable = cache_control(private=True, no_cache=True)


@require_safe
@keepable
def consultation(request):
    """The two ways in: the days with their times, and the way to be called."""
    context = times_context(request, request.clinic)
    return TemplateResponse(request, "treatments/consultation_times.html", context)


def times_context(request, clinic, *, by=None):
    """What a page needs on which a time is chosen: days, the open one and its times by the part of the day.

    `by` is the member of staff who chooses.
    """
    now = timezone.now()
    today = now.astimezone(clinic.zone).date()
    first = max(date_of(request.GET.get("from")) or today, today)
    rules, taken = booking.rules_and_taken(clinic, first, first + SHOWN_DAYS * DAY, by=by)
    days = [day(rules, first + DAY * number, now, taken) for number in range(SHOWN_DAYS)]
    wished = date_of(request.GET.get("day"))
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
    form = ConsultationForm(data, clinic=request.clinic, slug=slug, start=start)
    if form.is_complete():
        return asked(request, form)
    return details_page(request, form, status=422 if form.errors else 200)


def asked(request, form):
    """Take the request, and answer with its page or with what stands against it."""
    notice = Notice.objects.newest(NoticeKind.CONSENT)
    key, looks_like_spam = form.key_and_suspicion()
    try:
        taken = booking.ask(
            form.answers(notice),
            start=form.start,
            form_key=key,
            client=client_address(request),
            looks_like_spam=looks_like_spam,
        )
    except booking.TimeGone as gone:
        return details_page(request, form, nearest=gone.nearest, status=409)
    except booking.AlreadyAsked as already:
        context = {"consultation": already.request}
        response = TemplateResponse(request, "treatments/consultation_already.html", context, status=409)
        # It holds the private link.
        response.headers["Cache-Control"] = "no-store"
        return response
    except limits.TooMany:
        return later(details_page(request, form, is_too_much=True, status=429))
    return redirect(taken.private_path())


def later(response):
    """With the word that the limits are of an hour."""
    response.headers["Retry-After"] = str(int(limits.HOUR.total_seconds()))
    return response


def details_page(request, form, *, status, **context):
    notice = Notice.objects.newest(NoticeKind.CONSENT)
    start = moment_of(form["time"].value() or "")
    if status == 409:
        # Radios take its place; with both, the browser would send both.
        del form.fields["time"]
    context |= {"form": form, "start": start, "consent": notice_html(notice.text) if notice else ""}
    context["nearest"] = [(moment, text_of(moment)) for moment in context.get("nearest", [])]
    context["is_gone"] = status == 409
    context["promise"] = None if start else booking.promise(request.clinic, timezone.now())
    return TemplateResponse(request, "treatments/consultation_form.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@keepable
def consultation_link(request):
    """Send me my link again; the answer is the same whether or not there is one."""
    form = LinkForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"form": form}
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "treatments/consultation_link.html", context, status=status)
    now = timezone.now()
    for found in ConsultationRequest.objects.not_erased().of_contact(email=form.cleaned_data["email"])[:MOST_LINKS]:
        outbox.link_again(found, now)
    return redirect("treatments:consultation_link_sent")


@require_safe
def consultation_link_sent(request):
    """What happens next; says nothing about anybody."""
    return TemplateResponse(request, "treatments/consultation_link_sent.html")
