"""Times that are held: what is free, taking it, taking it again. Call what writes with the clinic's row locked."""

import dataclasses
import datetime
from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from treatments.models import Clinic, ConsultationRequest, SeatCell
from treatments.values import availability
from treatments.values.availability import CELL, DAY, Rules, Taken
from treatments.values.moments import moment_of
from treatments.values.visit import Visit

#: Days ahead on which staff may book.
STAFF_HORIZON = 366
#: Days before and after a wished time among which the nearest free ones are sought.
AROUND = datetime.timedelta(days=14)


class TimeGone(Exception):
    """The wished time cannot be had any more; `nearest` holds up to three that can, as moments in UTC.

    `is_taken` says that somebody else may have it, and not that the clinic gives it to nobody, as when it is closed.
    """

    def __init__(self, nearest: Iterable[datetime.datetime] = (), *, is_taken: bool = True) -> None:
        super().__init__("The time is gone.")
        self.nearest, self.is_taken = list(nearest), is_taken


def rules_and_taken(
    clinic: Clinic,
    first: datetime.date,
    last: datetime.date,
    *,
    by: User | None = None,
    but: ConsultationRequest | None = None,
) -> tuple[Rules, Taken]:
    """The clinic's rules and what is held from one date to another, both included, at the clinic.

    Staff, `by`, are held by neither lead time nor horizon; `but` is a request whose own time counts as free.
    """
    start = datetime.datetime.combine(first, datetime.time(), clinic.zone)
    end = datetime.datetime.combine(last, datetime.time(), clinic.zone) + 2 * DAY
    rules = clinic.rules(start, end)
    return (for_staff(rules) if by is not None else rules), SeatCell.objects.taken(start, end, but=but)


def for_staff(rules: Rules) -> Rules:
    """The same rules without what only patients are held by."""
    return dataclasses.replace(rules, lead_time=datetime.timedelta(), horizon=STAFF_HORIZON, to_confirm=None)


def first_for_staff(rules: Rules, now: datetime.datetime) -> datetime.datetime:
    """The earliest moment that staff may book: today's opening, or now if it is earlier than that."""
    opens = availability.stretches(dataclasses.replace(rules, closures=()), rules.date_of(now))
    return min(now, opens[0][0]) if opens else now


def is_bookable_by_staff(rules: Rules, start: datetime.datetime, now: datetime.datetime) -> bool:
    """Whether staff may book this start: on whole five minutes, from today's opening to so many days ahead."""
    is_on_cell = availability.on_cell(start) == start
    return is_on_cell and first_for_staff(rules, now) <= start and rules.date_of(start) <= rules.last_date(now)


def may_be_offered(start: datetime.datetime, clinic: Clinic, now: datetime.datetime) -> bool:
    """Whether staff may offer a patient this start: still to come, and one that they may book inside the hours."""
    rules = for_staff(clinic.rules(start, start + DAY))
    return start > now and is_bookable_by_staff(rules, start, now) and is_inside_hours(rules, start)


def is_inside_hours(rules: Rules, start: datetime.datetime) -> bool:
    """Whether a visit from this moment lies inside the opening hours, as they are with their closures."""
    return availability.is_open(rules, start, start + rules.length)


def offered_moments(consultation: ConsultationRequest) -> list[datetime.datetime]:
    """The moments that staff have offered in a letter; none of them is held."""
    return [moment for text in consultation.offered_times.split() if (moment := moment_of(text))]


def open_offers(consultation: ConsultationRequest, clinic: Clinic, now: datetime.datetime) -> list[datetime.datetime]:
    """Of the times that staff have offered, those that can still be taken: to come, and with a free place.

    They need no lead time.
    """
    offered = [moment for moment in offered_moments(consultation) if moment > now]
    if not offered:
        return []
    dates = [moment.astimezone(clinic.zone).date() for moment in offered]
    rules, taken = rules_and_taken(clinic, min(dates), max(dates), but=consultation)
    return [moment for moment in offered if has_room(rules, moment, taken)]


def has_room(rules: Rules, start: datetime.datetime, taken: Taken) -> bool:
    """Whether the clinic is open for a visit from this moment, and has a place for it."""
    return is_inside_hours(rules, start) and availability.fits(rules, availability.cells(start, rules.length), taken)


def has_place(consultation: ConsultationRequest, start: datetime.datetime, clinic: Clinic) -> bool:
    """Whether the clinic is open and has a place for the request's visit from this moment; its own counts as free."""
    date = start.astimezone(clinic.zone).date()
    rules, taken = rules_and_taken(clinic, date, date, but=consultation)
    return has_room(rules, start, taken)


