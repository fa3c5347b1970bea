"""Ending letters and tasks that nothing asks for any more, and leaving nobody waiting."""

import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from treatments.follow_up import truth
from treatments.follow_up.reasons import has_reason
from treatments.follow_up.tasks import call_for, call_instead, not_delivered, raise_for, raise_now
from treatments.models import (
    Clinic,
    ConsultationRequest,
    Message,
    MessageKind,
    RequestEvent,
    RequestState,
    SeatCell,
    Task,
    TaskKind,
    TaskState,
)
from treatments.models.task import ANSWERS, CALLS
from treatments.times import opening

#: Rows of one kind that one round of the worker looks at.
MOST_LOOKED_AT = 200
#: What there is no reason for once the visit has begun.
BEFORE_THE_VISIT = (
    TaskKind.CONFIRM,
    TaskKind.CALL_TO_CONFIRM,
    TaskKind.CALL_TO_REMIND,
    TaskKind.LOOK_AGAIN,
)


def settle(consultation: ConsultationRequest, now: datetime.datetime, event: RequestEvent | None = None) -> None:
    """Take back the letters of a request that are not true any more, and let its tasks lapse that have no reason.

    What somebody still has to know becomes a task. Call with the request's row locked.
    """
    clinic = Clinic.objects.prefetched()
    for message in consultation.messages.unsent(now):
        message.request = consultation
        if not truth.is_true(message, clinic, max(now, message.not_before)):
            take_back(message, now, event)
    for task in consultation.tasks.open().select_related("message"):
        task.request = consultation
        if task.message:
            task.message.request = consultation
        if not has_reason(task, now):
            Task.objects.filter(pk=task.pk).end(event, state=TaskState.LAPSED, now=now)


def take_back(message: Message, now: datetime.datetime, event: RequestEvent | None = None) -> None:
    """Take back a letter that is not true any more; unless an act is the reason, what has to be said becomes a call."""
    Message.objects.filter(pk=message.pk).unsent(now).take_back(event)
    if event is not None:
        # Whatever has to be said instead is queued by the act that caused this.
        return
    consultation = truth.request_of(message)
    if message.kind == MessageKind.REMINDER_1_DAY and call_for(consultation, message.kind, now):
        call_instead(message, now=now)
    elif message.kind in (MessageKind.OFFER, MessageKind.WISHED) and somebody_has_to_know(message, now):
        call_now(consultation, now)


def somebody_has_to_know(message: Message, now: datetime.datetime) -> bool:
    """Whether a patient has to hear by phone why no letter comes: no offered time is left, or a wished one is lost."""
    consultation = truth.request_of(message)
    visit = consultation.held_visit()
    waits = consultation.state in (RequestState.REQUESTED, RequestState.OFFERED) and not (
        visit and visit.lies_ahead(now)
    )
    # Whoever left an address alone and was never told of a held time can choose another on the private page.
    return (
        waits
        and not consultation.is_set_apart
        and bool(message.kind == MessageKind.OFFER or message.payload["end"] or consultation.phone)
    )


def call_now(consultation: ConsultationRequest, now: datetime.datetime, event: RequestEvent | None = None) -> None:
    """Put a call on the list for the next opening; a call that is there already and due later becomes due then."""
    due_at = opening.next_open(Clinic.objects.prefetched(), now)
    raise_now(consultation, TaskKind.CALL, due_at, now, event=event)


def leave_nobody_waiting(
    consultation: ConsultationRequest, clinic: Clinic, now: datetime.datetime, event: RequestEvent | None = None
) -> None:
    """Put a call on the list for a patient who waits for an answer that nothing else brings any more.

    This is so after a time that nobody confirmed before it began, and after an offer of which nothing is left.
    """
    if consultation.erased_at or consultation.state not in (RequestState.REQUESTED, RequestState.OFFERED):
        return
    if consultation.tasks.open().filter(kind__in=ANSWERS).exists():
        return
    # Whoever left an address alone and did not take the wished time stays on the list of those who have to choose.
    is_wish_open = consultation.wished_at is not None and (consultation.wished_at > now or not consultation.phone)
    waits_for_patient = is_wish_open and consultation.email and not consultation.is_set_apart
    if not waits_for_patient:
        raise_for(consultation, TaskKind.CALL, opening.next_open(clinic, now), event=event)


