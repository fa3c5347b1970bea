"""Which times are free: pure functions over plain values, without a database.

Moments are aware datetimes in UTC; dates and times of day are the clinic's own. A visit takes whole cells of five
minutes. Capacity is a count: a visit fits if each of its cells holds fewer visits than there are seats, whatever seat
numbers they have. `taken` maps the start of a cell to the set of seat numbers held in it; what is not in it is free.
"""

import datetime
import itertools
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

UTC = datetime.UTC
CELL = datetime.timedelta(minutes=5)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
#: Days ahead that are searched for an opening: two weeks, then, if there is none in them, 400 days. A clinic that is
#: closed for longer cannot promise a call.
NEAR_AND_FAR = (14, 400)

#: From when to when the clinic is open: on the clock, and as moments.
Hours = tuple[datetime.time, datetime.time]
Stretch = tuple[datetime.datetime, datetime.datetime]
#: The seat numbers that are held in each cell, by its start.
Taken = Mapping[datetime.datetime, Collection[int]]


@dataclass(frozen=True)
class Closed:
    """From one moment to another the clinic is closed although its hours say open."""

    start: datetime.datetime
    end: datetime.datetime
    reason: str


@dataclass(frozen=True)
class Rules:
    """What decides which times are offered. `hours` maps ISO weekdays to (opens, closes) in clinic time."""

    zone: datetime.tzinfo
    hours: Mapping[int, Sequence[Hours]]
    length: datetime.timedelta
    seats: int
    lead_time: datetime.timedelta
    horizon: int
    closures: Sequence[Closed] = ()
    #: Opening time that staff need before a visit to confirm it by hand; None where times are confirmed at once.
    to_confirm: datetime.timedelta | None = None

    def date_of(self, moment: datetime.datetime) -> datetime.date:
        """The date at the clinic."""
        return moment.astimezone(self.zone).date()

    def last_date(self, now: datetime.datetime) -> datetime.date:
        """The last date on which a visit may be booked."""
        return self.date_of(now) + datetime.timedelta(days=self.horizon)


@dataclass(frozen=True)
class Day:
    """A date and the times that are offered on it; `state` says why there are none."""

    date: datetime.date
    state: str
    times: list[datetime.datetime] = field(default_factory=list)
    reason: str = ""


def cells(start: datetime.datetime, length: datetime.timedelta) -> list[datetime.datetime]:
    """The starts of the five-minute cells that a visit takes."""
    return [start + CELL * number for number in range(math.ceil(length / CELL))]


def stretches(rules: Rules, date: datetime.date) -> list[Stretch]:
    """The (start, end) between which the clinic is open on a date, in order and without its closures."""
    found = []
    for opens, closes in joined(rules.hours.get(date.isoweekday(), ())):
        start, end = (datetime.datetime.combine(date, time, rules.zone).astimezone(UTC) for time in (opens, closes))
        found += without(start, end, rules.closures)
    return found


def joined(hours: Iterable[Hours]) -> list[Hours]:
    """Intervals of a day in order, those that overlap as one: else their times would be offered twice."""
    found: list[Hours] = []
    for opens, closes in sorted(hours):
        if found and opens < found[-1][1]:
            found[-1] = found[-1][0], max(closes, found[-1][1])
        else:
            found.append((opens, closes))
    return found


def without(start: datetime.datetime, end: datetime.datetime, closures: Iterable[Closed]) -> list[Stretch]:
    """The parts of a stretch that no closure covers."""
    parts = []
    for closed in sorted(closures, key=lambda closed: closed.start):
        if closed.start < end and closed.end > start:
            if closed.start > start:
                parts.append((start, closed.start))
            start = on_cell(max(start, closed.end))
    return [*parts, (start, end)] if start < end else parts


def on_cell(moment: datetime.datetime) -> datetime.datetime:
    """The moment itself, or the next whole five minutes."""
    late = datetime.timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
    return moment + CELL - late if late else moment


def starts(rules: Rules, date: datetime.date) -> list[datetime.datetime]:
    """Every time at which a visit could start on a date if none were taken."""
    found = []
    for start, end in stretches(rules, date):
        while start + rules.length <= end:
            found.append(start)
            start += rules.length
    return found


def fits(rules: Rules, needed: Iterable[datetime.datetime], taken: Taken) -> bool:
    """Whether one more visit can take these cells, which are starts of five minutes."""
    return all(len(taken.get(cell, ())) < rules.seats for cell in needed)


def numbers(rules: Rules, needed: Iterable[datetime.datetime], taken: Taken) -> list[tuple[int, datetime.datetime]]:
    """(seat, cell) for a visit that fits: the lowest free number in each cell, so a visit may change its number."""
    return [(lowest_free(taken.get(cell, ())), cell) for cell in needed]


def lowest_free(held: Collection[int]) -> int:
    """The lowest seat number, from 0, that is not held."""
    return next(number for number in itertools.count() if number not in held)


def day(rules: Rules, date: datetime.date, now: datetime.datetime, taken: Taken) -> Day:
    """What is offered on a date."""
    if date < rules.date_of(now):
        return Day(date, "past")
    if date > rules.last_date(now):
        return Day(date, "beyond")
    possible = starts(rules, date)
    if not possible:
        reason = next((closed.reason for closed in rules.closures if covers(rules, closed, date)), "")
        return Day(date, "holiday" if reason else "closed", reason=reason)
    in_time = [start for start in possible if is_in_time(rules, start, now)]
    if not in_time:
        return Day(date, "too-soon")
    free = [start for start in in_time if fits(rules, cells(start, rules.length), taken)]
    return Day(date, "free" if free else "full", free)


