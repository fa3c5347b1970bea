"""Why a task is open: for each kind, whether there is still a reason for it."""

import datetime

from treatments.follow_up import letters
from treatments.models import (
    Clinic,
    Message,
    MessageKind,
    MessageState,
    RequestState,
    TaskKind,
)
from treatments.times import clashes


def has_reason(task, now):
    """Whether there is still a reason for an open task."""
    return HAS_REASON[task.kind](task, now)


def patient_waits(task, now):
    """For an answer: nothing is held that lies ahead, or it was offered times."""
    request = task.request
    if request.erased_at or request.state not in (RequestState.REQUESTED, RequestState.OFFERED):
        return False
    visit = request.held_visit()
    return visit is None or visit.start <= now


def time_waits_to_be_confirmed(task, now):
    visit = task.request.held_visit()
    return task.request.state == RequestState.REQUESTED and visit is not None and visit.lies_ahead(now)


def visit_is_to_come(task, now):
    visit = task.request.held_visit()
    return task.request.state == RequestState.CONFIRMED and visit is not None and visit.lies_ahead(now)


def patient_does_not_know(task, now):
    """It is cancelled, and what was cancelled is not over."""
    start = task.payload.get("start")
    is_over = start is not None and datetime.datetime.fromisoformat(start) <= now
    return task.request.state == RequestState.CANCELLED and not task.request.erased_at and not is_over


def clash_stands(task, now):
    return clashes.stands(task, Clinic.objects.prefetched(), now)


def answer_matters(task, now):
    """Something is still to come for a patient who said yes to a health question."""
    request, visit = task.request, task.request.held_visit()
    return request.needs_clinician and request.is_active and (visit is None or visit.end > now)


def letter_is_missed(task, now):
    """The letter was not delivered, and what it says is still so."""
    message, request = task.message, task.request
    is_failed = message.state == MessageState.FAILED and not request.erased_at
    return is_failed and letters.is_true(message, Clinic.objects.current(), now)


def letters_wait(task, now):
    """Letters wait because of our own mail account, or the clinic's own address fails."""
    if task.payload.get("reason") == "clinic-address":
        return Message.objects.filter(kind=MessageKind.CLINIC_NOTICE, state=MessageState.FAILED).exists()
    return Message.objects.filter(state=MessageState.QUEUED, is_of_our_account=True).exists()


def until_somebody_decides(task, now):
    return True


HAS_REASON = {
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
}
