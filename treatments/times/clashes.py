"""Held visits that do not fit the clinic's seats and hours any more: found, put on the list, and taken off it again."""

import collections
import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from treatments.models import Clinic, ConsultationRequest, RequestEvent, SeatCell, Task, TaskKind, TaskState
from treatments.models.consultation import ACTIVE
from treatments.times import opening
from treatments.values import availability
from treatments.values.availability import CELL, DAY, UTC
from treatments.values.visit import Visit

#: Why a visit is to be looked at again.
HOURS, SEATS, ZONE, ERASED = "hours", "seats", "zone", "erased"


@dataclass(frozen=True)
class Clash:
    """A visit that lies ahead and does not fit: outside the hours, with no seat left for it, or told otherwise.

    `told` is what the patient knows, as `on_the_clock` gives it, where the reason is another time zone; else empty.
    """

    consultation: ConsultationRequest
    start: datetime.datetime
    reason: str
    told: str = ""

    @property
    def payload(self) -> dict[str, str]:
        """What the task about it holds: the same for the same clash of the same visit."""
        told = {"told": self.told} if self.told else {}
        return {"reason": self.reason, "start": self.start.astimezone(UTC).isoformat(), **told}


def on_the_clock(moment: datetime.datetime, zone: datetime.tzinfo) -> str:
    """Date and time that a clock of the zone shows at a moment, as ISO 8601 without the zone."""
    return moment.astimezone(zone).replace(tzinfo=None).isoformat()


def find(clinic: Clinic, now: datetime.datetime, *, around: datetime.datetime | None = None) -> list[Clash]:
    """The clashes of all visits ahead, the soonest first; or of those near a moment, `around`.

    Where more visits are held than there are seats, those that came in last do not fit. What staff booked outside the
    hours, knowing so, is no clash.
    """
    visits = held_visits(now, around)
    if not visits:
        return []
    rules = clinic.rules(now, max(cells[-1] for cells in visits.values()) + DAY)
    requests = ConsultationRequest.objects.in_bulk(visits)
    taken: collections.Counter[datetime.datetime] = collections.Counter()
    found = []
    for pk in sorted(visits):
        consultation, cells = requests[pk], visits[pk]
        is_full = any(taken[cell] >= rules.seats for cell in cells)
        if not is_full:
            taken.update(cells)
        if cells[0] <= now or consultation.state not in ACTIVE:
            continue
        if not consultation.is_outside_hours and not availability.is_open(rules, cells[0], cells[-1] + CELL):
            found.append(Clash(consultation, cells[0], HOURS))
        elif is_full:
            found.append(Clash(consultation, cells[0], SEATS))
    return sorted(found, key=lambda clash: (clash.start, clash.consultation.pk))


def of_visit(
    consultation: ConsultationRequest, visit: Visit | None, clinic: Clinic, now: datetime.datetime
) -> list[Clash]:
    """The clashes of one visit, which the request holds; none without one, or where it does not lie ahead."""
    if visit is None or not visit.lies_ahead(now):
        return []
    return [clash for clash in find(clinic, now, around=visit.start) if clash.consultation.pk == consultation.pk]


def held_visits(now: datetime.datetime, around: datetime.datetime | None) -> dict[int, list[datetime.datetime]]:
    """The cells in order of every visit that is not over, by the id of its request."""
    held = SeatCell.objects.filter(starts_at__gt=now - DAY)
    if around is not None:
        held = held.filter(starts_at__gt=around - DAY, starts_at__lt=around + DAY)
    found: dict[int, list[datetime.datetime]] = collections.defaultdict(list)
    for pk, cell in held.order_by("request", "starts_at").values_list("request", "starts_at"):
        found[pk].append(cell)
    return found


def new_ones(clashes: Iterable[Clash]) -> list[Clash]:
    """Of these clashes, those that nobody has on the list and nobody has dealt with."""
    known = Task.objects.filter(kind=TaskKind.LOOK_AGAIN, request__in=[clash.consultation for clash in clashes])
    open_ones, done = set(), set()
    for task in known.exclude(state=TaskState.LAPSED):
        if task.state == TaskState.OPEN:
            open_ones.add(task.request_id)
        else:
            done.add((task.request_id, *map(task.payload.get, ("reason", "start", "told"))))
    return [
        clash
        for clash in clashes
        if clash.consultation.pk not in open_ones
        and (clash.consultation.pk, *map(clash.payload.get, ("reason", "start", "told"))) not in done
    ]


def put_on_the_list(
    clashes: Iterable[Clash], clinic: Clinic, now: datetime.datetime, *, event: RequestEvent | None = None
) -> list[Task]:
    """A task for each clash that is new, due while the clinic is open before the visit; of two about one the first.

    `event` is the act that shows them, None if no act on a request does.
    """
    first_of_each = {clash.consultation.pk: clash for clash in reversed(new_ones(clashes))}
    return Task.objects.bulk_create(
        Task(
            request=clash.consultation,
            kind=TaskKind.LOOK_AGAIN,
            due_at=opening.next_open(clinic, now, before=clash.start),
            payload=clash.payload,
            made_by=event,
        )
        for _pk, clash in sorted(first_of_each.items())
    )


def stands(task: Task, clinic: Clinic, now: datetime.datetime) -> bool:
    """Whether what a task to look again is about is still so."""
    consultation, reason = task.request, task.payload.get("reason")
    if reason == ERASED:
        return True
    visit = consultation.held_visit() if consultation else None
    if (
        consultation is None
        or visit is None
        or consultation.erased_at
        or consultation.state not in ACTIVE
        or visit.start <= now
    ):
        return False
    if reason == ZONE:
        is_told_now = on_the_clock(visit.start, clinic.zone) == task.payload.get("told")
        return visit.start.isoformat() == task.payload["start"] and not is_told_now
    return any(clash.reason == reason for clash in of_visit(consultation, visit, clinic, now))


def take_off_the_list(
    clinic: Clinic,
    now: datetime.datetime,
    *,
    event: RequestEvent | None = None,
    around: datetime.datetime | None = None,
) -> None:
    """Let the tasks lapse whose visit fits again; because of an act, those about visits near a moment, `around`."""
    if event is not None and around is None:
        return
    open_ones = Task.objects.open().filter(kind=TaskKind.LOOK_AGAIN).select_related("request")
    if around is not None:
        near = SeatCell.objects.filter(starts_at__gt=around - DAY, starts_at__lt=around + DAY).values("request")
        open_ones = open_ones.filter(request__in=near)
    lapsed = [task.pk for task in open_ones if not stands(task, clinic, now)]
    Task.objects.filter(pk__in=lapsed).end(event, state=TaskState.LAPSED, now=now)
    if event is None:
        forget_what_fits_again(clinic, now)


def forget_what_fits_again(clinic: Clinic, now: datetime.datetime) -> None:
    """A visit that somebody kept as it is, and that fits by now, is looked at again if another change is in its way."""
    ahead = SeatCell.objects.filter(starts_at__gt=now).values("request")
    kept = Task.objects.filter(kind=TaskKind.LOOK_AGAIN, state=TaskState.DONE, request__in=ahead)
    fits = [task.pk for task in kept.select_related("request") if not stands(task, clinic, now)]
    Task.objects.filter(pk__in=fits).update(state=TaskState.LAPSED)
