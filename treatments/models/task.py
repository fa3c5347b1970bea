"""What a person at the clinic has to do."""

import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import known

if TYPE_CHECKING:
    # An event is of a request, and a request looks at its tasks, so that both of their modules import this one.
    from treatments.models import RequestEvent


class TaskKind(models.TextChoices):
    CALL = "call", _("Call")
    CONFIRM = "confirm", _("Confirm the time")
    CALL_TO_CONFIRM = "call-to-confirm", _("Call to confirm")
    CALL_TO_REMIND = "call-to-remind", _("Call to remind")
    CALL_TO_TELL = "call-to-tell", _("Call to say that it is cancelled")
    LOOK_AGAIN = "look-again", _("Look again")
    HEALTH_ANSWER = "health-answer", _("Look at a health answer")
    NOT_DELIVERED = "not-delivered", _("Not delivered")
    MAIL_FAILS = "mail-fails", _("Letters do not go out")
    WAVE = "wave", _("Unusually many requests")
    ERASING_WAITS = "erasing-waits", _("Erasing waits")
    LETTERS_HELD = "letters-held", _("Letters from before the restore")


#: Ended by a call in which staff and patient spoke.
CALLS = (TaskKind.CALL, TaskKind.CALL_TO_CONFIRM, TaskKind.CALL_TO_REMIND, TaskKind.CALL_TO_TELL)
#: What answers a patient who waits to hear from us.
ANSWERS = (TaskKind.CALL, TaskKind.CONFIRM)
#: About no single request; a manager's.
OF_THE_CLINIC = (TaskKind.MAIL_FAILS, TaskKind.WAVE, TaskKind.ERASING_WAITS, TaskKind.LETTERS_HELD)


class TaskState(models.TextChoices):
    OPEN = "open", _("Open")
    DONE = "done", _("Done")
    LAPSED = "lapsed", _("No longer needed")


class TaskQuerySet(models.QuerySet["Task"]):
    def open(self) -> Self:
        """Tasks that nobody has ended, the first due first."""
        return self.filter(state=TaskState.OPEN).order_by("due_at", "pk")

    def end(
        self,
        event: "RequestEvent | None" = None,
        *,
        state: TaskState = TaskState.DONE,
        now: datetime.datetime | None = None,
    ) -> int:
        """End the open ones among these, because of an act or by themselves; how many.

        `now` is the moment that counts as their end, by default this one.
        """
        open_ones = self.filter(state=TaskState.OPEN).order_by()
        return open_ones.update(state=state, ended_by=event, ended_at=now or timezone.now())


class Task(models.Model):
    """Something that a person at the clinic has to do until a moment in opening time.

    It ends by an act, or lapses when its reason is gone. It is about a request, about the letter `message` of one, or
    about the clinic as a whole. `payload` holds what its sentence needs, and nothing personal.
    """

    request = models.ForeignKey(
        "treatments.ConsultationRequest", models.CASCADE, null=True, related_name="tasks", verbose_name=_("request")
    )
    message = models.ForeignKey(
        "treatments.Message", models.CASCADE, null=True, related_name="tasks", verbose_name=_("letter")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=TaskKind.choices)
    state = models.CharField(_("state"), max_length=6, choices=TaskState.choices, default=TaskState.OPEN)
    due_at = models.DateTimeField(_("due"))
    is_promise = models.BooleanField(
        _("promised"), default=False, help_text=_("The patient was told that we call or confirm by this moment.")
    )
    payload = models.JSONField(_("details"), default=dict, blank=True, editable=False)
    made_by = models.ForeignKey(
        "treatments.RequestEvent", models.SET_NULL, null=True, related_name="tasks_made", verbose_name=_("because of")
    )
    ended_by = models.ForeignKey(
        "treatments.RequestEvent", models.SET_NULL, null=True, related_name="tasks_ended", verbose_name=_("ended by")
    )
    raised_at = models.DateTimeField(_("raised"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["-due_at", "-pk"]
        indexes = [
            # The desk's list of all that ever were, whole and by kind.
            models.Index(fields=["due_at", "id"], name="task_by_due"),
            models.Index(fields=["kind", "due_at"], name="task_of_kind"),
            # The few that are open, among them.
            models.Index(fields=["due_at", "id"], name="task_open", condition=Q(state="open")),
            models.Index(fields=["kind", "due_at"], name="task_open_of_kind", condition=Q(state="open")),
        ]
        constraints = [
            known("task", "kind", TaskKind),
            known("task", "state", TaskState),
            models.CheckConstraint(
                name="task_is_about_a_request_or_the_clinic",
                condition=Q(kind__in=OF_THE_CLINIC, request__isnull=True)
                | (~Q(kind__in=OF_THE_CLINIC) & Q(request__isnull=False)),
            ),
            models.CheckConstraint(
                name="task_not_delivered_names_its_letter",
                condition=Q(kind=TaskKind.NOT_DELIVERED, message__isnull=False)
                | (~Q(kind=TaskKind.NOT_DELIVERED) & Q(message__isnull=True)),
            ),
            models.CheckConstraint(
                name="task_ended_has_its_moment",
                condition=Q(state=TaskState.OPEN, ended_at__isnull=True)
                | (~Q(state=TaskState.OPEN) & Q(ended_at__isnull=False)),
            ),
            models.UniqueConstraint(
                name="task_of_request_open_once",
                fields=["request", "kind"],
                condition=Q(state="open", message__isnull=True, request__isnull=False),
            ),
            models.UniqueConstraint(name="task_of_letter_open_once", fields=["message"], condition=Q(state="open")),
            models.UniqueConstraint(
                name="task_of_clinic_open_once", fields=["kind"], condition=Q(state="open", request__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_state_display()})"
