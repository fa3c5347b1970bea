"""Undoing an act of staff, while what it had to say has not gone out."""

import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from treatments.consultation import limits
from treatments.consultation.acting import UNDONE, locked, move
from treatments.follow_up import outbox, settling
from treatments.models import Act, Clinic, ConsultationRequest, MessageState, RequestEvent
from treatments.times import holding
from treatments.values.visit import Visit


class TooLate(Exception):
    """An act cannot be undone any more; `reason` says why: "newer", "sent" or "gone", as `undo` explains them."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def undo(event: RequestEvent, *, by: User, now: datetime.datetime | None = None) -> ConsultationRequest:
    """Put a request back to what it was before the newest act of staff, and take back what that act had to say.

    Returns the request; its `sequence` only ever grows, so that calendars take what comes next. A visit that lies
    outside the hours by now is held again, and goes on the list of those to look at again. Raises TooLate, after
    which nothing has changed: "newer" when someone has acted since or the event cannot be undone, "sent" when two
    minutes are over or a letter has gone out, "gone" when there is no place for the visit any more.
    """
    now = now or timezone.now()
    clinic = Clinic.objects.locked()
    consultation = locked(event.request)
    newest = consultation.events.last()
    before = what_was(newest) if newest is not None and newest == event else None
    if newest is None or before is None:
        raise TooLate("newer")
    made = newest.made.select_for_update()
    if not is_recent(newest, now) or any(message.is_on_its_way(now) for message in made):
        raise TooLate("sent")
    made.delete()
    newest.tasks_made.all().delete()
    newest.ended.update(state=MessageState.QUEUED, ended_by=None)
    settling.reopen(newest)
    given_up = consultation.held_visit()
    put_back(consultation, before, clinic, now)
    event = move(consultation, before["state"], Act.UNDONE, by=by, at=now)
    outbox.undone(event, clinic, given_up, before.get("told", ""))
    return consultation


def can_be_undone(event: RequestEvent, now: datetime.datetime) -> bool:
    """Whether the newest event of a request is an act of staff not two minutes old, for which there is a button.

    Whether its letters are still here, and its time still free, is looked at when it is undone.
    """
    return what_was(event) is not None and is_recent(event, now)


def what_was(event: RequestEvent) -> dict[str, Any] | None:
    """What the request was before an act of staff, as `acting.snapshot` gives it.

    None for what cannot be undone: acts of patients, some of staff, and events of early releases, which lack the visit.
    """
    before: dict[str, Any] | None = event.before
    return before if before is not None and "visit" in before else None


def is_recent(event: RequestEvent, now: datetime.datetime) -> bool:
    """Whether the two minutes in which an act can be undone are not over."""
    return now <= event.at + outbox.UNDO


def put_back(consultation: ConsultationRequest, before: dict[str, Any], clinic: Clinic, now: datetime.datetime) -> None:
    """Give a request back what an act took from it, but for its state; `before` is what it was.

    Raises TooLate if there is no place for its visit any more.
    """
    visit = before["visit"] and Visit.from_texts(before["visit"])
    if visit != consultation.held_visit():
        consultation.sequence += 1
        if visit is None:
            consultation.cells.all().delete()
        elif limits.holds_a_place(consultation, visit, now) or not holding.hold_again(consultation, visit, clinic):
            raise TooLate("gone")
    for name in UNDONE:
        if name != "state":
            setattr(consultation, name, before[name])
    consultation.wished_at = before["wished_at"] and parse_datetime(before["wished_at"])
