"""The verbs of the front desk: each shows the message that it sends before it is done."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Max
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from treatments import booking, desk
from treatments.models import Act, ConsultationRequest, RequestState
from treatments.moments import THINKABLE, moment_of, text_of
from treatments.views.consultation import times_context

#: Times that one letter may offer.
MOST_OFFERED = 6
#: Free days whose times are shown to choose such an offer from.
OFFERED_DAYS = 5


class NothingToSay(forms.Form):
    """A verb that needs no more than to be meant."""

    def arguments(self):
        """Positional and named arguments of the act."""
        return (), {}


class TimeForm(forms.Form):
    """The time that is booked."""

    time = forms.CharField(label=_("Time"), error_messages={"required": _("Choose a time.")})

    def clean_time(self):
        moment = moment_of(self.cleaned_data["time"])
        if moment is None:
            raise ValidationError(_("Choose one of the times below."))
        return moment

    def arguments(self):
        return (self.cleaned_data["time"],), {}


class OfferForm(forms.Form):
    """The times that are offered."""

    time = forms.CharField(label=_("Times"), widget=forms.MultipleHiddenInput, required=False)

    def clean(self):
        texts = self.data.getlist("time")
        moments = {moment_of(text) for text in texts}
        if not texts or None in moments or len(moments) > MOST_OFFERED:
            raise ValidationError(_("Choose one to six of the times below."))
        self.moments = sorted(moments)

    def arguments(self):
        return (self.moments,), {}


class CallForm(forms.Form):
    """How a call went."""

    outcome = forms.ChoiceField(
        label=_("How did it go?"),
        choices=[(act.value, act.label) for act in (Act.SPOKE, Act.LEFT_MESSAGE, Act.NO_ANSWER)],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say how the call went.")},
    )
    next_try = forms.DateTimeField(
        label=_("If you did not speak: try again at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["next_try"] = timezone.localtime(desk.proposed_next_try(timezone.now()))

    def clean_next_try(self):
        moment = self.cleaned_data["next_try"]
        if moment and (moment <= timezone.now() or moment.year not in THINKABLE):
            raise ValidationError(_("Choose a moment that is still to come, and not far away."))
        return moment

    def arguments(self):
        return (self.cleaned_data["outcome"],), {"next_try": self.cleaned_data["next_try"]}


@dataclass(frozen=True)
class Verb:
    """Something that the front desk does; `is_possible` takes the request, its visit and the present moment."""

    label: str
    act: Callable
    is_possible: Callable
    form: type = NothingToSay


def is_open(request):
    return request.erased_at is None and request.state != RequestState.ATTENDED


VERBS = {
    "confirm": Verb(
        _("Confirm the time"),
        desk.confirm,
        lambda request, visit, now: request.state == RequestState.REQUESTED and visit,
    ),
    "called": Verb(
        _("Called…"),
        desk.called,
        lambda request, visit, now: is_open(request) and request.state != RequestState.CANCELLED,
        CallForm,
    ),
    "book": Verb(_("Book a time…"), booking.change_time, lambda request, visit, now: is_open(request), TimeForm),
    "offer": Verb(
        _("Offer other times…"), desk.offer, lambda request, visit, now: is_open(request) and request.email, OfferForm
    ),
    "attended": Verb(_("Attended"), desk.attended, lambda request, visit, now: is_open(request) and was(visit, now)),
    "missed": Verb(
        _("Missed"),
        desk.missed,
        lambda request, visit, now: is_open(request) and was(visit, now) and request.state != RequestState.MISSED,
    ),
    "cancel": Verb(_("Cancel…"), booking.cancel, lambda request, visit, now: request.is_active),
}


def was(visit, now):
    """Whether a visit has begun."""
    return visit is not None and visit[0] <= now


def possible_verbs(consultation, visit, now):
    """(label, address) of everything that makes sense for a request now."""
    return [
        (verb.label, reverse("admin:treatments_consultationrequest_act", args=[consultation.pk, name]))
        for name, verb in VERBS.items()
        if verb.is_possible(consultation, visit, now)
    ]


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
    form = verb.form(data_of(request, verb))
    context = {"form": form, "letters": None, "refusal": ""}
    status = 200
    if form.is_valid():
        positional, named = form.arguments()
        try:
            if request.method == "POST":
                seen = event_seen(request.POST.get("seen", ""))
                verb.act(consultation, *positional, by=request.user, seen=seen, **named)
                messages.success(request, _("Done: %s") % str(verb.label).rstrip("…"))
                return redirect(request_screen(consultation))
            context["letters"] = desk.rehearse(verb.act, consultation, *positional, by=request.user, **named)
        except booking.Overtaken as overtaken:
            context["refusal"], status = said_by(overtaken.event), 409
        except booking.TimeGone:
            context["refusal"], status = _("This time has just been taken. Choose another."), 409
        except booking.NotPossible:
            context["refusal"], status = _("This makes no sense in the present state of the request."), 409
    elif form.is_bound:
        status = 422
    context |= {
        **admin_site.each_context(request),
        "title": f"{str(verb.label).rstrip('…')}: {consultation}",
        "verb": verb,
        "name": name,
        "consultation": consultation,
        "visit": consultation.visit,
        "seen": consultation.newest_event or 0,
        "sent": [(key, value) for key in form.fields for value in form.data.getlist(key)] if form.is_bound else [],
        "back": request_screen(consultation),
    }
    if name in ("book", "offer"):
        context |= times_context(request, request.clinic, by=request.user)
        free = [(day.date, [(start, text_of(start)) for start in day.times]) for day in context["days"] if day.times]
        context["offerable"] = free[:OFFERED_DAYS]
    return TemplateResponse(request, "admin/treatments/consultationrequest/act.html", context, status=status)


def event_seen(text):
    """The id of the newest event that the screen showed; 0, which no event has, for nonsense."""
    return int(text) if text.isdecimal() and len(text) < 19 else 0


def data_of(request, verb):
    """What the form is filled in with: nothing until something was chosen."""
    if request.method == "POST":
        return request.POST
    is_chosen = verb.form is NothingToSay or any(name in request.GET for name in verb.form.base_fields)
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
    "sent": _("The message has gone out; this cannot be undone any more."),
    "gone": _("The time has been taken by someone else; choose another."),
}


def undo_view(request, pk):
    """Take back the newest act, if its message has not gone out."""
    check_may_act(request)
    consultation = get_object_or_404(ConsultationRequest, pk=pk)
    event = consultation.events.last()
    if request.method == "POST" and event is not None and str(event.pk) == request.POST.get("event"):
        try:
            desk.undo(event, by=request.user)
            messages.success(request, _("Undone: everything is as it was before."))
        except desk.TooLate as late:
            messages.error(request, REASONS[late.reason])
    elif request.method == "POST":
        messages.error(request, REASONS["newer"])
    return redirect(request_screen(consultation))
