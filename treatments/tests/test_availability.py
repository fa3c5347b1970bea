"""Offered times are never past, closed, full or too early, and each can be taken; a clock change loses none."""

import datetime
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treatments import availability
from treatments.availability import CELL, UTC, Closed, Rules

KUALA_LUMPUR = zoneinfo.ZoneInfo("Asia/Kuala_Lumpur")
#: Clocks go forward at 2:00 on 29 March and back at 3:00 on 25 October 2026.
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
HALF_HOUR = datetime.timedelta(minutes=30)
NINE, NOON, ONE, FIVE = (datetime.time(hour) for hour in (9, 12, 13, 17))
#: A Monday, nine o'clock at the clinic.
MONDAY = datetime.datetime(2026, 6, 1, 1, tzinfo=UTC)

common = settings(deadline=None, derandomize=True, database=None, max_examples=30)


def rules(**changes):
    """A clinic with one seat and a lunch break, open on Mondays to Fridays."""
    usual = {
        "zone": KUALA_LUMPUR,
        "hours": {weekday: [(NINE, NOON), (ONE, FIVE)] for weekday in range(1, 6)},
        "length": HALF_HOUR,
        "seats": 1,
        "notice": datetime.timedelta(),
        "horizon": 30,
    }
    return Rules(**{**usual, **changes})


def test_overlapping_hours_offer_no_time_twice_and_promise_nothing_too_early():
    twice = rules(hours={1: [(NINE, FIVE), (NOON, datetime.time(18))]})

    offered = availability.starts(twice, datetime.date(2026, 6, 1))

    assert offered == sorted(set(offered))
    assert len(offered) == 18
    assert availability.promise(twice, MONDAY, datetime.timedelta(hours=9), 1) == at("18:00")


def at(clock, date=datetime.date(2026, 6, 1), zone=KUALA_LUMPUR):
    """A time of day at the clinic as a moment in UTC."""
    return datetime.datetime.combine(date, datetime.time.fromisoformat(clock), zone).astimezone(UTC)


def clocks(moments, zone=KUALA_LUMPUR):
    return [f"{moment.astimezone(zone):%H:%M}" for moment in moments]


