"""Another time zone of the clinic: what patients were told stays, and the moments move."""

import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from treatments.models import (
    Clinic,
    ConsultationRequest,
    Message,
    MessageState,
    RequestEvent,
    SeatCell,
    Task,
    TaskKind,
    TaskState,
)
from treatments.models.message import REMINDERS
from treatments.times.clashes import ZONE, Clash, held_visits, on_the_clock
from treatments.values.availability import CELL, HOUR, UTC, lowest_free
from treatments.values.moments import moment_of, text_of
from treatments.values.visit import Visit

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


def keep_told_times(clinic: Clinic, old: datetime.tzinfo, new: datetime.tzinfo, now: datetime.datetime) -> list[Clash]:
    """Move every visit ahead, wish, offer, promise, closure and waiting letter, so that its time on the clock stays.

    With what an undo would put back. A visit whose time is over on the new clock stays at its moment, with its tasks
    and letters; returns these, to be looked at again. Call with the clinic's row locked, in the transaction that saves
    the new zone.
    """
    ahead = {pk: cells for pk, cells in held_visits(now, None).items() if cells[0] > now}
    stay = {pk: cells for pk, cells in ahead.items() if moved(cells[0], old, new) <= now}
    move_visits({pk: cells for pk, cells in ahead.items() if pk not in stay}, old, new, now)
    move_what_can_be_undone(old, new, now)
    for consultation in ConsultationRequest.objects.filter(wished_at__gt=now):
        # The rows were asked for by it.
        assert consultation.wished_at is not None
        ConsultationRequest.objects.filter(pk=consultation.pk).update(wished_at=moved(consultation.wished_at, old, new))
    for consultation in ConsultationRequest.objects.active().exclude(offered_times=""):
        offered = moved_offers(consultation.offered_times, old, new)
        ConsultationRequest.objects.filter(pk=consultation.pk).update(offered_times=offered)
    for closure in clinic.closures.filter(ends_at__gt=now):
        starts_at, ends_at = moved(closure.starts_at, old, new), moved(closure.ends_at, old, new)
        clinic.closures.filter(pk=closure.pk).update(starts_at=starts_at, ends_at=ends_at)
    undoable = acts_of_staff(now)
    is_kept_for_undo = Q(ended_by__in=undoable)
    of_requests = Task.objects.filter(Q(state=TaskState.OPEN) | is_kept_for_undo, request__isnull=False)
    for task in of_requests.exclude(request__in=stay):
        due_at = moved(task.due_at, old, new) if task.due_at > now else task.due_at
        Task.objects.filter(pk=task.pk).update(due_at=due_at, payload=moved_payload(task.payload, old, new))
    about_visit = Q(request__in=SeatCell.objects.filter(starts_at__gt=now).values("request"))
    about_act = Q(request__in=undoable.values("request"))
    unsent = Q(state__in=(MessageState.QUEUED, MessageState.FAILED), request__isnull=False)
    for message in Message.objects.filter(about_visit | about_act | unsent).exclude(request__in=stay):
        is_waiting = message.kind in REMINDERS and message.not_before > now
        later = moved(message.not_before, old, new) if is_waiting else message.not_before
        details = moved_payload(message.payload, old, new)
        Message.objects.filter(pk=message.pk).update(not_before=later, payload=details)
    return told_otherwise({pk: cells[0] for pk, cells in stay.items()}, old, new)


def keep_moments(old: datetime.tzinfo, new: datetime.tzinfo, now: datetime.datetime) -> list[Clash]:
    """Leave every visit ahead at its moment, at another time on the clock; returns these, to be looked at again.

    So is a visit that an undo brings back, from then on. Call like `keep_told_times`.
    """
    for event in acts_of_staff(now):
        RequestEvent.objects.filter(pk=event.pk).update(before=with_told(event.before or {}, old))
    ahead = {pk: cells[0] for pk, cells in held_visits(now, None).items() if cells[0] > now}
    return told_otherwise(ahead, old, new)


def told_otherwise(starts: dict[int, datetime.datetime], old: datetime.tzinfo, new: datetime.tzinfo) -> list[Clash]:
    """The clashes of those visits, by request, whose patients were told another time on the clock than it shows by now.

    Where somebody has already to tell the patient, what that task says counts.
    """
    requests = ConsultationRequest.objects.exclude(
        pk__in=Task.objects.open().filter(kind=TaskKind.LOOK_AGAIN, payload__reason=ZONE).values("request")
    ).in_bulk(starts)
    return [
        Clash(requests[pk], start, ZONE, on_the_clock(start, old))
        for pk, start in starts.items()
        if pk in requests and moved(start, old, new) != start
    ]


def with_told(before: dict[str, Any], old: datetime.tzinfo) -> dict[str, Any]:
    """What an undo puts back, with the time on the clock that the patient was told of the visit, in the old zone."""
    if not before.get("visit"):
        return before
    return {"told": on_the_clock(Visit.from_texts(before["visit"]).start, old), **before}


def acts_of_staff(now: datetime.datetime) -> QuerySet[RequestEvent]:
    """The acts of the last hour that hold what was before them; all that can still be undone are among these."""
    return RequestEvent.objects.filter(at__gt=now - HOUR, before__isnull=False)


def move_what_can_be_undone(old: datetime.tzinfo, new: datetime.tzinfo, now: datetime.datetime) -> None:
    """Move the visit, the wish and the offer that an undo would put back, as those that are there."""
    for event in acts_of_staff(now):
        before = with_told(event.before or {}, old)
        visit = Visit.from_texts(before["visit"]) if before.get("visit") else None
        if visit and visit.start > now and moved(visit.start, old, new) > now:
            start = moved(visit.start, old, new)
            before["visit"] = Visit(start, start + (visit.end - visit.start)).texts()
        if before.get("wished_at"):
            before["wished_at"] = moved(datetime.datetime.fromisoformat(before["wished_at"]), old, new).isoformat()
        before["offered_times"] = moved_offers(before.get("offered_times", ""), old, new)
        RequestEvent.objects.filter(pk=event.pk).update(before=before)


def moved_offers(offered: str, old: datetime.tzinfo, new: datetime.tzinfo) -> str:
    """The same offered times, as a request stores them, moved."""
    moments = filter(None, map(moment_of, offered.split()))
    return " ".join(text_of(moved(moment, old, new)) for moment in moments)


def move_visits(
    visits: dict[int, list[datetime.datetime]], old: datetime.tzinfo, new: datetime.tzinfo, now: datetime.datetime
) -> None:
    """Move the cells of visits, by request; each takes the lowest free numbers of its new moments."""
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
