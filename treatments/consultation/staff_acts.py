"""What staff do to a consultation request. Each act is one transaction, says who did it, and can be undone for a while.

Every act takes `by`, the member of staff, and `seen`, the id of the newest event that she has read. It raises
acting.NotPossible where it makes no sense, and acting.Overtaken if someone else was quicker; then nothing changed.
"""

import datetime

from django.db import transaction
from django.utils import timezone

from treatments.consultation import booking, limits
from treatments.consultation.acting import NotPossible, is_not_erased, locked, move, snapshot
from treatments.follow_up import outbox, settling
from treatments.models import Act, Clinic, ConsultationRequest, RequestState, TaskKind
from treatments.models.task import ANSWERS, CALLS
from treatments.times import holding, opening
from treatments.values.moments import text_of
from treatments.values.visit import Visit

# The time


@transaction.atomic
def confirm(request, *, by, seen=None, now=None):
    """Confirm the time that the patient chose, before it begins."""
    now = now or timezone.now()
    clinic = Clinic.objects.locked()
    request = locked(request, seen=seen)
    visit = request.held_visit()
    before = snapshot(request, visit)
    if not can_be_confirmed(request, visit, now):
        raise NotPossible
    event = move(request, RequestState.CONFIRMED, Act.CONFIRMED, by=by, at=now, before=before)
    request.tasks.filter(kind=TaskKind.CONFIRM).end(event, now=now)
    outbox.follow(event, clinic)
    return request


def can_be_confirmed(request: ConsultationRequest, visit: Visit | None, now: datetime.datetime) -> bool:
    """Whether a time waits to be confirmed and has not begun."""
    return request.state == RequestState.REQUESTED and visit is not None and visit.lies_ahead(now)


@transaction.atomic
def offer(request, starts, *, by, seen=None, now=None):
    """Send the patient times to choose from; what was held is given back. `starts` are moments.

    None of them is held: each goes to whoever takes it first, as the letter says.
    """
    now = now or timezone.now()
    clinic = Clinic.objects.locked()
    request = locked(request, seen=seen)
    visit = request.held_visit()
    before = snapshot(request, visit)
    if not can_be_offered_times(request):
        raise NotPossible
    starts = [start for start in sorted(starts) if holding.may_be_offered(start, clinic, now)]
    if not starts:
        raise NotPossible
    # What is over stays as it was.
    visit = ahead(visit, now)
    if visit:
        request.cells.all().delete()
    request.offered_times = " ".join(text_of(start) for start in starts)
    request.wished_at = None
    request.is_set_apart = False
    request.sequence += 1
    event = move(request, RequestState.OFFERED, Act.OFFERED, by=by, at=now, before=before)
    request.tasks.filter(kind__in=ANSWERS).end(event, now=now)
    outbox.offered(event, clinic, visit)
    return request


def can_be_offered_times(
    request: ConsultationRequest, visit: Visit | None = None, now: datetime.datetime | None = None
) -> bool:
    """Whether a letter with other times makes sense and has somewhere to go."""
    return booking.can_be_booked(request) and bool(request.email)


def ahead(visit, now):
    """The Visit if it is still to come; else None."""
    return visit if visit and visit.lies_ahead(now) else None


@transaction.atomic
def it_is_real(request, *, by, seen=None, now=None):
    """A request that was set apart is a patient's: it takes the wished time if that is free, else waits for a call."""
    now = now or timezone.now()
    clinic = Clinic.objects.locked()
    request = locked(request, seen=seen)
    before = snapshot(request, request.held_visit())
    if not is_to_check(request):
        raise NotPossible
    request.is_set_apart = False
    state = RequestState.REQUESTED
    is_free = holding.can_take_wish(request, clinic, now)
    if is_free and not limits.would_be_second_place(request, request.wished_at, clinic, now):
        holding.hold(request, request.wished_at, clinic, now, by=by)
        state = RequestState.CONFIRMED
    else:
        request.wished_at = None
    event = move(request, state, Act.IS_REAL, by=by, at=now, before=before)
    outbox.follow(event, clinic)
    return request


def is_to_check(request: ConsultationRequest, visit: Visit | None = None, now: datetime.datetime | None = None) -> bool:
    """Whether it was set apart and nobody has decided on it."""
    return request.is_set_apart and request.state == RequestState.REQUESTED


@transaction.atomic
def remove(request, *, by, seen=None, now=None):
    """End a request that was set apart and is a machine's; nobody is written to."""
    now = now or timezone.now()
    request = locked(request, seen=seen)
    before = snapshot(request, request.held_visit())
    if not is_to_check(request):
        raise NotPossible
    request.wished_at = None
    outbox.noted(move(request, RequestState.CANCELLED, Act.REMOVED, by=by, at=now, before=before))
    return request


