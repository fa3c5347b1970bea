"""What every act on a request is made of: the row is locked, what may be undone is kept, the step is noted.

Beside each act stands the one function that says whether it is possible: `can_be_…` for staff, `patient_can_…` for
patients. The act asks it before it changes anything, and the pages before they offer a button. Each takes the request,
its Visit (None without one) and the present moment; those that need less have the rest as None.
"""

import datetime
from typing import Any

from django.contrib.auth.models import User

from treatments.models import ConsultationRequest, RequestEvent
from treatments.values.visit import Visit


class NotPossible(Exception):
    """The request is in a state in which this act makes no sense; nothing was changed."""


class Overtaken(Exception):
    """Someone else did something to the request meanwhile; `event` is the newest that was done, and this was not."""

    def __init__(self, event: RequestEvent) -> None:
        super().__init__("Someone else was quicker.")
        self.event = event


def is_not_erased(
    consultation: ConsultationRequest, visit: Visit | None = None, now: datetime.datetime | None = None
) -> bool:
    """Whether there is still something of the patient to act on."""
    return consultation.erased_at is None


def locked(consultation: ConsultationRequest, *, seen: int | None = None) -> ConsultationRequest:
    """The request as the database holds it now, its row locked until the end of the transaction.

    `seen` is the id of the newest event that the screen showed to whoever acts; raises Overtaken if there is a newer
    one. With None nobody is held up.
    """
    found = ConsultationRequest.objects.select_for_update().get(pk=consultation.pk)
    if seen is not None:
        newest = found.events.select_related("by").last()
        if newest is not None and newest.pk != seen:
            raise Overtaken(newest)
    return found


#: What an act of staff may change and an undo puts back; nothing that is personal.
UNDONE = ("state", "way", "is_set_apart", "is_heard", "is_outside_hours", "offered_times")


def snapshot(consultation: ConsultationRequest, visit: Visit | None) -> dict[str, Any]:
    """What an act of staff may change, as plain data, to be put back when it is undone; `visit` is the Visit held.

    The columns of UNDONE by name; `wished_at` as ISO 8601 or None; `visit` as Visit.texts gives it, or None.
    """
    return {
        **{name: getattr(consultation, name) for name in UNDONE},
        "wished_at": consultation.wished_at and consultation.wished_at.isoformat(),
        "visit": visit and visit.texts(),
    }


def move(
    consultation: ConsultationRequest,
    state: str,
    act: str,
    *,
    at: datetime.datetime,
    by: User | None = None,
    was: str | None = None,
    before: dict[str, Any] | None = None,
) -> RequestEvent:
    """Bring the request into a state, one of RequestState, save it, and return the event that says who did it.

    `act` is one of Act; `by` is the member of staff, None for the patient. `was` is the state before, by default the
    request's own; empty for one that has just come in. `before` is the snapshot that an undo puts back, None for an
    act that cannot be undone.
    """
    event = RequestEvent.objects.create(
        request=consultation,
        act=act,
        state_before=consultation.state if was is None else was,
        state_after=state,
        by=by,
        at=at,
        before=before,
    )
    consultation.state = state
    consultation.heard_at = at
    consultation.save()
    return event
