"""Tasks: each with the verbs that end it, on the screen of its request or, for the clinic's own, on one of theirs."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.admin.act import event_seen, request_screen, said_by
from treatments.admin.look_only import LongListAdmin
from treatments.admin.verb import Button
from treatments.consultation import staff_acts, waves, worklist
from treatments.consultation.acting import NotPossible, Overtaken
from treatments.follow_up import held, sending, tasks
from treatments.forms.act import NoteForm
from treatments.models import Act, ConsultationRequest, Task, TaskKind, TaskState
from treatments.models.task import CALLS
from treatments.running import retention
from treatments.values.row_ids import row_id
from treatments.web.requests import StaffRequest, of_staff

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: {kind of task: names of the verbs whose act ends it too}.
ENDED_BY: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(CALLS, ("called",)),
    TaskKind.CONFIRM: ("confirm",),
    TaskKind.LOOK_AGAIN: ("book", "cancel"),
}
#: {kind of task: (act, what its button says)} of those that are ended on the screen where they stand.
ENDS: dict[str, tuple[Act, "StrOrPromise"]] = {
    TaskKind.LOOK_AGAIN: (Act.KEPT, _("Keep it as it is")),
    TaskKind.HEALTH_ANSWER: (Act.LOOKED_AT, _("Looked at")),
    TaskKind.NOT_DELIVERED: (Act.TOLD, _("The patient knows")),
}
#: {kind of task: [(name of a verb in DOES, what its button says)]} of the clinic's own tasks.
OF_CLINIC: dict[str, list[tuple[str, "StrOrPromise"]]] = {
    TaskKind.MAIL_FAILS: [("retry", _("Try again now"))],
    TaskKind.WAVE: [("release", _("Give the times back")), ("leave", _("Leave them: it is no attack"))],
    TaskKind.ERASING_WAITS: [("go-on", _("The date is right: go on"))],
    TaskKind.LETTERS_HELD: [("send", _("Send them")), ("drop", _("They went out before: drop them"))],
}


def verbs_of(consultation: ConsultationRequest, user: User, possible: Mapping[str, Button]) -> list[dict[str, Any]]:
    """The open tasks of a request with what ends each, by their names in the template.

    `possible` are the request's buttons by the names of their verbs; it is empty for those who may only look.
    """
    may_act = user.has_perm("treatments.change_consultationrequest")
    return [
        {
            "task": task,
            "says": worklist.said_of(task),
            "buttons": [possible[name] for name in ENDED_BY.get(task.kind, ()) if name in possible],
            "end": ENDS.get(task.kind) if may_end(task, user) else None,
            "letter": task.message if may_act else None,
            "may_call": may_act and task.message and tasks.call_for(consultation, task.message.kind, timezone.now()),
            "takes_note": task.kind == TaskKind.HEALTH_ANSWER,
        }
        for task in consultation.tasks.open().select_related("message", "request")
    ]


def may_end(task: Task, user: User) -> bool:
    """Who may end a task where it stands: the front desk, and for health answers a clinician too."""
    if user.has_perm("treatments.change_consultationrequest"):
        return True
    return task.kind == TaskKind.HEALTH_ANSWER and user.has_perm("treatments.change_task")


@admin.register(Task)
class TaskAdmin(LongListAdmin):
    """Every task that there ever was; what is open stands on the worklist."""

    list_display = ["kind", "state", "due_at", "about", "ended_at"]
    list_filter = ["state", "kind"]
    list_select_related = ["request"]

    @admin.display(description=_("about"))
    def about(self, task: Task) -> "StrOrPromise":
        return task.request.reference if task.request else _("the clinic")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/end/", view(self.end_view), name="treatments_task_end"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A task about a request is on its request's screen; the clinic's own have one here."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        task = get_object_or_404(Task.objects.select_related("request", "message"), pk=row_id(object_id))
        if task.request:
            return redirect(f"{request_screen(task.request)}#task-{task.pk}")
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": worklist.said_of(task)}
        context |= shown_of(task, of_staff(request).user)
        return TemplateResponse(request, "admin/treatments/task/change.html", context)

    def end_view(self, request: StaffRequest, pk: int) -> HttpResponse:
        """End a task by the verb that was pressed."""
        task = get_object_or_404(Task.objects.select_related("request"), pk=pk)
        if request.method != "POST":
            return redirect("admin:treatments_task_change", pk)
        if task.request:
            return self.end_of_request(request, task, task.request)
        return self.end_of_clinic(request, task)

    def end_of_request(self, request: StaffRequest, task: Task, consultation: ConsultationRequest) -> HttpResponse:
        """End a task about a request by the one act that ends it where it stands; 404 if there is none."""
        if task.kind not in ENDS:
            raise Http404
        if not may_end(task, request.user):
            raise PermissionDenied
        if task.kind != TaskKind.HEALTH_ANSWER:
            end_by_act(request, task, note=None)
            return redirect(request_screen(consultation))
        form = NoteForm(request.POST, consultation=consultation, clinic=request.clinic)
        if form.is_valid():
            end_by_act(request, task, note=form.cleaned_data["note"])
        else:
            messages.error(request, " ".join(map(str, form.errors["note"])))
        return redirect(request_screen(consultation))

    def end_of_clinic(self, request: StaffRequest, task: Task) -> HttpResponse:
        """Do what the pressed button says about one of the clinic's own tasks."""
        if not may_manage(request.user):
            raise PermissionDenied
        verb = request.POST.get("verb", "")
        if verb == "undo" and task.kind == TaskKind.WAVE:
            return hold_wave_again(request, task)
        if task.state != TaskState.OPEN or verb not in [name for name, _label in OF_CLINIC[task.kind]]:
            messages.warning(request, _("This task is ended already."))
            return redirect("admin:index")
        return DOES[verb](request, task)