def can_take_wish(consultation: ConsultationRequest, clinic: Clinic, now: datetime.datetime) -> bool:
    """Whether the patient can take the wished time: to come, with room, and in time for a confirmation by hand."""
    start = consultation.wished_at
    if start is None or start <= now or not has_place(consultation, start, clinic):
        return False
    rules = clinic.rules(now, start + DAY)
    return rules.to_confirm is None or availability.before(rules, start, rules.to_confirm) > now


def hold(
    consultation: ConsultationRequest,
    start: datetime.datetime,
    clinic: Clinic,
    now: datetime.datetime,
    *,
    by: User | None = None,
) -> Visit:
    """Hold a visit from this moment, in the place of what the request holds; return the Visit.

    A patient can have what is offered to all, what staff offered in a letter, and the wished time that we kept; staff,
    `by`, any start from today's opening to 366 days ahead. Nobody can have more than there are seats. Raises TimeGone;
    then nothing has changed.
    """
    date = start.astimezone(clinic.zone).date()
    rules, taken = rules_and_taken(clinic, date, date, by=by, but=consultation)
    needed = availability.cells(start, rules.length)
    if by is not None:
        is_allowed = is_bookable_by_staff(rules, start, now)
    else:
        is_offered_to_them = start in open_offers(consultation, clinic, now)
        is_wished = start == consultation.wished_at and can_take_wish(consultation, clinic, now)
        is_allowed = is_offered_to_them or is_wished or availability.is_offered(rules, start, now, taken)
    if not is_allowed or not availability.fits(rules, needed, taken):
        is_taken = is_allowed or availability.is_offered(rules, start, now, {})
        raise TimeGone(nearest_times(clinic, start, now, by=by, but=consultation), is_taken=is_taken)
    try:
        # Inside, so that PostgreSQL can go on after a refusal.
        with transaction.atomic():
            put(consultation, availability.numbers(rules, needed, taken))
    except IntegrityError as taken_meanwhile:
        raise TimeGone(nearest_times(clinic, start, now, by=by, but=consultation)) from taken_meanwhile
    consultation.wished_at = None
    consultation.is_outside_hours = by is not None and not is_inside_hours(rules, start)
    return Visit(start, start + CELL * len(needed))


def check_offered(
    consultation: ConsultationRequest, start: datetime.datetime, clinic: Clinic, now: datetime.datetime
) -> None:
    """Raise TimeGone unless everyone is offered this time at the moment; nothing is held."""
    date = start.astimezone(clinic.zone).date()
    rules, taken = rules_and_taken(clinic, date, date, but=consultation)
    if not availability.is_offered(rules, start, now, taken):
        is_taken = availability.is_offered(rules, start, now, {})
        raise TimeGone(nearest_times(clinic, start, now, but=consultation), is_taken=is_taken)


def put(consultation: ConsultationRequest, wanted: list[tuple[int, datetime.datetime]]) -> None:
    """Give a request exactly these (seat, cell) rows: the new ones first, then the old ones go."""
    held = dict(consultation.cells.values_list("starts_at", "seat"))
    stays = {cell: seat for seat, cell in wanted if held.get(cell) == seat}
    moved = [cell for _seat, cell in wanted if cell in held and cell not in stays]
    # A visit holds each moment once, so where only its number changes the old one has to go first.
    consultation.cells.filter(starts_at__in=moved).delete()
    SeatCell.objects.bulk_create(
        SeatCell(request=consultation, seat=seat, starts_at=cell) for seat, cell in wanted if cell not in stays
    )
    consultation.cells.exclude(starts_at__in=[cell for _seat, cell in wanted]).delete()


def hold_again(consultation: ConsultationRequest, visit: Visit, clinic: Clinic) -> bool:
    """Hold a Visit again that was given up, as an undo does; whether there is still a place in each of its cells."""
    rules = clinic.rules(visit.start, visit.end)
    needed = [visit.start + CELL * number for number in range((visit.end - visit.start) // CELL)]
    taken = SeatCell.objects.taken(visit.start, visit.end, but=consultation)
    if not availability.fits(rules, needed, taken):
        return False
    put(consultation, availability.numbers(rules, needed, taken))
    return True


def nearest_times(
    clinic: Clinic,
    start: datetime.datetime,
    now: datetime.datetime,
    *,
    by: User | None = None,
    but: ConsultationRequest | None = None,
) -> list[datetime.datetime]:
    """Up to three free times around a wished one, as everyone is offered them."""
    date = start.astimezone(clinic.zone).date()
    rules, taken = rules_and_taken(clinic, date - AROUND, date + AROUND, by=by, but=but)
    return availability.nearest(rules, start, now, taken)
