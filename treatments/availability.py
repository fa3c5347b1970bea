"""Which times are free: pure functions over plain values, without a database.

Moments are aware datetimes in UTC; dates and times of day are the clinic's own. A visit takes whole cells of five
minutes, and a seat holds one visit at a time.
"""

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

UTC = datetime.UTC
CELL = datetime.timedelta(minutes=5)
DAY = datetime.timedelta(days=1)
#: Days ahead in which a promise is looked for: first near, then far. A clinic that is closed for longer cannot promise.
NEAR_AND_FAR = (14, 400)


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
    hours: Mapping[int, Sequence[tuple[datetime.time, datetime.time]]]
    length: datetime.timedelta
    seats: int
    notice: datetime.timedelta
    horizon: int
    closures: Sequence[Closed] = ()

    def date_of(self, moment):
        """The date at the clinic."""
        return moment.astimezone(self.zone).date()

    def last_date(self, now):
        """The last date on which a visit may be booked."""
        return self.date_of(now) + datetime.timedelta(days=self.horizon)


@dataclass(frozen=True)
class Day:
    """A date and the times that are offered on it; `state` says why there are none."""

    date: datetime.date
    state: str
    times: list = field(default_factory=list)
    reason: str = ""


def cells(start, length):
    """The starts of the five-minute cells that a visit takes."""
    return [start + CELL * number for number in range(math.ceil(length / CELL))]


def stretches(rules, date):
    """The (start, end) between which the clinic is open on a date, in order and without its closures."""
    found = []
    for opens, closes in joined(rules.hours.get(date.isoweekday(), ())):
        start, end = (datetime.datetime.combine(date, time, rules.zone).astimezone(UTC) for time in (opens, closes))
        found += without(start, end, rules.closures)
    return found


def joined(hours):
    """Intervals of a day in order, those that overlap as one: else their times would be offered twice."""
    found = []
    for opens, closes in sorted(hours):
        if found and opens < found[-1][1]:
            found[-1] = found[-1][0], max(closes, found[-1][1])
        else:
            found.append((opens, closes))
    return found


def without(start, end, closures):
    """The parts of a stretch that no closure covers."""
    parts = []
    for closed in sorted(closures, key=lambda closed: closed.start):
        if closed.start < end and closed.end > start:
            if closed.start > start:
                parts.append((start, closed.start))
            start = on_cell(max(start, closed.end))
    return [*parts, (start, end)] if start < end else parts


def on_cell(moment):
    """The moment itself, or the next whole five minutes."""
    late = datetime.timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
    return moment + CELL - late if late else moment


def starts(rules, date):
    """Every time at which a visit could start on a date if none were taken."""
    found = []
    for start, end in stretches(rules, date):
        while start + rules.length <= end:
            found.append(start)
            start += rules.length
    return found


def free_seats(rules, start, taken):
    """The seats that are free for a whole visit; `taken` holds (seat, start of a cell)."""
    needed = cells(start, rules.length)
    return [seat for seat in range(rules.seats) if not any((seat, cell) in taken for cell in needed)]


def day(rules, date, now, taken):
    """What is offered on a date."""
    if date < rules.date_of(now):
        return Day(date, "past")
    if date > rules.last_date(now):
        return Day(date, "beyond")
    possible = starts(rules, date)
    if not possible:
        reason = next((closed.reason for closed in rules.closures if covers(rules, closed, date)), "")
        return Day(date, "holiday" if reason else "closed", reason=reason)
    in_time = [start for start in possible if start >= now + rules.notice]
    if not in_time:
        return Day(date, "too-soon")
    free = [start for start in in_time if free_seats(rules, start, taken)]
    return Day(date, "free" if free else "full", free)


def covers(rules, closed, date):
    """Whether a closure falls on a date on which the clinic would be open."""
    begins = datetime.datetime.combine(date, datetime.time(), rules.zone)
    return bool(rules.hours.get(date.isoweekday())) and closed.start < begins + DAY and closed.end > begins


def is_offered(rules, start, now, taken):
    """Whether a visit may be booked that starts at exactly this moment."""
    return start in day(rules, rules.date_of(start), now, taken).times


def nearest(rules, wished, now, taken, most=3):
    """The offered times that are nearest to a wished one, in their own order."""
    around = [rules.date_of(wished) + DAY * away for away in range(-7, 15)]
    found = [start for date in around for start in day(rules, date, now, taken).times]
    return sorted(sorted(found, key=lambda start: (abs(start - wished), start))[:most])


def promise(rules, now, open_for, days):
    """The moment at which the clinic will have been open for so long from now on; None if not within so many days.

    `open_for` is a timedelta of opening time: nights, weekends and closures do not count.
    """
    left = open_for
    for number in range(days):
        for start, end in stretches(rules, rules.date_of(now) + DAY * number):
            start = max(start, now)
            if end - start >= left and end > start:
                return start + left
            left -= max(end - start, datetime.timedelta())
    return None
