"""Offered times are never past, closed, full or too early, and each can be taken; a clock change loses none."""

import collections
import datetime
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from treatments.tests.monday import KUALA_LUMPUR
from treatments.values import availability
from treatments.values.availability import CELL, UTC, Closed, Rules

#: Clocks go forward at 2:00 on 29 March and back at 3:00 on 25 October 2026.
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
HALF_HOUR = datetime.timedelta(minutes=30)
NINE, NOON, ONE, FIVE = (datetime.time(hour) for hour in (9, 12, 13, 17))
#: A Monday, nine o'clock at the clinic.
MONDAY = datetime.datetime(2026, 6, 1, 1, tzinfo=UTC)
EIGHT = MONDAY - datetime.timedelta(hours=1)

common = settings(deadline=None, derandomize=True, database=None, max_examples=30)


def rules(**changes):
    """A clinic with one seat and a lunch break, open on Mondays to Fridays."""
    usual = {
        "zone": KUALA_LUMPUR,
        "hours": {weekday: [(NINE, NOON), (ONE, FIVE)] for weekday in range(1, 6)},
        "length": HALF_HOUR,
        "seats": 1,
        "lead_time": datetime.timedelta(),
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
        lead_time=datetime.timedelta(hours=draw(st.integers(0, 72))),
        horizon=draw(st.integers(0, 30)),
        closures=[Closed(start, start + CELL * number, "Closed") for start, number in closures],
    )


def apart(pairs):
    """The intervals that do not overlap an earlier one."""
    kept: list[tuple[datetime.time, datetime.time]] = []
    for opens, closes in sorted(pairs):
        if not kept or opens >= kept[-1][1]:
            kept.append((opens, closes))
    return kept


def held(*visits):
    """What is taken by visits of (seat number, start, length)."""
    taken = collections.defaultdict(set)
    for seat, start, length in visits:
        for cell in availability.cells(start, length):
            taken[cell].add(seat)
    return taken


taken_cells = st.lists(st.tuples(st.integers(0, 4), moments, st.just(CELL)), max_size=60).map(lambda all: held(*all))


@pytest.mark.slow
class TestAnOfferedTime:
    @common
    @given(any_rules(), moments, taken_cells, st.integers(-2, 33))
    def test_is_never_past_closed_full_or_too_early(self, rules, now, taken, away):
        date = rules.date_of(now) + datetime.timedelta(days=away)

        for start in availability.day(rules, date, now, taken).times:
            end = start + rules.length
            assert start > now
            assert start >= now + rules.lead_time
            assert rules.date_of(start) == date <= rules.last_date(now)
            assert not any(closed.start < end and closed.end > start for closed in rules.closures)
            assert any(first <= start and end <= last for first, last in availability.stretches(rules, date))
            assert all(len(taken[cell]) < rules.seats for cell in availability.cells(start, rules.length))

    @common
    @given(any_rules(), moments, taken_cells, st.integers(0, 10))
    def test_can_be_taken_as_often_as_seats_are_free(self, rules, now, taken, away):
        date = rules.date_of(now) + datetime.timedelta(days=away)

        for start in availability.day(rules, date, now, taken).times:
            needed = availability.cells(start, rules.length)
            filling = collections.defaultdict(set, {cell: set(seats) for cell, seats in taken.items()})
            most = max(len(filling[cell]) for cell in needed)
            for _visit in range(rules.seats - most):
                assert availability.is_offered(rules, start, now, filling)
                for seat, cell in availability.numbers(rules, needed, filling):
                    assert seat not in filling[cell]
                    filling[cell].add(seat)
            assert not availability.is_offered(rules, start, now, filling)

    @common
    @given(any_rules(), moments)
    def test_never_overlaps_another_on_an_empty_day(self, rules, now):
        found = availability.day(rules, rules.date_of(now), now, {}).times

        assert all(after - before >= rules.length for before, after in zip(found, found[1:], strict=False))