def remove_all(requests, *, by, now=None):
    """Remove those of many requests that are still set apart; how many."""
    removed = 0
    for request in requests:
        try:
            remove(request, by=by, now=now)
            removed += 1
        except NotPossible:
            continue
    return removed


# Calls


@transaction.atomic
def called(request, outcome, *, next_try=None, by, seen=None, now=None):
    """Note a call: Act.NO_ANSWER, LEFT_MESSAGE or SPOKE. Unless they spoke, it is to be tried again at `next_try`.

    Having spoken ends every call, and what a letter did not bring. A time that waits to be confirmed goes on waiting,
    with its task; a patient who was only to be called is Called.
    """
    now = now or timezone.now()
    clinic = Clinic.objects.locked()
    request = locked(request, seen=seen)
    visit = request.held_visit()
    before = snapshot(request, visit)
    if not can_be_called(request):
        raise NotPossible
    if outcome == Act.SPOKE:
        # A call does not undo a time that is held.
        waits = request.state in (RequestState.REQUESTED, RequestState.OFFERED) and not ahead(visit, now)
        state = RequestState.CALLED if waits else request.state
        request.offered_times = ""
        request.wished_at = None
        request.is_set_apart = False
        request.is_heard = True
        event = move(request, state, outcome, by=by, at=now, before=before)
        settling.spoke(request, event)
        outbox.noted(event)
        return request
    next_try = opening.next_try(clinic, now, visit, wished=next_try)
    event = move(request, request.state, outcome, by=by, at=now, before=before)
    settling.call_again(request, event, next_try)
    return request


def can_be_called(
    request: ConsultationRequest, visit: Visit | None = None, now: datetime.datetime | None = None
) -> bool:
    """Whether a call makes sense: something is still to come, or a task asks for it, which may take a query."""
    if not is_not_erased(request):
        return False
    return request.is_active or request.tasks.open().filter(kind__in=(*CALLS, TaskKind.NOT_DELIVERED)).exists()


# The visit


@transaction.atomic
def attended(request, *, by, seen=None, now=None):
    """The patient came."""
    return note_visit(request, RequestState.ATTENDED, Act.ATTENDED, can_be_attended, by=by, seen=seen, now=now)


def can_be_attended(request: ConsultationRequest, visit: Visit | None, now: datetime.datetime) -> bool:
    """Whether the visit has begun, and nobody has noted that the patient came."""
    return is_not_erased(request) and booking.has_begun(visit, now) and request.state != RequestState.ATTENDED


@transaction.atomic
def missed(request, *, by, seen=None, now=None):
    """The patient did not come."""
    return note_visit(request, RequestState.MISSED, Act.MISSED, can_be_missed, by=by, seen=seen, now=now)


def can_be_missed(request: ConsultationRequest, visit: Visit | None, now: datetime.datetime) -> bool:
    """Whether the visit has begun, and nobody has noted that the patient did not come."""
    return is_not_erased(request) and booking.has_begun(visit, now) and request.state != RequestState.MISSED


def note_visit(request, state, act, is_possible, *, by, seen, now):
    """Note how a visit that has begun went."""
    now = now or timezone.now()
    request = locked(request, seen=seen)
    visit = request.held_visit()
    before = snapshot(request, visit)
    if not is_possible(request, visit, now):
        raise NotPossible
    request.is_heard = request.is_heard or state == RequestState.ATTENDED
    outbox.noted(move(request, state, act, by=by, at=now, before=before))
    return request


# Tasks and notes


@transaction.atomic
def end_task(task, act, *, by, note=None, seen=None, now=None):
    """End a task about a request by its own verb; `note`, if it is given, becomes the request's.

    Act.LOOKED_AT for a health answer, KEPT for a visit to look at again, TOLD for a letter that was not delivered.
    """
    now = now or timezone.now()
    request = locked(task.request, seen=seen)
    before = snapshot(request, request.held_visit())
    if not request.tasks.open().filter(pk=task.pk).exists():
        raise NotPossible
    if note is not None:
        request.note = note
    event = move(request, request.state, act, by=by, at=now, before=before)
    request.tasks.filter(pk=task.pk).end(event, now=now)
    outbox.noted(event)
    return request


@transaction.atomic
def write_note(request, note, *, by, seen=None, now=None):
    """Keep a note on a request, erased with it; there is no undo."""
    now = now or timezone.now()
    request = locked(request, seen=seen)
    if not is_not_erased(request):
        raise NotPossible
    request.note = note
    move(request, request.state, Act.NOTED, by=by, at=now)
    return request
