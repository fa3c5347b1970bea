"""The verbs of the front desk: each says what it does and shows the letter that it sends, before it is done."""

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

from treatments.admin.verb import VERBS
from treatments.consultation import dry_runs, personal_data, undoing
from treatments.consultation.acting import NotPossible, Overtaken
from treatments.forms.act import NothingToSay
from treatments.models import ConsultationRequest
from treatments.times import holding
from treatments.values.moments import text_of
from treatments.values.row_ids import row_id
from treatments.views.consultation import times_context

#: Free days whose times are shown to choose such an offer from.
OFFERED_DAYS = 5


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