class TestADay:
    def test_offers_each_length_of_each_interval(self):
        found = availability.day(rules(), datetime.date(2026, 6, 1), EIGHT, {})

        assert found.state == "free"
        assert clocks(found.times) == [
            *("09:00", "09:30", "10:00", "10:30", "11:00", "11:30"),
            *("13:00", "13:30", "14:00", "14:30", "15:00", "15:30", "16:00", "16:30"),
        ]

    @pytest.mark.parametrize(("now", "first"), [("09:00", "09:30"), ("09:30", "10:00"), ("09:29", "09:30")])
    def test_offers_nothing_that_begins_at_this_very_moment(self, now, first):
        found = availability.day(rules(), datetime.date(2026, 6, 1), at(now), {})

        assert clocks(found.times)[0] == first

    @pytest.mark.parametrize(
        ("date", "changes", "state"),
        [
            ("2026-05-31", {}, "past"),
            ("2026-06-06", {}, "closed"),
            ("2026-07-02", {}, "beyond"),
            ("2026-06-01", {"lead_time": datetime.timedelta(days=1)}, "too-soon"),
            ("2026-06-02", {"seats": 0}, "full"),
            ("2026-06-02", {"hours": {}}, "closed"),
        ],
    )
    def test_says_why_it_has_no_times(self, date, changes, state):
        found = availability.day(rules(**changes), datetime.date.fromisoformat(date), EIGHT, {})

        assert (found.state, found.times) == (state, [])

    def test_of_a_closure_gives_its_reason(self):
        closed = Closed(at("00:00"), at("23:55"), "Public holiday")

        found = availability.day(rules(closures=[closed]), datetime.date(2026, 6, 1), EIGHT, {})

        assert (found.state, found.reason) == ("holiday", "Public holiday")

    def test_keeps_the_times_around_a_closure_of_some_hours(self):
        closed = Closed(at("09:40"), at("15:10"), "Training")

        found = availability.day(rules(closures=[closed]), datetime.date(2026, 6, 1), EIGHT, {})

        assert clocks(found.times) == ["09:00", "15:10", "15:40", "16:10"]

    def test_leaves_out_what_a_longer_visit_of_before_still_holds(self):
        taken = held((0, at("09:15"), datetime.timedelta(minutes=45)))

        found = availability.day(rules(), datetime.date(2026, 6, 1), EIGHT, taken)

        assert clocks(found.times)[:2] == ["10:00", "10:30"]


class TestCapacity:
    """A count, whatever numbers the held seats have."""

    @pytest.mark.parametrize("numbers", [{0}, {1}, {7}])
    def test_of_one_is_full_with_one_visit_under_any_number(self, numbers):
        taken = held(*((number, at("10:00"), HALF_HOUR) for number in numbers))

        assert not availability.is_offered(rules(), at("10:00"), MONDAY, taken)

    @pytest.mark.parametrize(
        ("seats", "numbers", "is_free"),
        [
            (2, {1}, True),
            (2, {2}, True),
            (2, {1, 2}, False),
            (2, {0, 5}, False),
            (3, {1, 2}, True),
            (1, {0, 1, 2}, False),
        ],
    )
    def test_is_never_passed_after_it_was_lowered(self, seats, numbers, is_free):
        taken = held(*((number, at("10:00"), HALF_HOUR) for number in numbers))

        assert availability.is_offered(rules(seats=seats), at("10:00"), MONDAY, taken) is is_free

    def test_counts_each_five_minutes_of_a_visit_alone(self):
        taken = held((0, at("10:00"), CELL), (0, at("10:25"), CELL), (1, at("10:10"), CELL))

        assert availability.is_offered(rules(seats=2), at("10:00"), MONDAY, taken)
        assert not availability.is_offered(rules(seats=1), at("10:00"), MONDAY, taken)

    def test_gives_the_lowest_free_number_of_each_cell(self):
        needed = availability.cells(at("10:00"), CELL * 3)
        taken = held((0, needed[0], CELL), (1, needed[1], CELL), (0, needed[2], CELL), (1, needed[2], CELL))

        assert availability.numbers(rules(seats=3), needed, taken) == list(zip((1, 0, 2), needed, strict=True))


