"""The screen of a verb: it says what the act does and shows the letter that it sends, before it is done."""

import functools
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from treatments.admin.verb import VERBS, Verb
from treatments.consultation import dry_runs, personal_data, undoing, worklist
from treatments.consultation.acting import NotPossible, Overtaken
from treatments.forms.act import ActForm, NothingToSay
from treatments.models import ConsultationRequest, RequestEvent
from treatments.times import holding
from treatments.values.moments import text_of
from treatments.values.row_ids import row_id
from treatments.views.consultation import times_context
from treatments.web.requests import StaffRequest

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Free days whose times are shown to choose such an offer from.
OFFERED_DAYS = 5


def request_screen(consultation: ConsultationRequest) -> str:
    """The URL of a request's screen."""
    return reverse("admin:treatments_consultationrequest_change", args=[consultation.pk])


def check_may_act(request: HttpRequest) -> None:
    """Raise PermissionDenied for those who may only look."""
    if not request.user.has_perm("treatments.change_consultationrequest"):
        raise PermissionDenied


def act_view(admin_site: AdminSite, request: StaffRequest, pk: int, name: str) -> HttpResponse:
    """Ask what the verb needs, show what goes out, and do it when it is sent."""
    check_may_act(request)
    consultation, verb = with_newest_event(pk), verb_called(name)
    form = verb.form(data_of(request, verb), consultation=consultation, clinic=request.clinic)
    screen = functools.partial(act_screen, admin_site, request, consultation, name, form)
    if not form.is_valid():
        return screen(status=422 if form.is_bound else 200)
    try:
        if not is_confirmed(request):
            return screen(outcome=would_do(verb, consultation, form, by=request.user))
        do(verb, consultation, form, by=request.user, seen=event_seen(request.POST.get("seen", "")))
    except (Overtaken, holding.TimeGone, NotPossible) as refused:
        return screen(refusal=in_words(refused), status=409)
    messages.success(request, _("Done: %s") % without_dots(verb.label))
    return redirect(request_screen(consultation))


def with_newest_event(pk: int) -> ConsultationRequest:
    """A request with `newest_event`, the id of the last thing that was done to it; 404 if there is none."""
    # In one query: of two, the second could give an event that the screen does not show.
    return get_object_or_404(ConsultationRequest.objects.with_newest_event(), pk=pk)


def verb_called(name: str) -> Verb:
    """A verb by its name in a URL; 404 if there is none."""
    if name not in VERBS:
        raise Http404
    return VERBS[name]


def is_confirmed(request: HttpRequest) -> bool:
    """Whether the act is to be done: a GET and a preview only show what it would do."""
    return request.method == "POST" and "preview" not in request.POST


def would_do(verb: Verb, consultation: ConsultationRequest, form: ActForm, *, by: User) -> dry_runs.DryRun:
    """What the act of a verb would do with what was filled in; raises what the act raises."""
    positional, named = form.arguments()
    return dry_runs.dry_run(verb.act, consultation, *positional, by=by, **named)


def do(verb: Verb, consultation: ConsultationRequest, form: ActForm, *, by: User, seen: int) -> None:
    """Do the act of a verb with what was filled in; `seen` is the id of the newest event on the screen.

    Raises what the act raises: Overtaken, NotPossible, holding.TimeGone.
    """
    positional, named = form.arguments()
    verb.act(consultation, *positional, by=by, seen=seen, **named)


def in_words(refused: Exception) -> "StrOrPromise":
    """Why an act was not done."""
    if isinstance(refused, Overtaken):
        return said_by(refused.event)
    if isinstance(refused, holding.TimeGone):
        return _("There is no place at this time any more. Choose another.")
    return _("This makes no sense in the present state of the request.")


def without_dots(label: "StrOrPromise") -> str:
    """The label without its “…”, for where the verb asks nothing more."""
    return str(label).rstrip("…")


def act_screen(
    admin_site: AdminSite,
    request: StaffRequest,
    consultation: ConsultationRequest,
    name: str,
    form: ActForm,
    *,
    outcome: dry_runs.DryRun | None = None,
    refusal: "StrOrPromise" = "",
    status: int = 200,
) -> TemplateResponse:
    """The screen of a verb: its form, or what it would do, to confirm (`outcome`), or why it was not done."""
    verb = VERBS[name]
    context = {
        **admin_site.each_context(request),
        "title": f"{without_dots(verb.label)}: {consultation}",
        "verb": verb,
        "name": name,
        "consultation": consultation,
        "visit": consultation.held_visit(),
        "form": form,
        "outcome": outcome,
        "facts": form.in_words() if outcome else [],
        "to_do": [(worklist.said_of(task), task.due_at) for task in outcome.tasks] if outcome else [],
        "refusal": refusal,
        "seen": consultation.newest_event or 0,
        "sent": sent_fields(form) if form.is_bound else [],
        "back": request_screen(consultation),
        "erased_on": personal_data.erased_on(consultation, request.clinic),
        **(times_of(request, consultation, form) if name in ("book", "offer") else {}),
    }
    return TemplateResponse(request, "admin/treatments/consultationrequest/act.html", context, status=status)


def times_of(request: StaffRequest, consultation: ConsultationRequest, form: ActForm) -> dict[str, Any]:
    """The context for choosing a time to book, or some to offer."""
    chosen = getattr(form, "moment", None)
    context = times_context(request, request.clinic, by=request.user, but=consultation, chosen=chosen)
    free = [(day.date, [(start, text_of(start)) for start in day.times]) for day in context["days"] if day.times]
    return {**context, "offerable": free[:OFFERED_DAYS]}


def sent_fields(form: ActForm) -> list[tuple[str, str]]:
    """(name, value) of everything that was filled in, to be sent once more with the confirmation."""
    names = {key for field in form for key in (field.html_name, f"{field.html_name}_0", f"{field.html_name}_1")}
    data = form.data
    assert isinstance(data, QueryDict)
    return [(key, value) for key in sorted(names) for value in data.getlist(key)]


def event_seen(text: str) -> int:
    """The id of the newest event that the screen showed, as its form sent it; for nonsense 0, which no event has."""
    return row_id(text) or 0


def data_of(request: HttpRequest, verb: Verb) -> QueryDict | None:
    """What the form is filled in with; None until something was chosen."""
    if request.method == "POST":
        return request.POST
    names = [*verb.form.base_fields, "start_0", "start_1"]
    is_chosen = verb.form is NothingToSay or any(name in request.GET for name in names)
    return request.GET if is_chosen else None


def said_by(event: RequestEvent) -> str:
    """What someone else did meanwhile, in words; the time is the clinic's."""
    return _("%(who)s did something meanwhile, at %(time)s: %(act)s. Nothing of yours was done; look again first.") % {
        "who": event.by or _("The patient"),
        "time": date_format(timezone.localtime(event.at), "TIME_FORMAT"),
        "act": event.get_act_display(),
    }


#: Why an act can no longer be undone, by the `reason` of undoing.TooLate.
REASONS = {
    "newer": _("Someone has done something since; this cannot be undone any more."),
    "sent": _("The message has gone out, or two minutes are over; this cannot be undone any more."),
    "gone": _("The time has been taken by someone else; choose another."),
}


def undo_view(request: StaffRequest, pk: int) -> HttpResponse:
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