def shown_of(task: Task, user: User) -> dict[str, Any]:
    """What the screen of one of the clinic's own tasks shows to this user, by its names in the template."""
    is_open, is_wave = task.state == TaskState.OPEN, task.kind == TaskKind.WAVE
    return {
        "task": task,
        "is_open": is_open,
        "verbs": OF_CLINIC[task.kind] if may_manage(user) else [],
        "wave": waves.Wave.of(task) if is_wave and is_open else None,
        "undo": waves.released_lately(timezone.now()) if is_wave else [],
    }


def end_by_act(request: StaffRequest, task: Task, note: str | None) -> None:
    """End a task about a request by its act, and say whether it was done."""
    act, _label = ENDS[task.kind]
    try:
        seen = event_seen(request.POST.get("seen", ""))
        staff_acts.end_task(task, act, note=note, by=request.user, seen=seen)
        messages.success(request, _("Done: %s") % act.label)
    except Overtaken as overtaken:
        messages.error(request, said_by(overtaken.event))
    except NotPossible:
        messages.warning(request, _("This task is ended already."))


def release_wave(request: StaffRequest, task: Task) -> HttpResponse:
    released, set_apart = waves.release(task, by=request.user)
    said = _("Given back: %(released)s. Set apart, to check: %(apart)s.")
    messages.success(request, said % {"released": released, "apart": set_apart})
    return redirect("admin:treatments_task_change", task.pk)


def hold_wave_again(request: StaffRequest, task: Task) -> HttpResponse:
    undone, gone = waves.undo(task, timezone.now(), by=request.user)
    said = _("Held again: %(undone)s. Not possible any more: %(gone)s.")
    messages.success(request, said % {"undone": undone, "gone": gone})
    return redirect("admin:treatments_task_change", task.pk)


def try_mail_again(request: StaffRequest, task: Task) -> HttpResponse:
    sending.try_again_now()
    return end_only(request, task)


def go_on_erasing(request: StaffRequest, task: Task) -> HttpResponse:
    answer = end_only(request, task)
    messages.success(request, _("Erased: %s") % retention.erase_expired())
    return answer


def send_held(request: StaffRequest, task: Task) -> HttpResponse:
    messages.success(request, _("Letters that go out now: %s") % held.send(task))
    return redirect("admin:index")


def drop_held(request: StaffRequest, task: Task) -> HttpResponse:
    messages.success(request, _("Letters dropped: %s") % held.drop(task))
    return redirect("admin:index")


def end_only(request: StaffRequest, task: Task) -> HttpResponse:
    Task.objects.filter(pk=task.pk).end()
    return redirect("admin:index")


#: What each verb of the clinic's own tasks does.
DOES: dict[str, Callable[[StaffRequest, Task], HttpResponse]] = {
    "retry": try_mail_again,
    "release": release_wave,
    "leave": end_only,
    "go-on": go_on_erasing,
    "send": send_held,
    "drop": drop_held,
}


def may_manage(user: User) -> bool:
    """Whether somebody may decide on the clinic's own tasks."""
    return user.has_perm("treatments.change_clinic")
