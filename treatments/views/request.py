"""The patient's own pages, behind the private link."""

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from treatments.consultation import booking, personal_data
from treatments.consultation.acting import NotPossible
from treatments.follow_up import calendar, outbox
from treatments.forms.consultation import PhoneForm
from treatments.models import ConsultationRequest, TaskKind
from treatments.times import holding
from treatments.values.moments import moment_of, text_of
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
    if not consultation.is_active or consultation.is_set_apart:
        return page(request, consultation, "request_detail", status=409)
    start = moment_of(request.POST.get("time", "")) if request.method == "POST" else None
    if start:
        try:
            booking.change_time(consultation, start, came_by_letter=consultation.came_by_letter())
        except holding.TimeGone as gone:
            nearest = [(moment, text_of(moment)) for moment in gone.nearest]
            context = times_of(request, consultation) | {"is_gone": True, "nearest": nearest}
            return page(request, consultation, "request_change", status=409, **context)
        except booking.NotHeard:
            context = times_of(request, consultation) | {"must_be_heard": True}
            return page(request, consultation, "request_change", status=409, **context)
        except NotPossible:
            return page(request, consultation, "request_detail", status=409)
        return redirect(consultation.private_path())
    status = 422 if request.method == "POST" else 200
    context = times_of(request, consultation) | {"is_missing": status == 422}
    return page(request, consultation, "request_change", status=status, **context)


def times_of(request, consultation):
    """The times among which a request may choose; its own counts as free."""
    return times_context(request, request.clinic, but=consultation)


@require_POST
@private
def request_will_come(request, consultation):
    """The patient, by the link of a letter, says that they will come; a wished time that is still free is taken."""
    if not consultation.came_by_letter():
        return page(request, consultation, "request_detail", status=409)
    try:
        booking.will_come(consultation)
    except holding.TimeGone as gone:
        nearest = [(moment, text_of(moment)) for moment in gone.nearest]
        context = times_of(request, consultation) | {"is_gone": True, "nearest": nearest}
        return page(request, consultation, "request_change", status=409, **context)
    except NotPossible:
        return page(request, consultation, "request_detail", status=409)
    return redirect(consultation.private_path())


@require_POST
@private
def request_phone(request, consultation):
    """Whoever is to be called and left no phone number adds it."""
    form = PhoneForm(request.POST, clinic=request.clinic)
    if not form.is_valid():
        return page(request, consultation, "request_detail", status=422, phone_form=form)
    try:
        booking.leave_phone(consultation, form.cleaned_data["phone"])
    except NotPossible:
        return page(request, consultation, "request_detail", status=409)
    return redirect(consultation.private_path())


@require_http_methods(["GET", "HEAD", "POST"])
@private
def request_cancel(request, consultation):
    """Ask once more, then cancel."""
    if request.method != "POST":
        return page(request, consultation, "request_cancel")
    try:
        booking.cancel(consultation)
    except NotPossible:
        return page(request, consultation, "request_detail", status=409)
    return redirect(consultation.private_path())


@require_safe
@private
def request_held(request, consultation):
    """What is held about me, until when, and the ways to take it along or erase it."""
    return page(request, consultation, "request_held", held=personal_data.held_in_words(consultation))


@require_safe
@private
def request_download(request, consultation):
    """The same as a file for machines."""
    held = personal_data.held_about(consultation, request.clinic)
    response = JsonResponse(held, json_dumps_params={"indent": 2, "ensure_ascii": False})
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
    visit = consultation.held_visit()
    if visit is None or not consultation.is_active:
        raise Http404
    file = calendar.file_of(calendar.of_visit(consultation, visit, request.clinic))
    headers = {"Content-Disposition": f'attachment; filename="{calendar.FILE_NAME}"'}
    return HttpResponse(file, content_type="text/calendar; charset=utf-8", headers=headers)


def page(request, consultation, name, *, status=200, **context):
    """One of the patient's own pages."""
    if status == 409:
        # Somebody else was quicker: as it is now.
        consultation.refresh_from_db()
    visit, now = consultation.held_visit(), timezone.now()
    can_take_wish = holding.can_take_wish(consultation, request.clinic, now)
    wished_at = consultation.wished_at if can_take_wish or consultation.is_set_apart else None
    is_to_press = consultation.is_active and not consultation.is_set_apart and not consultation.is_heard
    context = {"phone_form": PhoneForm(clinic=request.clinic)} | context
    context |= {
        "offered": [(moment, text_of(moment)) for moment in holding.open_offers(consultation, request.clinic, now)],
        "consultation": consultation,
        "is_refused": status == 409 and name == "request_detail",
        "start": visit and visit.start,
        "minutes": visit and visit.minutes,
        "promise": consultation.promise,
        "is_past": bool(visit) and visit.start <= now,
        "wished_at": wished_at if wished_at and wished_at > now else None,
        "lost_wish": consultation.wished_at if consultation.wished_at and not wished_at else None,
        "is_to_be_called": is_to_be_called(consultation),
        "is_to_press": is_to_press and (wished_at or visit) and not (visit and visit.start <= now),
        "may_press": consultation.came_by_letter(),
        "wants_phone": consultation.is_active and not consultation.phone and is_to_be_called(consultation),
        "is_to_confirm_by_phone": outbox.is_to_confirm_by_phone(consultation, visit),
        "erased_on": personal_data.erased_on(consultation, request.clinic),
        "at": {"public_id": consultation.public_id, "signature": consultation.opened_with},
    }
    return TemplateResponse(request, f"treatments/{name}.html", context, status=status)


def is_to_be_called(consultation):
    """Whether a call is what the patient waits for."""
    return consultation.tasks.open().filter(kind=TaskKind.CALL).exists()
