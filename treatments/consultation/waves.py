"""An unusual wave of chosen times by unknown people: what belongs to it, and giving its times back in one act.

Whoever left an email address gets a letter with the button that takes the time again; whoever left only a phone number
is set apart, to be looked at. So a patient who was caught in the wave loses nothing but one step.
"""

import datetime
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from treatments.consultation import dry_runs, undoing
from treatments.consultation.acting import locked, move, snapshot
from treatments.follow_up import outbox, tasks
from treatments.models import Act, Clinic, ConsultationRequest, Message, RequestEvent, RequestState, Task, TaskState

#: Letters that are shown before a wave is released.
SHOWN_LETTERS = 1
#: Rows that one statement changes.
MOST_AT_ONCE = 500


@dataclass(frozen=True)
class Wave:
    """How many requests of a wave hold a time and how many only wish one, and a letter that they would get."""

    holding: int
    wishing: int
    #: The first SHOWN_LETTERS of the letters that a release would send, each as (message, email).
    letters: list[tuple[Message, EmailMultiAlternatives]]

    @classmethod
    def of(cls, task: Task) -> "Wave":
        """The wave that a task of the kind WAVE is about."""
        holding = members(task).filter(cells__isnull=False).distinct()
        with_email = holding.exclude(email="").first()
        said = dry_runs.dry_run(release_one, with_email, by=None).letters if with_email else []
        to_patient = [(message, letter) for message, letter in said if message.is_to_patient]
        return cls(holding.count(), members(task).filter(wished_at__isnull=False).count(), to_patient[:SHOWN_LETTERS])


def members(task: Task) -> QuerySet[ConsultationRequest]:
    """The requests of unknown people that came in since the wave of a task began and are still open."""
    since = datetime.datetime.fromisoformat(task.payload["since"])
    open_ones = ConsultationRequest.objects.unheard().active()
    return open_ones.filter(requested_at__gte=since).exclude(state=RequestState.OFFERED)


def release(task: Task, *, by: User) -> tuple[int, int]:
    """Give the times of a wave back and end its task: (how many were given back, how many were set apart).

    Each request in its own transaction, so that patients can go on booking meanwhile.
    """
    now = timezone.now()
    holding = list(members(task).filter(cells__isnull=False).distinct().order_by("pk"))
    for consultation in holding:
        release_one(consultation, by=by, now=now)
    set_apart = set_wishes_apart(task, by, now)
    Task.objects.filter(pk=task.pk).end(now=now)
    return len(holding), set_apart + sum(not consultation.email for consultation in holding)


@transaction.atomic
def set_wishes_apart(task: Task, by: User, now: datetime.datetime) -> int:
    """Set apart whoever of a wave only wishes a time and can only be called; how many.

    All in one transaction and a few statements, because they may be many.
    """
    wishing = list(members(task).filter(email="", cells__isnull=True))
    RequestEvent.objects.bulk_create(
        RequestEvent(
            request=consultation,
            act=Act.RELEASED,
            state_before=consultation.state,
            state_after=consultation.state,
            by=by,
            at=now,
            before=snapshot(consultation, consultation.held_visit()),
        )
        for consultation in wishing
    )
    for start in range(0, len(wishing), MOST_AT_ONCE):
        batch = [consultation.pk for consultation in wishing[start : start + MOST_AT_ONCE]]
        ConsultationRequest.objects.filter(pk__in=batch).update(is_set_apart=True, heard_at=now)
    return len(wishing)


@transaction.atomic
def release_one(
    consultation: ConsultationRequest, *, by: User | None, now: datetime.datetime | None = None
) -> ConsultationRequest:
    """Give the time of one request back and keep it as a wish; return the request as it is afterwards.

    One that holds nothing, that was heard from by now, or whose visit has begun stays as it is. `by` is the member of
    staff, None in a dry run.
    """
    now = now or timezone.now()
    clinic = Clinic.objects.locked()
    consultation = locked(consultation)
    visit = consultation.held_visit()
    if visit is None or consultation.is_heard or visit.start <= now:
        return consultation
    before = snapshot(consultation, visit)
    consultation.cells.all().delete()
    consultation.sequence += 1
    consultation.wished_at = visit.start
    consultation.is_set_apart = not consultation.email
    event = move(consultation, RequestState.REQUESTED, Act.RELEASED, by=by, at=now, before=before)
    outbox.follow(event, clinic, was=visit)
    return consultation


def released_lately(now: datetime.datetime) -> list[RequestEvent]:
    """The events of a release that can still be undone."""
    return list(RequestEvent.objects.filter(act=Act.RELEASED, at__gte=now - outbox.UNDO).select_related("request"))


def undo(task: Task, now: datetime.datetime, *, by: User) -> tuple[int, int]:
    """Hold again what a release gave back, and open its task again.

    Returns (how many requests are as before, how many are not: they have no place any more, or somebody has acted).
    """
    undone = gone = 0
    for event in released_lately(now):
        try:
            undoing.undo(event, by=by, now=now)
            undone += 1
        except undoing.TooLate:
            gone += 1
    if undone and not Task.objects.open().filter(kind=task.kind).exists():
        again = Task.objects.filter(pk=task.pk)
        again.update(state=TaskState.OPEN, ended_at=None)
        tasks.keep_in_opening_time(Clinic.objects.prefetched(), now, among=again)
    return undone, gone