def call_again(consultation: ConsultationRequest, event: RequestEvent, due_at: datetime.datetime) -> None:
    """Put off the calls that were due and that the patient did not answer; `due_at` is a moment in opening time."""
    calls = consultation.tasks.open().filter(kind__in=CALLS).exclude(kind=TaskKind.CALL_TO_REMIND, due_at__gt=event.at)
    for task in list(calls):
        Task.objects.filter(pk=task.pk).end(event, now=event.at)
        raise_for(consultation, TaskKind(task.kind), due_at, event=event, is_promise=task.is_promise, **task.payload)


def reopen(event: RequestEvent) -> None:
    """Open the tasks again that an act ended, except where another of the same kind is open by now."""
    for task in event.tasks_ended.exclude(state=TaskState.OPEN):
        about = {"message": task.message_id} if task.message_id else {"kind": task.kind, "message": None}
        if not Task.objects.open().filter(request=event.request_id, **about).exists():
            Task.objects.filter(pk=task.pk).update(state=TaskState.OPEN, ended_by=None, ended_at=None)


def spoke(consultation: ConsultationRequest, event: RequestEvent) -> None:
    """End every call about a request, and the tasks about lost letters: staff and patient have spoken."""
    said = consultation.tasks.filter(kind__in=(*CALLS, TaskKind.NOT_DELIVERED))
    # A call to remind that is due later stays: to have spoken today reminds nobody of a visit in ten days.
    said.exclude(kind=TaskKind.CALL_TO_REMIND, due_at__gt=event.at).end(event, now=event.at)


def clock_is_doubted() -> bool:
    """Whether the clock has jumped, and nobody has said yet that it is right."""
    return Task.objects.open().filter(kind=TaskKind.ERASING_WAITS).exists()


def sweep(now: datetime.datetime) -> None:
    """One round of the worker: end what time alone has settled, and leave nobody waiting.

    A few queries, whatever the number of open tasks; each request that needs more is settled in its own transaction.
    While somebody has to look at the clock, nothing ends by it.
    """
    if clock_is_doubted():
        return
    begun = SeatCell.objects.filter(request=OuterRef("request"), starts_at__lte=now)
    open_ones = Task.objects.open()
    late = open_ones.filter(Exists(begun), kind__in=(*BEFORE_THE_VISIT, TaskKind.HEALTH_ANSWER))
    wishes = ConsultationRequest.objects.filter(wished_at__lte=now, state=RequestState.REQUESTED)
    others = open_ones.filter(kind__in=(TaskKind.NOT_DELIVERED, TaskKind.CALL_TO_TELL))
    others = others.select_related("request", "message")[:MOST_LOOKED_AT]
    failed = Message.objects.failed().filter(tasks__isnull=True).exclude(kind=MessageKind.CLINIC_NOTICE)
    for message in failed.select_related("request")[:MOST_LOOKED_AT]:
        not_delivered(message)
    to_settle = {
        *late.values_list("request", flat=True)[:MOST_LOOKED_AT],
        *wishes.exclude(tasks__state=TaskState.OPEN).values_list("pk", flat=True)[:MOST_LOOKED_AT],
        # Only to write where there is something to end: each of these takes the database for a moment.
        *(task.request_id for task in others if not has_reason(task, now)),
    }
    for pk in sorted(filter(None, to_settle)):
        with transaction.atomic():
            consultation = ConsultationRequest.objects.select_for_update().get(pk=pk)
            settle(consultation, now)
            leave_nobody_waiting(consultation, Clinic.objects.prefetched(), now)
    for task in open_ones.filter(request__isnull=True):
        if not has_reason(task, now):
            Task.objects.filter(pk=task.pk).end(state=TaskState.LAPSED, now=now)