def is_in_time(rules: Rules, start: datetime.datetime, now: datetime.datetime) -> bool:
    """Whether a visit lies as far ahead as the lead time asks, and far enough for staff to confirm it by hand."""
    if start <= now or start < now + rules.lead_time:
        return False
    return rules.to_confirm is None or before(rules, start, rules.to_confirm) > now


def covers(rules: Rules, closed: Closed, date: datetime.date) -> bool:
    """Whether a closure falls on a date on which the clinic would be open."""
    begins = datetime.datetime.combine(date, datetime.time(), rules.zone)
    return bool(rules.hours.get(date.isoweekday())) and closed.start < begins + DAY and closed.end > begins


def is_offered(rules: Rules, start: datetime.datetime, now: datetime.datetime, taken: Taken) -> bool:
    """Whether a visit may be booked that starts at exactly this moment."""
    return start in day(rules, rules.date_of(start), now, taken).times


def nearest(
    rules: Rules, wished: datetime.datetime, now: datetime.datetime, taken: Taken, most: int = 3
) -> list[datetime.datetime]:
    """The offered times that are nearest to a wished one, in their own order."""
    around = [rules.date_of(wished) + DAY * away for away in range(-7, 15)]
    found = [start for date in around for start in day(rules, date, now, taken).times]
    return sorted(sorted(found, key=lambda start: (abs(start - wished), start))[:most])


def promise(rules: Rules, now: datetime.datetime, open_for: datetime.timedelta, days: int) -> datetime.datetime | None:
    """The moment at which the clinic will have been open for so long from now on; None if not within so many days.

    `open_for` is a timedelta of opening time: nights, weekends and closures do not count.
    """
    left = open_for
    for start, end in stretches_from(rules, now, days):
        if end - start >= left:
            return start + left
        left -= end - start
    return None


def stretches_from(rules: Rules, now: datetime.datetime, days: int) -> Iterator[Stretch]:
    """The (start, end) of opening time from a moment on, in order, on so many dates from its own on."""
    for number in range(days):
        for start, end in stretches(rules, rules.date_of(now) + DAY * number):
            if end > now:
                yield max(start, now), end


def next_open(rules: Rules, moment: datetime.datetime, days: int) -> datetime.datetime | None:
    """The moment itself if the clinic is open then, or the next opening; None without one within so many days."""
    return next((start for start, _end in stretches_from(rules, moment, days)), None)


def next_part(
    rules: Rules, moment: datetime.datetime, hours: tuple[int, int], into: datetime.timedelta, days: int
) -> datetime.datetime | None:
    """The moment, if it lies in opening time between two hours of the day; else so far into the next such time.

    `hours` are the first of that part of the day and the one at which it ends, past which nothing lies; `into` is a
    timedelta. None without such a part on so many dates.
    """
    for number in range(days):
        date = rules.date_of(moment) + DAY * number
        begins, ends = (
            (datetime.datetime.combine(date, datetime.time(), rules.zone) + datetime.timedelta(hours=hour)).astimezone(
                UTC
            )
            for hour in hours
        )
        for start, end in stretches(rules, date):
            start, end = max(start, begins), min(end, ends)
            if start < moment <= end:
                return moment
            if moment <= start < end:
                return min(start + into, end)
    return None


def before(
    rules: Rules, moment: datetime.datetime, open_for: datetime.timedelta, days: int = NEAR_AND_FAR[0]
) -> datetime.datetime:
    """The latest moment from which the clinic is open for so long until `moment`.

    Where it is not open for so long on the dates before, the first opening among them; `moment` where it never is.
    """
    left, earliest = open_for, moment
    for number in range(days):
        for start, end in reversed(stretches(rules, rules.date_of(moment) - DAY * number)):
            end = min(end, moment)
            if start >= end:
                continue
            if end - start >= left:
                return end - left
            left -= end - start
            earliest = start
    return earliest


def opening_of_the_day_before(
    rules: Rules, moment: datetime.datetime, days: int = NEAR_AND_FAR[0]
) -> datetime.datetime | None:
    """When the clinic opens on the last date before that of `moment` on which it does; None without one."""
    for number in range(1, days + 1):
        found = stretches(rules, rules.date_of(moment) - DAY * number)
        if found:
            return found[0][0]
    return None


def is_open(rules: Rules, start: datetime.datetime, end: datetime.datetime) -> bool:
    """Whether the clinic is open from one moment to another without a break; hours that touch are none."""
    reached = start
    for opens, closes in stretches(rules, rules.date_of(start)):
        if opens <= reached < closes:
            reached = closes
    return reached >= end


def open_time(rules: Rules, start: datetime.datetime, end: datetime.datetime) -> datetime.timedelta:
    """How much opening time, a timedelta, lies between two moments."""
    total = datetime.timedelta()
    for number in range((rules.date_of(end) - rules.date_of(start)).days + 1):
        for opens, closes in stretches(rules, rules.date_of(start) + DAY * number):
            total += max(min(closes, end) - max(opens, start), datetime.timedelta())
    return total
