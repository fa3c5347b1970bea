"""The verbs of the front desk: each says what it does and shows the letter that it sends, before it is done."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from treatments.consultation import booking, contact, dry_runs, personal_data, staff_acts, undoing
from treatments.consultation.acting import NotPossible, Overtaken
from treatments.forms.act import CallForm, CorrectForm, NoteForm, NothingToSay, OfferForm, TimeForm
from treatments.models import ConsultationRequest, RequestState
from treatments.times import holding
from treatments.values.moments import text_of
from treatments.values.row_ids import row_id
from treatments.views.consultation import times_context

#: Free days whose times are shown to choose such an offer from.
OFFERED_DAYS = 5


@dataclass(frozen=True)
class Verb:
    """Something that the front desk does; `is_possible` takes the request, its visit and the present moment.

    `warns` is said on the confirming screen.
    """

    label: str
    act: Callable
    is_possible: Callable
    form: type = NothingToSay
    warns: str = ""


def is_open(request):
    return request.erased_at is None and request.state != RequestState.ATTENDED


def may_be_confirmed(request, visit, now):
    return request.state == RequestState.REQUESTED and visit is not None and visit.lies_ahead(now)


def is_set_apart(request, visit, now):
    return request.is_set_apart and request.state == RequestState.REQUESTED


def is_not_erased(request, visit, now):
    return request.erased_at is None


VERBS = {
    "real": Verb(_("It is real"), staff_acts.it_is_real, is_set_apart),
    "remove": Verb(_("Remove"), staff_acts.remove, is_set_apart, warns=_("Nobody is written to.")),
    "confirm": Verb(_("Confirm the time"), staff_acts.confirm, may_be_confirmed),
    "called": Verb(
        _("Called…"), staff_acts.called, lambda request, visit, now: staff_acts.can_be_called(request), CallForm
    ),
    "book": Verb(_("Book a time…"), booking.change_time, lambda request, visit, now: is_open(request), TimeForm),
    "offer": Verb(
        _("Offer other times…"),
        staff_acts.offer,
        lambda request, visit, now: is_open(request) and request.email,
        OfferForm,
    ),
    "attended": Verb(
        _("Attended"),
        staff_acts.attended,
        lambda request, visit, now: (
            request.erased_at is None and was(visit, now) and request.state != RequestState.ATTENDED
        ),
    ),
    "missed": Verb(
        _("Missed"),
        staff_acts.missed,
        lambda request, visit, now: (
            request.erased_at is None and was(visit, now) and request.state != RequestState.MISSED
        ),
    ),
    "cancel": Verb(_("Cancel…"), booking.cancel, lambda request, visit, now: request.is_active),
    "correct": Verb(
        _("Correct name, phone, email…"),
        contact.correct,
        is_not_erased,
        CorrectForm,
        warns=_("Check two facts with the patient first, such as the reference and the time. This cannot be undone."),
    ),
    "note": Verb(_("Note…"), staff_acts.write_note, is_not_erased, NoteForm, warns=_("This cannot be undone.")),
    "resend": Verb(
        _("Send the private link"),
        contact.resend_link,
        lambda request, visit, now: request.is_active and request.email and not request.is_set_apart,
    ),
    "revoke": Verb(
        _("Revoke the private link"),
        contact.revoke_link,
        is_not_erased,
        warns=_("The link opens nothing any more, and this cannot be undone. The next letter carries a new one."),
    ),
    "erase": Verb(
        _("Erase…"),
        booking.erase,
        is_not_erased,
        warns=_(
            "Name, phone, email, message and note are erased for good, and a visit ahead is cancelled without a letter."
        ),
    ),
}
#: Verbs that stand apart from the day's work.
RARE = ("correct", "note", "resend", "revoke", "erase")


def was(visit, now):
    """Whether a visit has begun."""
    return visit is not None and visit.start <= now


def possible_verbs(consultation, visit, now):
    """(label, address, whether it is rare) of everything that makes sense for a request now."""
    return [
        (verb.label, act_address(consultation, name), name in RARE)
        for name, verb in VERBS.items()
        if verb.is_possible(consultation, visit, now)
    ]


def act_address(consultation, name):
    return reverse("admin:treatments_consultationrequest_act", args=[consultation.pk, name])


def request_screen(consultation):
    return reverse("admin:treatments_consultationrequest_change", args=[consultation.pk])


def check_may_act(request):
    """Raise PermissionDenied for those who may only look."""
    if not request.user.has_perm("treatments.change_consultationrequest"):
        raise PermissionDenied


def act_view(admin_site, request, pk, name):
    """Ask what the verb needs, show what goes out, and do it when it is sent."""
    check_may_act(request)
    # In one reading: what someone does between two of them would be taken for seen.
    with_newest = ConsultationRequest.objects.annotate(newest_event=Max("events"))
    consultation = get_object_or_404(with_newest, pk=pk)
    verb = VERBS.get(name)
    if verb is None:
        raise Http404
    form = verb.form(data_of(request, verb), consultation=consultation, clinic=request.clinic)
    context = {"form": form, "letters": None, "outcome": None, "refusal": ""}
    status = 200
    if form.is_valid():
        positional, named = form.arguments()
        try:
            if request.method == "POST" and "preview" not in request.POST:
                seen = event_seen(request.POST.get("seen", ""))
                verb.act(consultation, *positional, by=request.user, seen=seen, **named)
                messages.success(request, _("Done: %s") % str(verb.label).rstrip("…"))
                return redirect(request_screen(consultation))
            context["outcome"], context["letters"] = dry_runs.dry_run(
                verb.act, consultation, *positional, by=request.user, **named
            )
        except Overtaken as overtaken:
            context["refusal"], status = said_by(overtaken.event), 409
        except holding.TimeGone:
            context["refusal"], status = _("There is no place at this time any more. Choose another."), 409
        except NotPossible:
            context["refusal"], status = _("This makes no sense in the present state of the request."), 409
    elif form.is_bound:
        status = 422
    context |= {
        **admin_site.each_context(request),
        "title": f"{str(verb.label).rstrip('…')}: {consultation}",
        "verb": verb,
        "name": name,
        "consultation": consultation,
        "visit": consultation.held_visit(),
        "seen": consultation.newest_event or 0,
        "sent": sent_fields(form) if form.is_bound else [],
        "back": request_screen(consultation),
        "erased_on": personal_data.erased_on(consultation, request.clinic),
    }
    if name in ("book", "offer"):
        chosen = getattr(form, "moment", None)
        context |= times_context(request, request.clinic, by=request.user, but=consultation, chosen=chosen)
        free = [(day.date, [(start, text_of(start)) for start in day.times]) for day in context["days"] if day.times]
        context["offerable"] = free[:OFFERED_DAYS]
    return TemplateResponse(request, "admin/treatments/consultationrequest/act.html", context, status=status)


def sent_fields(form):
    """(name, value) of everything that was filled in, to be sent once more with the confirmation."""
    names = {key for field in form for key in (field.html_name, f"{field.html_name}_0", f"{field.html_name}_1")}
    return [(key, value) for key in sorted(names) for value in form.data.getlist(key)]


def event_seen(text):
    """The id of the newest event that the screen showed; 0, which no event has, for nonsense."""
    return row_id(text) or 0


def data_of(request, verb):
    """What the form is filled in with: nothing until something was chosen."""
    if request.method == "POST":
        return request.POST
    names = [*verb.form.base_fields, "start_0", "start_1"]
    is_chosen = verb.form is NothingToSay or any(name in request.GET for name in names)
    return request.GET if is_chosen else None


def said_by(event):
    """What someone else did meanwhile, in words."""
    return _("%(who)s did something meanwhile, at %(time)s: %(act)s. Nothing of yours was done; look again first.") % {
        "who": event.by or _("The patient"),
        "time": date_format(timezone.localtime(event.at), "H:i"),
        "act": event.get_act_display(),
    }


REASONS = {
    "newer": _("Someone has done something since; this cannot be undone any more."),
    "sent": _("The message has gone out, or two minutes are over; this cannot be undone any more."),
    "gone": _("The time has been taken by someone else; choose another."),
}


def undo_view(request, pk):
    """Take back the newest act, if its message has not gone out."""
    check_may_act(request)
    consultation = get_object_or_404(ConsultationRequest, pk=pk)
    event = consultation.events.last()
    if request.method == "POST" and event is not None and str(event.pk) == request.POST.get("event"):
        try:
            undoing.undo(event, by=request.user)
            messages.success(request, _("Undone: everything is as it was before."))
        except undoing.TooLate as late:
            messages.error(request, REASONS[late.reason])
    elif request.method == "POST":
        messages.error(request, REASONS["newer"])
    return redirect(request_screen(consultation))
