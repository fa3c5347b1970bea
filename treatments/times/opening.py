"""Moments in the clinic's opening time: by when we promise to call, and until when something is to be done."""

import datetime
from collections.abc import Iterator

from treatments.models import BestTime, Clinic
from treatments.models.clinic import TO_CONFIRM
from treatments.values import availability
from treatments.values.availability import Rules
from treatments.values.visit import Visit

#: The hours of the day that a wish for a time to call means.
PARTS_OF_DAY: dict[str, tuple[int, int]] = {BestTime.MORNING: (0, 12), BestTime.AFTERNOON: (12, 17)}
#: So far into that part of the day we promise to have called.
INTO_PART = datetime.timedelta(hours=1)
#: Opening time after which a call that nobody answered is tried again, unless staff say another moment.
NEXT_TRY = datetime.timedelta(hours=2)


def near_and_far(clinic: Clinic, moment: datetime.datetime) -> Iterator[tuple[Rules, int]]:
    """Yield (rules, days) for the two weeks after a moment, then for the 400 days after it.

    Most openings are near, and reading the closures of a year takes longer.
    """
    for days in availability.NEAR_AND_FAR:
        yield clinic.rules(moment, moment + availability.DAY * (days + 1)), days


def when_open_for(open_for: datetime.timedelta, clinic: Clinic, now: datetime.datetime) -> datetime.datetime | None:
    """The moment at which the clinic will have been open for so long, a timedelta, from now on; None if it never is."""
    found = (availability.promise(rules, now, open_for, days) for rules, days in near_and_far(clinic, now))
    return next(filter(None, found), None)


def next_open(
    clinic: Clinic, moment: datetime.datetime, *, before: datetime.datetime | None = None
) -> datetime.datetime:
    """The first moment from `moment` on at which the clinic is open. For a clinic without hours it is `moment`.

    `before` is when a visit begins. If the clinic does not open until then, it is `moment` as well: what has to be done
    before the visit is due at once.
    """
    found = (availability.next_open(rules, moment, days) for rules, days in near_and_far(clinic, moment))
    opens = next(filter(None, found), moment)
    return moment if before and moment < before <= opens else opens


def call_promise(clinic: Clinic, now: datetime.datetime, best_time: str = BestTime.ANY) -> datetime.datetime | None:
    """By when we call: after the clinic's hours of opening time, in the wished part of the day.

    None for a clinic without hours, which calls as soon as it opens.
    """
    promised = when_open_for(datetime.timedelta(hours=clinic.call_back_hours), clinic, now)
    hours = PARTS_OF_DAY.get(best_time)
    if promised is None or hours is None:
        return promised
    for rules, days in near_and_far(clinic, promised):
        found = availability.next_part(rules, promised, hours, INTO_PART, days)
        if found:
            return found
    return promised


def confirm_promise(clinic: Clinic, now: datetime.datetime, start: datetime.datetime) -> datetime.datetime:
    """By when we confirm a visit by hand: as for a call, or two opening hours before it, whichever is earlier."""
    rules = clinic.rules(start - availability.DAY * availability.NEAR_AND_FAR[0], start)
    latest = availability.before(rules, start, TO_CONFIRM)
    promised = call_promise(clinic, now)
    return min(promised, latest) if promised else latest


def reminder_call(clinic: Clinic, start: datetime.datetime) -> datetime.datetime | None:
    """When to call about a visit: at the opening of the last open day before its own; None without one."""
    rules = clinic.rules(start - availability.DAY * (availability.NEAR_AND_FAR[0] + 1), start)
    return availability.opening_of_the_day_before(rules, start)


def last_open(clinic: Clinic, moment: datetime.datetime) -> datetime.datetime | None:
    """The end of the last opening time before a moment, within two weeks; None without one."""
    days = availability.NEAR_AND_FAR[0]
    rules = clinic.rules(moment - availability.DAY * (days + 1), moment)
    for number in range(days):
        for _start, end in reversed(availability.stretches(rules, rules.date_of(moment) - availability.DAY * number)):
            if end <= moment:
                return end
    return None


def closes_at(clinic: Clinic, moment: datetime.datetime) -> bool:
    """Whether the clinic closes at exactly this moment, until which something can still be done."""
    return last_open(clinic, moment) == moment


def next_try(
    clinic: Clinic, now: datetime.datetime, visit: Visit | None = None, *, wished: datetime.datetime | None = None
) -> datetime.datetime:
    """When to call again: at the wished moment, else two opening hours from now; in opening time.

    Never past the start of the Visit, which may be None. Two hours from now for a clinic that is never open.
    """
    again = next_open(clinic, wished) if wished else when_open_for(NEXT_TRY, clinic, now) or now + NEXT_TRY
    return min(again, visit.start) if visit and visit.lies_ahead(now) else again