five_minutes = st.integers(0, 287).map(lambda number: datetime.time(number // 12, number % 12 * 5))
moments = st.integers(0, 40 * 288).map(lambda number: MONDAY + CELL * number)
intervals = st.lists(st.tuples(five_minutes, five_minutes).filter(lambda pair: pair[0] < pair[1]), max_size=3)


@st.composite
def any_rules(draw):
    closures = draw(st.lists(st.tuples(moments, st.integers(1, 600)), max_size=4))
    return rules(
        zone=draw(st.sampled_from([KUALA_LUMPUR, BERLIN, zoneinfo.ZoneInfo("Pacific/Apia")])),
        hours=draw(st.dictionaries(st.integers(1, 7), intervals.map(apart))),
        length=CELL * draw(st.integers(1, 24)),
        seats=draw(st.integers(0, 3)),
        notice=datetime.timedelta(hours=draw(st.integers(0, 72))),
        horizon=draw(st.integers(0, 30)),
        closures=[Closed(start, start + CELL * number, "Closed") for start, number in closures],
    )


def apart(pairs):
    """The intervals that do not overlap an earlier one."""
    kept = []
    for opens, closes in sorted(pairs):
        if not kept or opens >= kept[-1][1]:
            kept.append((opens, closes))
    return kept


taken_cells = st.sets(st.tuples(st.integers(0, 2), moments), max_size=60)


@pytest.mark.scale
class TestAnOfferedTime:
    @common
    @given(any_rules(), moments, taken_cells, st.integers(-2, 33))
    def test_is_never_past_closed_full_or_too_early(self, rules, now, taken, away):
        date = rules.date_of(now) + datetime.timedelta(days=away)

        for start in availability.day(rules, date, now, taken).times:
            end = start + rules.length
            assert start >= now + rules.notice
            assert rules.date_of(start) == date <= rules.last_date(now)
            assert not any(closed.start < end and closed.end > start for closed in rules.closures)
            assert any(first <= start and end <= last for first, last in availability.stretches(rules, date))
            assert availability.free_seats(rules, start, taken)

    @common
    @given(any_rules(), moments, taken_cells, st.integers(0, 10))
    def test_can_be_taken_as_often_as_seats_are_free(self, rules, now, taken, away):
        date = rules.date_of(now) + datetime.timedelta(days=away)

        for start in availability.day(rules, date, now, taken).times:
            held = set(taken)
            for seat in availability.free_seats(rules, start, taken):
                assert availability.is_offered(rules, start, now, held)
                held |= {(seat, cell) for cell in availability.cells(start, rules.length)}
            assert not availability.is_offered(rules, start, now, held)

    @common
    @given(any_rules(), moments)
    def test_never_overlaps_another_on_an_empty_day(self, rules, now):
        found = availability.day(rules, rules.date_of(now), now, set()).times

        assert all(after - before >= rules.length for before, after in zip(found, found[1:], strict=False))


class TestADay:
    def test_offers_each_length_of_each_interval(self):
        found = availability.day(rules(), datetime.date(2026, 6, 1), MONDAY, set())

        assert found.state == "free"
        assert clocks(found.times) == [
            *("09:00", "09:30", "10:00", "10:30", "11:00", "11:30"),
            *("13:00", "13:30", "14:00", "14:30", "15:00", "15:30", "16:00", "16:30"),
        ]

    @pytest.mark.parametrize(
        ("date", "changes", "state"),
        [
            ("2026-05-31", {}, "past"),
            ("2026-06-06", {}, "closed"),
            ("2026-07-02", {}, "beyond"),
            ("2026-06-01", {"notice": datetime.timedelta(days=1)}, "too-soon"),
            ("2026-06-02", {"seats": 0}, "full"),
            ("2026-06-02", {"hours": {}}, "closed"),
        ],
    )
    def test_says_why_it_has_no_times(self, date, changes, state):
        found = availability.day(rules(**changes), datetime.date.fromisoformat(date), MONDAY, set())

        assert (found.state, found.times) == (state, [])

    def test_of_a_closure_gives_its_reason(self):
        closed = Closed(at("00:00"), at("23:55"), "Public holiday")

        found = availability.day(rules(closures=[closed]), datetime.date(2026, 6, 1), MONDAY, set())

        assert (found.state, found.reason) == ("holiday", "Public holiday")

    def test_keeps_the_times_around_a_closure_of_some_hours(self):
        closed = Closed(at("09:40"), at("15:10"), "Training")

        found = availability.day(rules(closures=[closed]), datetime.date(2026, 6, 1), MONDAY, set())

        assert clocks(found.times) == ["09:00", "15:10", "15:40", "16:10"]

    def test_leaves_out_what_a_longer_visit_of_before_still_holds(self):
        taken = {(0, cell) for cell in availability.cells(at("09:15"), datetime.timedelta(minutes=45))}

        found = availability.day(rules(), datetime.date(2026, 6, 1), MONDAY, taken)

        assert clocks(found.times)[:2] == ["10:00", "10:30"]


class TestAClockChange:
    @pytest.mark.parametrize(("date", "hours"), [("2026-03-28", 4), ("2026-03-29", 3), ("2026-10-25", 5)])
    def test_loses_and_doubles_nothing(self, date, hours):
        date = datetime.date.fromisoformat(date)
        night = rules(zone=BERLIN, hours={date.isoweekday(): [(datetime.time(0, 30), datetime.time(4, 30))]})
        now = datetime.datetime.combine(date, datetime.time(), UTC) - datetime.timedelta(days=1)

        found = availability.day(night, date, now, set()).times

        assert len(found) == hours * 2
        assert all(after - before == HALF_HOUR for before, after in zip(found, found[1:], strict=False))


class TestTheNearestTimes:
    def test_lie_around_the_wished_one(self):
        taken = {(0, cell) for cell in availability.cells(at("10:00"), HALF_HOUR)}

        assert clocks(availability.nearest(rules(), at("10:00"), MONDAY, taken)) == ["09:00", "09:30", "10:30"]

    def test_may_lie_on_another_day(self):
        found = availability.nearest(rules(notice=datetime.timedelta(days=2)), at("10:00"), MONDAY, set())

        assert {start.astimezone(KUALA_LUMPUR).date() for start in found} == {datetime.date(2026, 6, 3)}

    def test_are_none_without_hours(self):
        assert availability.nearest(rules(hours={}), at("10:00"), MONDAY, set()) == []


class TestAPromise:
    @pytest.mark.parametrize(
        ("asked", "promised"),
        [
            ("2026-06-01 09:00", "2026-06-01 11:00"),
            ("2026-06-01 11:00", "2026-06-01 14:00"),
            ("2026-06-01 03:00", "2026-06-01 11:00"),
            ("2026-06-05 16:00", "2026-06-08 10:00"),
            ("2026-06-06 12:00", "2026-06-08 11:00"),
        ],
    )
    def test_counts_opening_time_alone(self, asked, promised):
        asked, promised = (
            datetime.datetime.fromisoformat(text).replace(tzinfo=KUALA_LUMPUR) for text in (asked, promised)
        )

        assert availability.promise(rules(), asked.astimezone(UTC), datetime.timedelta(hours=2), 14) == promised

    def test_waits_for_the_end_of_a_closure(self):
        closed = Closed(at("00:00"), at("23:55", datetime.date(2026, 6, 2)), "Holiday")

        found = availability.promise(rules(closures=[closed]), MONDAY, datetime.timedelta(hours=2), 14)

        assert found == at("11:00", datetime.date(2026, 6, 3))

    def test_is_none_for_a_clinic_without_hours(self):
        assert availability.promise(rules(hours={}), MONDAY, datetime.timedelta(hours=2), 14) is None
