"""Why a task is open: for each kind, whether there is still a reason for it."""

import datetime
from collections.abc import Callable, Mapping

from treatments.follow_up import truth
from treatments.models import (
    Clinic,
    ConsultationRequest,
    Message,
    MessageKind,
    MessageState,
    RequestState,
    Task,
    TaskKind,
)
from treatments.times import clashes


def has_reason(task: Task, now: datetime.datetime) -> bool:
    """Whether there is still a reason for an open task."""
    return HAS_REASON[task.kind](task, now)


def request_of(task: Task) -> ConsultationRequest:
    """The request that a task is about. Raises TypeError for one about the clinic as a whole."""
    if task.request is None:
        raise TypeError(f"A task of the kind {task.kind} is about no request.")
    return task.request


def patient_waits(task: Task, now: datetime.datetime) -> bool:
    """The patient waits for an answer or was offered times, and holds no visit that lies ahead."""
    consultation = request_of(task)
    if consultation.erased_at or consultation.state not in (RequestState.REQUESTED, RequestState.OFFERED):
        return False
    visit = consultation.held_visit()
    return visit is None or visit.start <= now


def time_waits_to_be_confirmed(task: Task, now: datetime.datetime) -> bool:
    """The request holds a visit that lies ahead, and nobody has confirmed it."""
    consultation = request_of(task)
    visit = consultation.held_visit()
    return consultation.state == RequestState.REQUESTED and visit is not None and visit.lies_ahead(now)


def visit_is_to_come(task: Task, now: datetime.datetime) -> bool:
    """A confirmed visit lies ahead."""
    consultation = request_of(task)
    visit = consultation.held_visit()
    return consultation.state == RequestState.CONFIRMED and visit is not None and visit.lies_ahead(now)


def patient_does_not_know(task: Task, now: datetime.datetime) -> bool:
    """It is cancelled, and what was cancelled is not over."""
    consultation = request_of(task)
    start = task.payload.get("start")
    is_over = start is not None and datetime.datetime.fromisoformat(start) <= now
    return consultation.state == RequestState.CANCELLED and not consultation.erased_at and not is_over


def clash_stands(task: Task, now: datetime.datetime) -> bool:
    """The visit still does not fit the clinic's hours or seats."""
    return clashes.stands(task, Clinic.objects.prefetched(), now)


def answer_matters(task: Task, now: datetime.datetime) -> bool:
    """The request of a patient who said yes to a health question is not over: also one to whom staff only spoke."""
    consultation = request_of(task)
    visit = consultation.held_visit()
    is_open = consultation.is_active or consultation.state == RequestState.CALLED
    return consultation.needs_clinician and is_open and (visit is None or visit.end > now)


def letter_is_missed(task: Task, now: datetime.datetime) -> bool:
    """The letter was not delivered, and what it says is still so."""
    message, consultation = task.message, request_of(task)
    if message is None or message.state != MessageState.FAILED or consultation.erased_at:
        return False
    return truth.is_true(message, Clinic.objects.current(), now)


def letters_wait(task: Task, now: datetime.datetime) -> bool:
    """Letters wait because of our own mail account, or the clinic's own address fails."""
    if task.payload.get("reason") == "clinic-address":
        return Message.objects.filter(kind=MessageKind.CLINIC_NOTICE, state=MessageState.FAILED).exists()
    return Message.objects.filter(state=MessageState.QUEUED, is_of_our_account=True).exists()


def until_somebody_decides(task: Task, now: datetime.datetime) -> bool:
    """No time and no act of somebody else ends it: a person has to."""
    return True


#: For each kind of task, whether there is still a reason for it at a moment.
HAS_REASON: Mapping[str, Callable[[Task, datetime.datetime], bool]] = {
    TaskKind.CALL: patient_waits,
    TaskKind.CONFIRM: time_waits_to_be_confirmed,
    TaskKind.CALL_TO_CONFIRM: visit_is_to_come,
    TaskKind.CALL_TO_REMIND: visit_is_to_come,
    TaskKind.CALL_TO_TELL: patient_does_not_know,
    TaskKind.LOOK_AGAIN: clash_stands,
    TaskKind.HEALTH_ANSWER: answer_matters,
    TaskKind.NOT_DELIVERED: letter_is_missed,
    TaskKind.MAIL_FAILS: letters_wait,
    TaskKind.WAVE: until_somebody_decides,
    TaskKind.ERASING_WAITS: until_somebody_decides,
    TaskKind.LETTERS_HELD: until_somebody_decides,
}
