"""What people at the clinic have to do: raising tasks.

A task is due in opening time and never on a closed day. Acts end the tasks that they settle; whatever else makes a
task needless (a visit that is over, a request that ended, a closure taken back) lets it lapse, in the act itself or in
the worker's next round.
"""

import datetime
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils import timezone

from treatments.follow_up import truth
from treatments.models import (
    Act,
    Clinic,
    ConsultationRequest,
    Message,
    MessageKind,
    RequestEvent,
    RequestState,
    Task,
    TaskKind,
    TaskState,
)
from treatments.models.consultation import ACTIVE
from treatments.models.message import REMINDERS
from treatments.models.task import ANSWERS, TaskQuerySet
from treatments.times import clashes, holding, opening
from treatments.values.visit import Visit

CALLS_ABOUT_VISIT = (TaskKind.CALL_TO_CONFIRM, TaskKind.CALL_TO_REMIND)


# Raising


def raise_for(
    consultation: ConsultationRequest,
    kind: TaskKind,
    due_at: datetime.datetime,
    *,
    event: RequestEvent | None = None,
    is_promise: bool = False,
    message: Message | None = None,
    **payload: str | None,
) -> Task | None:
    """Put a task about a request on the list, unless one of its kind, or about the same letter, is open already.

    `due_at` is a moment in opening time; `payload` is plain data without anything personal. Returns the task, or None
    where one is open.
    """
    about = {"message": message} if message else {"kind": kind, "message": None}
    if consultation.tasks.open().filter(**about).exists():
        return None
    return Task.objects.create(
        request=consultation,
        kind=kind,
        due_at=due_at,
        made_by=event,
        is_promise=is_promise,
        message=message,
        payload=payload,
        raised_at=event.at if event else timezone.now(),
    )


def raise_now(
    consultation: ConsultationRequest,
    kind: TaskKind,
    due_at: datetime.datetime,
    now: datetime.datetime,
    *,
    event: RequestEvent | None = None,
    **payload: str | None,
) -> Task | None:
    """Put a task on the list like `raise_for`, in the place of an open one of its kind that is due later.

    A promise stays as it was given. Returns the task, or None where one is open that is due early enough.
    """
    later = consultation.tasks.open().filter(kind=kind, due_at__gt=due_at, is_promise=False)
    later.end(event, state=TaskState.LAPSED, now=now)
    return raise_for(consultation, kind, due_at, event=event, is_promise=False, message=None, **payload)


def raise_for_clinic(kind: TaskKind, **payload: str | int) -> Task | None:
    """Put a task for a manager on the list, due at the next opening, unless one of its kind is open; return it.

    None where another process made one at the same moment and somebody has ended it already.
    """
    now = timezone.now()
    due_at = opening.next_open(Clinic.objects.prefetched(), now)
    found = Task.objects.open().filter(kind=kind).first()
    if found:
        # One from a clock that ran ahead would be due in years.
        Task.objects.filter(pk=found.pk, due_at__gt=due_at).update(due_at=due_at)
        return found
    try:
        with transaction.atomic():
            return Task.objects.create(kind=kind, due_at=due_at, payload=payload, raised_at=now)
    except IntegrityError:
        # Another process was quicker.
        return Task.objects.open().filter(kind=kind).first()


def lapse(event: RequestEvent, kinds: Iterable[TaskKind]) -> None:
    """Let the open tasks of these kinds about the event's request lapse, because the act puts others in their place."""
    event.request.tasks.filter(kind__in=kinds).end(event, state=TaskState.LAPSED, now=event.at)


def call_back(event: RequestEvent, clinic: Clinic) -> None:
    """Raise the call to a patient who waits for one, due when it was promised; at a clinic without hours, at once."""
    consultation = event.request
    promised = opening.call_promise(clinic, event.at, consultation.best_time)
    due_at = promised or event.at
    raise_for(consultation, TaskKind.CALL, due_at, event=event, is_promise=promised is not None)


def confirm_by_hand(event: RequestEvent, clinic: Clinic, start: datetime.datetime) -> None:
    """Raise the task to confirm a chosen time, whose moment is `start`."""
    lapse(event, (*ANSWERS,))
    due_at = opening.confirm_promise(clinic, event.at, start)
    raise_for(event.request, TaskKind.CONFIRM, due_at, event=event, is_promise=True)


def call_about_visit(event: RequestEvent, clinic: Clinic, start: datetime.datetime) -> None:
    """Raise the calls to a patient without email: to confirm what was booked online, and to remind of the visit."""
    consultation = event.request
    lapse(event, CALLS_ABOUT_VISIT)
    if start <= event.at:
        return
    is_answer = event.act in (Act.CONFIRMED, Act.IS_REAL) and event.state_before == RequestState.REQUESTED
    if event.by_id is None or is_answer:
        # Staff who book a time have the patient before them, or on the phone; who confirms one that waits, has not.
        due_at = opening.next_open(clinic, event.at, before=start)
        raise_for(consultation, TaskKind.CALL_TO_CONFIRM, due_at, event=event)
    reminds_at = opening.reminder_call(clinic, start)
    if reminds_at and reminds_at > event.at:
        raise_for(consultation, TaskKind.CALL_TO_REMIND, reminds_at, event=event)


def call_when_offer_ends(event: RequestEvent, clinic: Clinic) -> None:
    """Raise the call to a patient who has not chosen by the time that the last of the offered times begins."""
    last = max(holding.offered_moments(event.request), default=event.at)
    raise_for(event.request, TaskKind.CALL, opening.next_open(clinic, last), event=event)


