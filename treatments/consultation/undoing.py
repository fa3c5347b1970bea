"""Undoing an act of staff, while what it had to say has not gone out."""

import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from treatments.consultation import limits
from treatments.consultation.acting import UNDONE, locked, move
from treatments.follow_up import outbox, settling
from treatments.models import Act, Clinic, MessageState, RequestEvent
from treatments.times import holding
from treatments.values.visit import Visit


class TooLate(Exception):
    """An act cannot be undone any more; `reason` says why."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def undo(event, *, by, now=None):
    """Put a request back to what it was before the newest act of staff, and take back what that act had to say.

    The number of changes only ever grows, so that calendars take what comes next. Raises TooLate when two minutes are
    over, something was sent, someone has acted since, or the time has gone.
    """
    now = now or timezone.now()
    clinic = Clinic.objects.locked()
    request = locked(event.request)
    event = request.events.last() if request.events.last() == event else None
    if event is None or not holds_what_was(event):
        raise TooLate("newer")
    made = event.made.select_for_update()
    if not is_recent(event, now) or any(message.is_on_its_way(now) for message in made):
        raise TooLate("sent")
    made.delete()
    event.tasks_made.all().delete()
    event.ended.update(state=MessageState.QUEUED, ended_by=None)
    settling.reopen(event)
    put_back(request, event.before, clinic, now)
    outbox.noted(move(request, event.before["state"], Act.UNDONE, by=by, at=now))
    return request


def can_be_undone(event: RequestEvent, now: datetime.datetime) -> bool:
    """Whether the newest event of a request is an act of staff not two minutes old, for which there is a button.

    Whether its letters are still here, and its time still free, is looked at when it is undone.
    """
    return holds_what_was(event) and is_recent(event, now)


def holds_what_was(event: RequestEvent) -> bool:
    """Whether an event holds what the request was before it; acts of patients do not, nor do very old ones."""
    return event.before is not None and "visit" in event.before


def is_recent(event: RequestEvent, now: datetime.datetime) -> bool:
    return now <= event.at + outbox.UNDO


def put_back(request, before, clinic, now):
    """Give a request back what an act took from it; TooLate if there is no place for its visit any more."""
    visit = before["visit"] and Visit.from_texts(before["visit"])
    if visit != request.held_visit():
        request.sequence += 1
        if visit is None:
            request.cells.all().delete()
        elif limits.holds_a_place(request, visit, now) or not holding.hold_again(request, visit, clinic):
            raise TooLate("gone")
    for name in UNDONE:
        if name != "state":
            setattr(request, name, before[name])
    request.wished_at = before["wished_at"] and parse_datetime(before["wished_at"])