class TestATimeThatIsToBeConfirmedByHand:
    """It is not offered unless two opening hours are left to confirm it."""

    @pytest.mark.parametrize(
        ("now", "first"),
        [
            ("2026-06-01 08:00", "2026-06-01 11:00"),
            ("2026-06-01 09:45", "2026-06-01 13:00"),
            ("2026-05-30 20:00", "2026-06-01 11:00"),
            ("2026-06-01 15:30", "2026-06-02 10:00"),
        ],
    )
    def test_begins_with_the_first_that_staff_can_still_confirm(self, now, first):
        asked, wished = (datetime.datetime.fromisoformat(text).replace(tzinfo=KUALA_LUMPUR) for text in (now, first))
        by_hand = rules(to_confirm=datetime.timedelta(hours=2))

        days = (availability.day(by_hand, asked.date() + datetime.timedelta(days=n), asked, {}) for n in range(5))

        assert next(day.times[0] for day in days if day.times) == wished

    def test_may_be_the_next_opening_where_the_day_before_has_hours_enough(self):
        by_hand = rules(to_confirm=datetime.timedelta(hours=2))

        assert availability.is_offered(by_hand, at("09:00", datetime.date(2026, 6, 2)), at("14:00"), {})


class TestTheLatestMomentBefore:
    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            ("2026-06-01 11:00", "2026-06-01 09:00"),
            ("2026-06-01 14:00", "2026-06-01 11:00"),
            ("2026-06-01 09:30", "2026-05-29 15:30"),
            ("2026-06-01 09:00", "2026-05-29 15:00"),
            ("2026-05-31 12:00", "2026-05-29 15:00"),
        ],
    )
    def test_leaves_two_opening_hours(self, moment, expected):
        moment, expected = (
            datetime.datetime.fromisoformat(text).replace(tzinfo=KUALA_LUMPUR) for text in (moment, expected)
        )

        assert availability.before(rules(), moment, datetime.timedelta(hours=2)) == expected

    def test_is_the_first_opening_where_there_was_never_so_much(self):
        closed = Closed(at("00:00", datetime.date(2026, 5, 1)), at("00:00"), "Building works")

        assert availability.before(rules(closures=[closed]), at("09:30"), datetime.timedelta(hours=2)) == at("09:00")

    def test_is_the_moment_itself_without_hours(self):
        assert availability.before(rules(hours={}), at("09:30"), datetime.timedelta(hours=2)) == at("09:30")


class TestOpeningTime:
    @pytest.mark.parametrize(
        ("start", "end", "hours"),
        [
            ("2026-06-01 08:00", "2026-06-01 10:00", 1),
            ("2026-06-01 11:00", "2026-06-01 14:00", 2),
            ("2026-06-05 16:00", "2026-06-08 10:00", 2),
            ("2026-06-06 00:00", "2026-06-07 23:00", 0),
        ],
    )
    def test_between_two_moments_counts_no_night_break_or_weekend(self, start, end, hours):
        start, end = (datetime.datetime.fromisoformat(text).replace(tzinfo=KUALA_LUMPUR) for text in (start, end))

        assert availability.open_time(rules(), start, end) == datetime.timedelta(hours=hours)

    @pytest.mark.parametrize(
        ("first", "last", "is_open"),
        [("09:00", "12:00", True), ("11:30", "13:30", False), ("08:55", "09:25", False), ("16:30", "17:05", False)],
    )
    def test_is_without_a_break_or_it_is_outside(self, first, last, is_open):
        assert availability.is_open(rules(), at(first), at(last)) is is_open


class TestAClockChange:
    @pytest.mark.parametrize(("date", "hours"), [("2026-03-28", 4), ("2026-03-29", 3), ("2026-10-25", 5)])
    def test_loses_and_doubles_nothing(self, date, hours):
        date = datetime.date.fromisoformat(date)
        night = rules(zone=BERLIN, hours={date.isoweekday(): [(datetime.time(0, 30), datetime.time(4, 30))]})
        now = datetime.datetime.combine(date, datetime.time(), UTC) - datetime.timedelta(days=1)

        found = availability.day(night, date, now, {}).times

        assert len(found) == hours * 2
        assert all(after - before == HALF_HOUR for before, after in zip(found, found[1:], strict=False))


class TestTheNearestTimes:
    def test_lie_around_the_wished_one(self):
        taken = held((0, at("10:00"), HALF_HOUR))

        assert clocks(availability.nearest(rules(), at("10:00"), EIGHT, taken)) == ["09:00", "09:30", "10:30"]

    def test_may_lie_on_another_day(self):
        found = availability.nearest(rules(lead_time=datetime.timedelta(days=2)), at("10:00"), EIGHT, {})

        assert {start.astimezone(KUALA_LUMPUR).date() for start in found} == {datetime.date(2026, 6, 3)}

    def test_are_none_without_hours(self):
        assert availability.nearest(rules(hours={}), at("10:00"), EIGHT, {}) == []


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
