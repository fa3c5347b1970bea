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
    start = moment_of(request.POST.get("time", "")) if request.method == "POST" else None
    if start is None:
        is_missing = request.method == "POST"
        return page(request, consultation, "request_change", status=422 if is_missing else 200, is_missing=is_missing)
    came_by_letter = consultation.came_by_letter()
    return done(request, consultation, booking.change_time, start, came_by_letter=came_by_letter)


@require_POST
@private
def request_will_come(request, consultation):
    """The patient, by the link of a letter, says that they will come; a wished time that is still free is taken."""
    if not consultation.came_by_letter():
        return page(request, consultation, "request_detail", status=409)
    return done(request, consultation, booking.will_come)


@require_POST
@private
def request_phone(request, consultation):
    """Whoever is to be called and left no phone number adds it."""
    form = PhoneForm(request.POST, clinic=request.clinic)
    if not form.is_valid():
        return page(request, consultation, "request_detail", status=422, phone_form=form)
    return done(request, consultation, booking.leave_phone, form.cleaned_data["phone"])


@require_http_methods(["GET", "HEAD", "POST"])
@private
def request_cancel(request, consultation):
    """Ask once more, then cancel."""
    if request.method != "POST":
        return page(request, consultation, "request_cancel")
    return done(request, consultation, booking.cancel)


def done(request, consultation, act, *arguments, **options):
    """Do an act of booking to a request and lead to its page, or show why it was not done and how things stand."""
    try:
        act(consultation, *arguments, **options)
    except holding.TimeGone as gone:
        nearest = [(moment, text_of(moment)) for moment in gone.nearest]
        return page(request, consultation, "request_change", status=409, is_gone=True, nearest=nearest)
    except booking.NotHeard:
        return page(request, consultation, "request_change", status=409, must_be_heard=True)
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
    """One of the patient's own pages; in the place of the one to change the time, how things stand where none can."""
    if status == 409:
        # Somebody else was quicker: as it is now.
        consultation.refresh_from_db()
    visit, now = consultation.held_visit(), timezone.now()
    may_change = booking.patient_can_change_time(consultation, visit, now)
    if name == "request_change" and not may_change:
        name, status = "request_detail", 409
    if name == "request_change":
        # Its own time counts as free.
        context |= times_context(request, request.clinic, but=consultation)
    context = {
        "phone_form": PhoneForm(clinic=request.clinic),
        "consultation": consultation,
        "is_refused": status == 409 and name == "request_detail",
        "may_change": may_change,
        "may_cancel": booking.patient_can_cancel(consultation, visit, now),
        "may_press": consultation.came_by_letter(),
        "is_to_confirm_by_phone": outbox.is_to_confirm_by_phone(consultation, visit),
        "erased_on": personal_data.erased_on(consultation, request.clinic),
        "at": {"public_id": consultation.public_id, "signature": consultation.opened_with},
        **standing(consultation, visit, request.clinic, now),
        **context,
    }
    if may_change:
        open_offers = holding.open_offers(consultation, request.clinic, now)
        context["offered"] = [(moment, text_of(moment)) for moment in open_offers]
    return TemplateResponse(request, f"treatments/{name}.html", context, status=status)


def standing(consultation, visit, clinic, now):
    """How things stand with a request that holds this Visit: its time, its wish, and what the patient waits for."""
    can_take_wish = holding.can_take_wish(consultation, clinic, now)
    wished_at = consultation.wished_at if can_take_wish or consultation.is_set_apart else None
    can_say_will_come = booking.patient_can_say_will_come(consultation, visit, now) and not consultation.is_heard
    is_to_be_called = consultation.tasks.open().filter(kind=TaskKind.CALL).exists()
    return {
        "start": visit and visit.start,
        "minutes": visit and visit.minutes,
        "is_past": booking.has_begun(visit, now),
        "promise": consultation.open_promise(),
        "wished_at": wished_at if wished_at and wished_at > now else None,
        "lost_wish": consultation.wished_at if consultation.wished_at and not wished_at else None,
        "is_to_be_called": is_to_be_called,
        "is_to_press": can_say_will_come and (visit is not None or can_take_wish),
        "wants_phone": is_to_be_called and booking.patient_can_leave_phone(consultation),
    }
