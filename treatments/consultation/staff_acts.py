"""What staff do to a consultation request. Each act is one transaction, says who did it, and can be undone for a while.

Every act takes `by`, the member of staff, `seen`, the id of the newest event that the screen showed to them, and `now`,
an aware moment, by default the present one. It returns the request as it is afterwards, or raises acting.NotPossible
where it makes no sense, and acting.Overtaken if someone else was quicker; then nothing has changed.
"""

import datetime
from collections.abc import Callable, Iterable

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from treatments.consultation import booking, limits
from treatments.consultation.acting import NotPossible, is_not_erased, locked, move, snapshot
from treatments.follow_up import outbox, settling
from treatments.models import Act, Clinic, ConsultationRequest, RequestState, Task, TaskKind
from treatments.models.task import ANSWERS, CALLS
from treatments.times import holding, opening
from treatments.values.moments import text_of
from treatments.values.visit import Visit

# The time


@transaction.atomic
def confirm(
    request: ConsultationRequest, *, by: User, seen: int | None = None, now: datetime.datetime | None = None
) -> ConsultationRequest:
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
def offer(
    request: ConsultationRequest,
    starts: Iterable[datetime.datetime],
    *,
    by: User,
    seen: int | None = None,
    now: datetime.datetime | None = None,
) -> ConsultationRequest:
    """Send the patient times to choose from, the visits that begin at `starts`; what was held is given back.

    None of them is held: each goes to whoever takes it first, as the letter says. Those that may not be offered are
    left out; where nothing is left it raises NotPossible.
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
    # A visit that has begun keeps its place.
    visit = visit if visit and visit.lies_ahead(now) else None
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


@transaction.atomic
def it_is_real(
    request: ConsultationRequest, *, by: User, seen: int | None = None, now: datetime.datetime | None = None
) -> ConsultationRequest:
    """A request that was set apart is a patient's: it takes the wished time if that is free, else waits for a call."""
    now = now or timezone.now()
    clinic = Clinic.objects.locked()
    request = locked(request, seen=seen)
    before = snapshot(request, request.held_visit())
    if not is_to_check(request):
        raise NotPossible
    request.is_set_apart = False
    state = RequestState.REQUESTED
    wished, is_free = request.wished_at, holding.can_take_wish(request, clinic, now)
    if wished is not None and is_free and not limits.would_be_second_place(request, wished, clinic, now):
        holding.hold(request, wished, clinic, now, by=by)
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
def remove(
    request: ConsultationRequest, *, by: User, seen: int | None = None, now: datetime.datetime | None = None
) -> ConsultationRequest:
    """End a request that was set apart and is a machine's; nobody is written to."""
    now = now or timezone.now()
    request = locked(request, seen=seen)
    before = snapshot(request, request.held_visit())
    if not is_to_check(request):
        raise NotPossible
    request.wished_at = None
    outbox.noted(move(request, RequestState.CANCELLED, Act.REMOVED, by=by, at=now, before=before))
    return request


def remove_all(requests: Iterable[ConsultationRequest], *, by: User, now: datetime.datetime | None = None) -> int:
    """Remove those of many requests that are still set apart, each in its own transaction; how many they were."""
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
def called(
    request: ConsultationRequest,
    outcome: str,
    *,
    next_try: datetime.datetime | None = None,
    by: User,
    seen: int | None = None,
    now: datetime.datetime | None = None,
) -> ConsultationRequest:
    """Note a call, whose `outcome` is Act.NO_ANSWER, LEFT_MESSAGE or SPOKE.

    Unless they spoke, it is to be tried again at the moment `next_try`, moved into opening time; without one, when
    `opening.next_try` says. Having spoken ends the tasks to call and those about letters that were not delivered. A
    time that waits to be confirmed goes on waiting, with its task; without one the request is then Called.
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
        lies_ahead = visit is not None and visit.lies_ahead(now)
        waits = request.state in (RequestState.REQUESTED, RequestState.OFFERED) and not lies_ahead
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
    """Whether a call makes sense: something is still to come, or a task asks for it, which the database may tell."""
    if not is_not_erased(request):
        return False
    return request.is_active or request.tasks.open().filter(kind__in=(*CALLS, TaskKind.NOT_DELIVERED)).exists()


# The visit


@transaction.atomic
def attended(
    request: ConsultationRequest, *, by: User, seen: int | None = None, now: datetime.datetime | None = None
) -> ConsultationRequest:
    """The patient came."""
    return note_visit(request, RequestState.ATTENDED, Act.ATTENDED, can_be_attended, by=by, seen=seen, now=now)


def can_be_attended(request: ConsultationRequest, visit: Visit | None, now: datetime.datetime) -> bool:
    """Whether the visit has begun, and nobody has noted that the patient came."""
    return is_not_erased(request) and booking.has_begun(visit, now) and request.state != RequestState.ATTENDED


@transaction.atomic
def missed(
    request: ConsultationRequest, *, by: User, seen: int | None = None, now: datetime.datetime | None = None
) -> ConsultationRequest:
    """The patient did not come."""
    return note_visit(request, RequestState.MISSED, Act.MISSED, can_be_missed, by=by, seen=seen, now=now)


def can_be_missed(request: ConsultationRequest, visit: Visit | None, now: datetime.datetime) -> bool:
    """Whether the visit has begun, and nobody has noted that the patient did not come."""
    return is_not_erased(request) and booking.has_begun(visit, now) and request.state != RequestState.MISSED


def note_visit(
    request: ConsultationRequest,
    state: RequestState,
    act: Act,
    is_possible: Callable[[ConsultationRequest, Visit | None, datetime.datetime], bool],
    *,
    by: User,
    seen: int | None,
    now: datetime.datetime | None,
) -> ConsultationRequest:
    """Note how a visit that has begun went, if `is_possible`, one of the functions `can_be_…`, says so."""
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
def end_task(
    task: Task,
    act: Act,
    *,
    by: User,
    note: str | None = None,
    seen: int | None = None,
    now: datetime.datetime | None = None,
) -> ConsultationRequest:
    """End a task about a request by its own act; `note`, if it is given, takes the place of the request's note.

    Act.LOOKED_AT for a health answer, KEPT for a visit to look at again, TOLD for a letter that was not delivered.
    """
    now = now or timezone.now()
    if task.request is None:
        raise NotPossible
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
def write_note(
    request: ConsultationRequest, note: str, *, by: User, seen: int | None = None, now: datetime.datetime | None = None
) -> ConsultationRequest:
    """Let the request have this note, in the place of the one before; there is no undo. It is erased with the rest."""
    now = now or timezone.now()
    request = locked(request, seen=seen)
    if not is_not_erased(request):
        raise NotPossible
    request.note = note
    move(request, request.state, Act.NOTED, by=by, at=now)
    return request
