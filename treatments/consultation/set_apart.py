"""What staff decide on requests that were set apart, because they look like a machine's or are too many."""

import datetime
from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from treatments.consultation import limits
from treatments.consultation.acting import NotPossible, locked, move, snapshot
from treatments.follow_up import outbox
from treatments.models import Act, Clinic, ConsultationRequest, RequestState
from treatments.times import holding
from treatments.values.visit import Visit


@transaction.atomic
def it_is_real(
    consultation: ConsultationRequest, *, by: User, seen: int | None = None, now: datetime.datetime | None = None
) -> ConsultationRequest:
    """A request that was set apart is a patient's: it takes the wished time if that is free, else waits for a call."""
    now = now or timezone.now()
    clinic = Clinic.objects.locked()
    consultation = locked(consultation, seen=seen)
    before = snapshot(consultation, consultation.held_visit())
    if not is_to_check(consultation):
        raise NotPossible
    consultation.is_set_apart = False
    state = RequestState.REQUESTED
    wished, is_free = consultation.wished_at, holding.can_take_wish(consultation, clinic, now)
    if wished is not None and is_free and not limits.would_be_second_place(consultation, wished, clinic, now):
        holding.hold(consultation, wished, clinic, now, by=by)
        state = RequestState.CONFIRMED
    else:
        consultation.wished_at = None
    event = move(consultation, state, Act.IS_REAL, by=by, at=now, before=before)
    outbox.follow(event, clinic)
    return consultation


def is_to_check(
    consultation: ConsultationRequest, visit: Visit | None = None, now: datetime.datetime | None = None
) -> bool:
    """Whether it was set apart and nobody has decided on it."""
    return consultation.is_set_apart and consultation.state == RequestState.REQUESTED


@transaction.atomic
def remove(
    consultation: ConsultationRequest, *, by: User, seen: int | None = None, now: datetime.datetime | None = None
) -> ConsultationRequest:
    """End a request that was set apart and is a machine's; nobody is written to."""
    now = now or timezone.now()
    consultation = locked(consultation, seen=seen)
    before = snapshot(consultation, consultation.held_visit())
    if not is_to_check(consultation):
        raise NotPossible
    consultation.wished_at = None
    outbox.noted(move(consultation, RequestState.CANCELLED, Act.REMOVED, by=by, at=now, before=before))
    return consultation


def remove_all(requests: Iterable[ConsultationRequest], *, by: User, now: datetime.datetime | None = None) -> int:
    """Remove those of many requests that are still set apart, each in its own transaction; how many they were."""
    removed = 0
    for consultation in requests:
        try:
            remove(consultation, by=by, now=now)
            removed += 1
        except NotPossible:
            continue
    return removed