def call_to_tell(event: RequestEvent, clinic: Clinic, visit: Visit) -> None:
    """Raise the call that tells a patient without email that a visit ahead is cancelled."""
    due_at = opening.next_open(clinic, event.at, before=visit.start)
    start, end = visit.texts()
    raise_for(event.request, TaskKind.CALL_TO_TELL, due_at, event=event, start=start, end=end)


def look_at_erased(event: RequestEvent, clinic: Clinic, start: datetime.datetime) -> None:
    """Raise the task that tells the desk, without a name, of an erased request whose visit at `start` lay ahead."""
    due_at = opening.next_open(clinic, event.at)
    start_text = start.isoformat()
    raise_for(event.request, TaskKind.LOOK_AGAIN, due_at, event=event, reason=clashes.ERASED, start=start_text)


def look_at_health_answer(event: RequestEvent, clinic: Clinic, visit: Visit | None) -> None:
    """Raise the task for a clinician to look at what the patient said yes to, before the Visit, if one is held."""
    of_kind = event.request.tasks.filter(kind=TaskKind.HEALTH_ANSWER, state=TaskState.DONE)
    if event.request.needs_clinician and not of_kind.exists():
        due_at = opening.next_open(clinic, event.at, before=visit.start if visit else None)
        raise_for(event.request, TaskKind.HEALTH_ANSWER, due_at, event=event)


def not_delivered(message: Message) -> None:
    """Raise the task about a letter that was not delivered, to tell the patient in another way or to send it again."""
    now = timezone.now()
    if message.kind == MessageKind.CLINIC_NOTICE:
        raise_for_clinic(TaskKind.MAIL_FAILS, reason="clinic-address")
    elif message.request is not None:
        start = truth.moment_in(message, "start")
        due_at = opening.next_open(Clinic.objects.prefetched(), now, before=start)
        raise_for(message.request, TaskKind.NOT_DELIVERED, due_at, message=message)


def call_instead(
    message: Message, *, event: RequestEvent | None = None, now: datetime.datetime | None = None
) -> Task | None:
    """Raise a call in the place of a letter, of the kind that the request's state asks for.

    It is due at the next opening, but in the place of a reminder that is still to come when a call reminds. An act,
    `event`, also brings forward a call that was open and due later; each new try of a letter does not, for staff may
    have put the call off. None where no call is needed, or where one is open.
    """
    now = now or timezone.now()
    consultation, clinic = truth.request_of(message), Clinic.objects.prefetched()
    kind, start = call_for(consultation, message.kind, now), truth.moment_in(message, "start")
    if kind is None:
        return None
    due_at = opening.next_open(clinic, now, before=None if kind == TaskKind.CALL else start)
    if kind == TaskKind.CALL_TO_REMIND and start and message.not_before > now:
        due_at = max(due_at, opening.reminder_call(clinic, start) or due_at)
    details = {name: message.payload.get(name) for name in ("start", "end")} if kind == TaskKind.CALL_TO_TELL else {}
    if event is None:
        return raise_for(consultation, kind, due_at, **details)
    return raise_now(consultation, kind, due_at, now, event=event, **details)


def call_for(consultation: ConsultationRequest, letter_kind: str, now: datetime.datetime) -> TaskKind | None:
    """The kind of call in the place of a letter; None where nobody needs to know any more, or nobody can be called."""
    visit = consultation.held_visit()
    if not consultation.phone or consultation.erased_at or consultation.is_set_apart:
        return None
    if consultation.state == RequestState.CONFIRMED and visit and visit.lies_ahead(now):
        return TaskKind.CALL_TO_REMIND if letter_kind in REMINDERS else TaskKind.CALL_TO_CONFIRM
    if consultation.state == RequestState.CANCELLED:
        return TaskKind.CALL_TO_TELL
    return TaskKind.CALL if consultation.state in ACTIVE else None


def keep_in_opening_time(clinic: Clinic, now: datetime.datetime, *, among: TaskQuerySet | None = None) -> None:
    """Move every open task, or those `among` some, that is due at a moment at which the clinic is closed by now.

    Call after hours or closures were saved, and for tasks that are open again.
    """
    found = Task.objects.all() if among is None else among
    for task in found.open().filter(due_at__gt=now).select_related("request", "message"):
        if opening.next_open(clinic, task.due_at) != task.due_at and not opening.closes_at(clinic, task.due_at):
            Task.objects.filter(pk=task.pk).update(due_at=open_due(task, clinic, now))


def open_due(task: Task, clinic: Clinic, now: datetime.datetime) -> datetime.datetime:
    """When a task is due instead of a moment at which the clinic is closed.

    A call to remind is due as if it were raised now. A promise, a time to confirm, and what would come too late for its
    visit, are due at the last open moment before, if that is still to come; all others at the next one. What can be
    done neither then nor later is due now.
    """
    start = start_of(task)
    if task.kind == TaskKind.CALL_TO_REMIND and start:
        due_at = opening.reminder_call(clinic, start)
        return due_at if due_at and due_at > now else opening.next_open(clinic, now, before=start)
    earlier, later = opening.last_open(clinic, task.due_at), opening.next_open(clinic, task.due_at)
    is_too_late = start is not None and now < start <= later
    must_not_be_later = task.is_promise or task.kind == TaskKind.CONFIRM or is_too_late
    if must_not_be_later and earlier and earlier > now:
        return earlier
    return opening.next_open(clinic, now, before=start) if is_too_late else later


def start_of(task: Task) -> datetime.datetime | None:
    """When the visit begins that a task, or its letter, is about; None without one."""
    told = (task.message or task).payload.get("start")
    if told:
        return datetime.datetime.fromisoformat(told)
    visit = task.request.held_visit() if task.request else None
    return visit.start if visit else None
