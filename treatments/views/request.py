"""The patient's own pages, behind the private link."""

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from treatments import availability, booking, calendar, outbox, retention
from treatments.models import ConsultationRequest
from treatments.moments import moment_of, text_of
from treatments.views.consultation import times_context
from treatments.views.private import behind_link_of

private = behind_link_of(ConsultationRequest)


@require_safe
@private
def request_detail(request, consultation):
    """What holds now, and what can be done about it."""
    return page(request, consultation, "request_detail")


@require_http_methods(["GET", "HEAD", "POST"])
@private
def request_change(request, consultation):
    """Choose another time; the old one is let go only when the new one is held."""
    if not consultation.is_active or consultation.is_quarantined:
        return page(request, consultation, "request_detail", status=409)
    start = moment_of(request.POST.get("time", "")) if request.method == "POST" else None
    if start:
        try:
            booking.change_time(consultation, start)
        except booking.TimeGone as gone:
            nearest = [(moment, text_of(moment)) for moment in gone.nearest]
            context = times_context(request, request.clinic) | {"is_gone": True, "nearest": nearest}
            return page(request, consultation, "request_change", status=409, **context)
        except booking.NotPossible:
            return page(request, consultation, "request_detail", status=409)
        return redirect(consultation.private_path())
    status = 422 if request.method == "POST" else 200
    context = times_context(request, request.clinic) | {"is_missing": status == 422}
    return page(request, consultation, "request_change", status=status, **context)


@require_http_methods(["GET", "HEAD", "POST"])
@private
def request_cancel(request, consultation):
    """Ask once more, then cancel."""
    if request.method != "POST":
        return page(request, consultation, "request_cancel")
    try:
        booking.cancel(consultation)
    except booking.NotPossible:
        return page(request, consultation, "request_detail", status=409)
    return redirect(consultation.private_path())


@require_safe
@private
def request_held(request, consultation):
    """What is held about me, until when, and the ways to take it along or erase it."""
    return page(request, consultation, "request_held", held=retention.held_about(consultation))


@require_safe
@private
def request_download(request, consultation):
    """The same as a file for machines."""
    response = JsonResponse(retention.held_about(consultation), json_dumps_params={"indent": 2, "ensure_ascii": False})
    response.headers["Content-Disposition"] = 'attachment; filename="what-we-hold.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@private
def request_erase(request, consultation):
    """Ask once more, then erase; the link opens nothing afterwards."""
    if request.method != "POST":
        return page(request, consultation, "request_erase")
    booking.erase(consultation)
    return redirect("treatments:request_erased")


@require_safe
def request_erased(request):
    """What was done; says nothing about anybody."""
    return TemplateResponse(request, "treatments/request_erased.html")


@require_safe
@private
def request_calendar(request, consultation):
    """The calendar file of the visit."""
    visit = consultation.visit
    if visit is None or not consultation.is_active:
        raise Http404
    file = calendar.of_visit(consultation, visit, request.clinic)
    headers = {"Content-Disposition": 'attachment; filename="appointment.ics"'}
    return HttpResponse(file, content_type="text/calendar; charset=utf-8", headers=headers)


def offered_times(consultation, clinic):
    """Of the times that staff have offered, those that can still be taken."""
    wished = [moment_of(text) for text in consultation.offered_times.split()]
    if not wished:
        return []
    dates = [moment.astimezone(clinic.zone).date() for moment in wished]
    rules, taken = booking.rules_and_taken(clinic, min(dates), max(dates))
    return [moment for moment in wished if availability.is_offered(rules, moment, timezone.now(), taken)]


def page(request, consultation, name, *, status=200, **context):
    """One of the patient's own pages."""
    if status == 409:
        # Somebody else was quicker: as it is now.
        consultation.refresh_from_db()
    visit = consultation.visit
    offered = offered_times(consultation, request.clinic)
    context |= {
        "offered": [(moment, text_of(moment)) for moment in offered],
        "consultation": consultation,
        "is_refused": status == 409 and name == "request_detail",
        "start": visit and visit[0],
        "is_past": bool(visit) and visit[0] <= timezone.now(),
        "is_to_confirm_by_phone": outbox.is_to_confirm_by_phone(consultation, visit),
        "erased_on": retention.erased_on(consultation, request.clinic),
        "at": {"public_id": consultation.public_id, "signature": consultation.signature()},
    }
    return TemplateResponse(request, f"treatments/{name}.html", context, status=status)
