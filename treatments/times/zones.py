"""Another time zone of the clinic: what patients were told stays, and the moments move."""

import datetime
from typing import Any

from django.db.models import F, Q

from treatments.models import Clinic, ConsultationRequest, Message, MessageState, SeatCell, Task
from treatments.times.clashes import held_visits
from treatments.times.holding import offered_moments
from treatments.values.availability import CELL, UTC, lowest_free
from treatments.values.moments import text_of

#: Payloads of letters and tasks in which a moment stands that moves with its visit.
MOMENTS = ("start", "end", "was")


def moved(moment: datetime.datetime, old: datetime.tzinfo, new: datetime.tzinfo) -> datetime.datetime:
    """The moment at which a clock of the new zone shows what one of the old zone shows at this one."""
    return moment.astimezone(old).replace(tzinfo=new).astimezone(UTC)


def told_times(now: datetime.datetime, zone: datetime.tzinfo) -> list[tuple[ConsultationRequest, datetime.datetime]]:
    """(request, moment) of every visit ahead, the soonest first; the moment in a zone, as the patient was told it."""
    visits = held_visits(now, None)
    requests = ConsultationRequest.objects.in_bulk(visits)
    ahead = [(requests[pk], cells[0].astimezone(zone)) for pk, cells in visits.items() if cells[0] > now]
    return sorted(ahead, key=lambda found: (found[1], found[0].pk))


def keep_told_times(clinic: Clinic, old: datetime.tzinfo, new: datetime.tzinfo, now: datetime.datetime) -> None:
    """Move every visit ahead, wish, offer, promise, closure and waiting letter, so that its time on the clock stays.

    Call with the clinic's row locked, in the transaction that saves the new zone.
    """
    move_visits(old, new, now)
    for consultation in ConsultationRequest.objects.filter(wished_at__gt=now):
        # The rows were asked for by it.
        assert consultation.wished_at is not None
        ConsultationRequest.objects.filter(pk=consultation.pk).update(wished_at=moved(consultation.wished_at, old, new))
    for consultation in ConsultationRequest.objects.active().exclude(offered_times=""):
        offered = [text_of(moved(moment, old, new)) for moment in offered_moments(consultation)]
        ConsultationRequest.objects.filter(pk=consultation.pk).update(offered_times=" ".join(offered))
    for closure in clinic.closures.filter(ends_at__gt=now):
        starts_at, ends_at = moved(closure.starts_at, old, new), moved(closure.ends_at, old, new)
        clinic.closures.filter(pk=closure.pk).update(starts_at=starts_at, ends_at=ends_at)
    for task in Task.objects.open().filter(request__isnull=False):
        due_at = moved(task.due_at, old, new) if task.due_at > now else task.due_at
        Task.objects.filter(pk=task.pk).update(due_at=due_at, payload=moved_payload(task.payload, old, new))
    ahead = Q(request__in=SeatCell.objects.filter(starts_at__gt=now).values("request"))
    unsent = Q(state__in=(MessageState.QUEUED, MessageState.FAILED), request__isnull=False)
    for message in Message.objects.filter(ahead | unsent):
        is_waiting = message.state == MessageState.QUEUED and message.not_before > now
        later = moved(message.not_before, old, new) if is_waiting else message.not_before
        details = moved_payload(message.payload, old, new)
        Message.objects.filter(pk=message.pk).update(not_before=later, payload=details)


def move_visits(old: datetime.tzinfo, new: datetime.tzinfo, now: datetime.datetime) -> None:
    """Move the cells of every visit ahead; each takes the lowest free numbers of its new moments."""
    visits = {pk: cells for pk, cells in held_visits(now, None).items() if cells[0] > now}
    SeatCell.objects.filter(request__in=visits, starts_at__gt=now).delete()
    taken = SeatCell.objects.taken(now - datetime.timedelta(days=1), now + datetime.timedelta(days=800))
    rows = []
    for pk, cells in sorted(visits.items()):
        start = moved(cells[0], old, new)
        for number in range(len(cells)):
            cell = start + CELL * number
            seat = lowest_free(taken[cell])
            taken[cell].add(seat)
            rows.append(SeatCell(request_id=pk, seat=seat, starts_at=cell))
    SeatCell.objects.bulk_create(rows, batch_size=1000)
    ConsultationRequest.objects.filter(pk__in=visits).update(sequence=F("sequence") + 1)


def moved_payload(payload: dict[str, Any], old: datetime.tzinfo, new: datetime.tzinfo) -> dict[str, Any]:
    """The same details with their moments moved."""
    return {
        name: moved(datetime.datetime.fromisoformat(value), old, new).isoformat()
        if name in MOMENTS and value
        else value
        for name, value in payload.items()
    }
