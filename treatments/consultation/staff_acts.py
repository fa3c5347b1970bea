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

from treatments.consultation import booking
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
    consultation: ConsultationRequest, *, by: User, seen: int | None = None, now: datetime.datetime | None = None
) -> ConsultationRequest:
    """Confirm the time that the patient chose, before it begins."""
    now = now or timezone.now()
    clinic = Clinic.objects.locked()
    consultation = locked(consultation, seen=seen)
    visit = consultation.held_visit()
    before = snapshot(consultation, visit)
    if not can_be_confirmed(consultation, visit, now):
        raise NotPossible
    event = move(consultation, RequestState.CONFIRMED, Act.CONFIRMED, by=by, at=now, before=before)
    consultation.tasks.filter(kind=TaskKind.CONFIRM).end(event, now=now)
    outbox.follow(event, clinic)
    return consultation


def can_be_confirmed(consultation: ConsultationRequest, visit: Visit | None, now: datetime.datetime) -> bool:
    """Whether a time waits to be confirmed and has not begun."""
    return consultation.state == RequestState.REQUESTED and visit is not None and visit.lies_ahead(now)


@transaction.atomic
def offer(
    consultation: ConsultationRequest,
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
    consultation = locked(consultation, seen=seen)
    visit = consultation.held_visit()
    before = snapshot(consultation, visit)
    if not can_be_offered_times(consultation):
        raise NotPossible
    starts = [start for start in sorted(starts) if holding.may_be_offered(start, clinic, now)]
    if not starts:
        raise NotPossible
    # A visit that has begun keeps its place.
    visit = visit if visit and visit.lies_ahead(now) else None
    if visit:
        consultation.cells.all().delete()
    consultation.offered_times = " ".join(text_of(start) for start in starts)
    consultation.wished_at = None
    consultation.is_set_apart = False
    consultation.sequence += 1
    event = move(consultation, RequestState.OFFERED, Act.OFFERED, by=by, at=now, before=before)
    consultation.tasks.filter(kind__in=ANSWERS).end(event, now=now)
    outbox.offered(event, clinic, visit)
    return consultation


def can_be_offered_times(
    consultation: ConsultationRequest, visit: Visit | None = None, now: datetime.datetime | None = None
) -> bool:
    """Whether a letter with other times makes sense and has somewhere to go."""
    return booking.can_be_booked(consultation) and bool(consultation.email)


# Calls


@transaction.atomic
def called(
    consultation: ConsultationRequest,
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
    consultation = locked(consultation, seen=seen)
    visit = consultation.held_visit()
    before = snapshot(consultation, visit)
    if not can_be_called(consultation):
        raise NotPossible
    if outcome == Act.SPOKE:
        # A call does not undo a time that is held.
        lies_ahead = visit is not None and visit.lies_ahead(now)
        waits = consultation.state in (RequestState.REQUESTED, RequestState.OFFERED) and not lies_ahead
        state = RequestState.CALLED if waits else consultation.state
        consultation.offered_times = ""
        consultation.wished_at = None
        consultation.is_set_apart = False
        consultation.is_heard = True
        event = move(consultation, state, outcome, by=by, at=now, before=before)
        settling.spoke(consultation, event)
        outbox.noted(event)
        return consultation
    next_try = opening.next_try(clinic, now, visit, wished=next_try)
    event = move(consultation, consultation.state, outcome, by=by, at=now, before=before)
    settling.call_again(consultation, event, next_try)
    return consultation


def can_be_called(
    consultation: ConsultationRequest, visit: Visit | None = None, now: datetime.datetime | None = None
) -> bool:
    """Whether a call makes sense: something is still to come, or a task asks for it, which the database may tell."""
    if not is_not_erased(consultation):
        return False
    return (
        consultation.is_active or consultation.tasks.open().filter(kind__in=(*CALLS, TaskKind.NOT_DELIVERED)).exists()
    )


# The visit


@transaction.atomic
def attended(
    consultation: ConsultationRequest, *, by: User, seen: int | None = None, now: datetime.datetime | None = None
) -> ConsultationRequest:
    """The patient came."""
    return note_visit(consultation, RequestState.ATTENDED, Act.ATTENDED, can_be_attended, by=by, seen=seen, now=now)


def can_be_attended(consultation: ConsultationRequest, visit: Visit | None, now: datetime.datetime) -> bool:
    """Whether the visit has begun, and nobody has noted that the patient came."""
    return is_not_erased(consultation) and booking.has_begun(visit, now) and consultation.state != RequestState.ATTENDED


@transaction.atomic
def missed(
    consultation: ConsultationRequest, *, by: User, seen: int | None = None, now: datetime.datetime | None = None
) -> ConsultationRequest:
    """The patient did not come."""
    return note_visit(consultation, RequestState.MISSED, Act.MISSED, can_be_missed, by=by, seen=seen, now=now)


def can_be_missed(consultation: ConsultationRequest, visit: Visit | None, now: datetime.datetime) -> bool:
    """Whether the visit has begun, and nobody has noted that the patient did not come."""
    return is_not_erased(consultation) and booking.has_begun(visit, now) and consultation.state != RequestState.MISSED


def note_visit(
    consultation: ConsultationRequest,
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
    consultation = locked(consultation, seen=seen)
    visit = consultation.held_visit()
    before = snapshot(consultation, visit)
    if not is_possible(consultation, visit, now):
        raise NotPossible
    consultation.is_heard = consultation.is_heard or state == RequestState.ATTENDED
    outbox.noted(move(consultation, state, act, by=by, at=now, before=before))
    return consultation


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
    clinic = Clinic.objects.locked()
    consultation = locked(task.request, seen=seen)
    before = snapshot(consultation, consultation.held_visit())
    if not consultation.tasks.open().filter(pk=task.pk).exists():
        raise NotPossible
    if note is not None:
        consultation.note = note
    event = move(consultation, consultation.state, act, by=by, at=now, before=before)
    consultation.tasks.filter(pk=task.pk).end(event, now=now)
    outbox.noted(event)
    # A visit that is kept for one reason may not fit for another.
    outbox.look_again(event, clinic)
    return consultation


@transaction.atomic
def write_note(
    consultation: ConsultationRequest,
    note: str,
    *,
    by: User,
    seen: int | None = None,
    now: datetime.datetime | None = None,
) -> ConsultationRequest:
    """Let the request have this note, in the place of the one before; there is no undo. It is erased with the rest."""
    now = now or timezone.now()
    consultation = locked(consultation, seen=seen)
    if not is_not_erased(consultation):
        raise NotPossible
    consultation.note = note
    move(consultation, consultation.state, Act.NOTED, by=by, at=now)
    return consultation
