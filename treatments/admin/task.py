"""Tasks: each with the verbs that end it, on the screen of its request or, for the clinic's own, on one of theirs."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.admin.act import event_seen, request_screen, said_by
from treatments.admin.look_only import LongListAdmin
from treatments.consultation import staff_acts, waves, worklist
from treatments.consultation.acting import NotPossible, Overtaken
from treatments.follow_up import sending, tasks
from treatments.forms.act import NoteForm
from treatments.models import Act, Task, TaskKind, TaskState
from treatments.models.task import CALLS
from treatments.running import retention
from treatments.values.row_ids import row_id

#: Names of the verbs that end a task by doing it.
ENDED_BY = {
    **dict.fromkeys(CALLS, ("called",)),
    TaskKind.CONFIRM: ("confirm",),
    TaskKind.LOOK_AGAIN: ("book", "cancel"),
}
#: (act, what the button says) of the tasks that are ended where they stand.
ENDS = {
    TaskKind.LOOK_AGAIN: (Act.KEPT, _("Keep it as it is")),
    TaskKind.HEALTH_ANSWER: (Act.LOOKED_AT, _("Looked at")),
    TaskKind.NOT_DELIVERED: (Act.TOLD, _("The patient knows")),
}
#: Of the clinic's own tasks: name of the act, what the button says.
OF_CLINIC = {
    TaskKind.MAIL_FAILS: [("retry", _("Try again now"))],
    TaskKind.WAVE: [("release", _("Give the times back")), ("leave", _("Leave them: it is no attack"))],
    TaskKind.ERASING_WAITS: [("go-on", _("The date is right: go on"))],
}


def verbs_of(consultation, user, possible):
    """The open tasks of a request with what ends each: dicts of task, sentence, buttons and what is posted.

    `possible` are the request's buttons by the names of their verbs, none for those who may only look.
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


def may_end(task, user):
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
    def about(self, task):
        return task.request.reference if task.request else _("the clinic")

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/end/", view(self.end_view), name="treatments_task_end"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        """A task about a request is on its request's screen; the clinic's own have one here."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        task = get_object_or_404(Task.objects.select_related("request", "message"), pk=row_id(object_id))
        if task.request:
            return redirect(f"{request_screen(task.request)}#task-{task.pk}")
        context = {
            **self.admin_site.each_context(request),
            "title": worklist.said_of(task),
            "opts": self.opts,
            "task": task,
            "is_open": task.state == TaskState.OPEN,
            "verbs": OF_CLINIC[task.kind] if may_manage(request.user) else [],
            "wave": waves.Wave.of(task) if task.kind == TaskKind.WAVE and task.state == TaskState.OPEN else None,
            "undo": waves.released_lately(timezone.now()) if task.kind == TaskKind.WAVE else [],
        }
        return TemplateResponse(request, "admin/treatments/task/change.html", context)

    def end_view(self, request, pk):
        """End a task by the verb that was pressed."""
        task = get_object_or_404(Task.objects.select_related("request"), pk=pk)
        if request.method != "POST":
            return redirect("admin:treatments_task_change", pk)
        return self.end_of_request(request, task) if task.request else self.end_of_clinic(request, task)

    def end_of_request(self, request, task):
        if task.kind not in ENDS:
            raise Http404
        if not may_end(task, request.user):
            raise PermissionDenied
        is_noted = task.kind == TaskKind.HEALTH_ANSWER
        form = NoteForm(request.POST, consultation=task.request, clinic=request.clinic) if is_noted else None
        if form is not None and not form.is_valid():
            messages.error(request, " ".join(form.errors["note"]))
        else:
            end_by_act(request, task, note=form and form.cleaned_data["note"])
        return redirect(request_screen(task.request))

    def end_of_clinic(self, request, task):
        if not may_manage(request.user):
            raise PermissionDenied
        verb = request.POST.get("verb", "")
        if verb == "undo" and task.kind == TaskKind.WAVE:
            return hold_wave_again(request, task)
        if task.state != TaskState.OPEN or verb not in [name for name, _label in OF_CLINIC[task.kind]]:
            messages.warning(request, _("This task is ended already."))
            return redirect("admin:index")
        return DOES[verb](request, task)


def end_by_act(request: HttpRequest, task: Task, note: str | None) -> None:
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


def release_wave(request: HttpRequest, task: Task) -> HttpResponse:
    released, set_apart = waves.release(task, by=request.user)
    said = _("Given back: %(released)s. Set apart, to check: %(apart)s.")
    messages.success(request, said % {"released": released, "apart": set_apart})
    return redirect("admin:treatments_task_change", task.pk)


def hold_wave_again(request: HttpRequest, task: Task) -> HttpResponse:
    undone, gone = waves.undo(task, timezone.now(), by=request.user)
    said = _("Held again: %(undone)s. Not possible any more: %(gone)s.")
    messages.success(request, said % {"undone": undone, "gone": gone})
    return redirect("admin:treatments_task_change", task.pk)


def try_mail_again(request: HttpRequest, task: Task) -> HttpResponse:
    sending.try_again_now()
    return end_only(request, task)


def go_on_erasing(request: HttpRequest, task: Task) -> HttpResponse:
    answer = end_only(request, task)
    messages.success(request, _("Erased: %s") % retention.erase_expired())
    return answer


def end_only(request: HttpRequest, task: Task) -> HttpResponse:
    Task.objects.filter(pk=task.pk).end()
    return redirect("admin:index")


#: What each verb of the clinic's own tasks does.
DOES = {"retry": try_mail_again, "release": release_wave, "leave": end_only, "go-on": go_on_erasing}


def may_manage(user):
    """Whether somebody decides on the clinic's own tasks."""
    return user.has_perm("treatments.change_clinic")
