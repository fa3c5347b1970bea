"""Whatever people at the clinic have to do is due while it is open, and early enough to be of use."""

import datetime

import pytest

from treatments.models import BestTime
from treatments.tests.builders import make_clinic, make_open_clinic
from treatments.tests.monday import KUALA_LUMPUR
from treatments.times import opening
from treatments.values.visit import Visit


@pytest.fixture
def clinic(db):
    """Open on Mondays to Fridays from 9 to 17, promising a call in four opening hours."""
    return make_open_clinic()


def at(text):
    """A date and a time of day at the clinic, such as "2026-06-01 09:00", a Monday."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=KUALA_LUMPUR)


def close(clinic, first, last):
    clinic.closures.create(starts_at=at(first), ends_at=at(last), reason="Holiday")


class TestTheNextOpening:
    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            ("2026-06-01 10:20", "2026-06-01 10:20"),
            ("2026-06-01 03:00", "2026-06-01 09:00"),
            ("2026-06-01 17:00", "2026-06-02 09:00"),
            ("2026-06-05 20:00", "2026-06-08 09:00"),
            ("2026-06-07 09:00", "2026-06-08 09:00"),
        ],
    )
    def test_is_never_on_a_closed_day(self, clinic, moment, expected):
        assert opening.next_open(clinic, at(moment)) == at(expected)

    def test_may_lie_behind_a_closure_of_months(self, clinic):
        close(clinic, "2026-06-01 00:00", "2026-09-14 00:00")

        assert opening.next_open(clinic, at("2026-06-01 10:00")) == at("2026-09-14 09:00")

    def test_of_a_clinic_without_hours_is_the_moment_itself(self, db):
        assert opening.next_open(make_clinic(), at("2026-06-01 10:00")) == at("2026-06-01 10:00")


class TestAPromisedCall:
    @pytest.mark.parametrize(
        ("asked", "best_time", "promised"),
        [
            ("2026-06-01 08:00", BestTime.ANY, "2026-06-01 13:00"),
            ("2026-06-01 08:00", BestTime.AFTERNOON, "2026-06-01 13:00"),
            ("2026-06-01 08:00", BestTime.MORNING, "2026-06-02 10:00"),
            ("2026-06-01 15:00", BestTime.AFTERNOON, "2026-06-02 13:00"),
            ("2026-06-01 15:00", BestTime.MORNING, "2026-06-02 11:00"),
            ("2026-06-05 15:00", BestTime.AFTERNOON, "2026-06-08 13:00"),
            ("2026-06-06 12:00", BestTime.MORNING, "2026-06-09 10:00"),
            ("2026-06-01 13:30", BestTime.AFTERNOON, "2026-06-02 13:00"),
        ],
    )
    def test_lies_in_the_wished_part_of_the_day(self, clinic, asked, best_time, promised):
        assert opening.call_promise(clinic, at(asked), best_time) == at(promised)

    def test_waits_for_the_next_open_day_that_has_that_part(self, clinic):
        close(clinic, "2026-06-01 12:00", "2026-06-03 00:00")

        assert opening.call_promise(clinic, at("2026-06-01 08:00"), BestTime.AFTERNOON) == at("2026-06-03 13:00")

    def test_is_as_for_anybody_where_no_day_has_that_part(self, clinic):
        clinic.opening_hours.update(opens=datetime.time(13))

        assert opening.call_promise(clinic, at("2026-06-01 08:00"), BestTime.MORNING) == at("2026-06-01 17:00")

    def test_is_none_for_a_clinic_without_hours(self, db):
        assert opening.call_promise(make_clinic(), at("2026-06-01 08:00"), BestTime.MORNING) is None


class TestATimeConfirmedByHand:
    @pytest.mark.parametrize(
        ("asked", "visit", "promised"),
        [
            # As for a call, which is earlier.
            ("2026-06-01 08:00", "2026-06-03 10:00", "2026-06-01 13:00"),
            # Two opening hours before the visit, which is earlier.
            ("2026-06-05 16:00", "2026-06-08 11:00", "2026-06-08 09:00"),
            ("2026-05-30 20:00", "2026-06-01 12:00", "2026-06-01 10:00"),
            ("2026-05-29 10:00", "2026-05-29 12:30", "2026-05-29 10:30"),
        ],
    )
    def test_is_answered_before_it_begins(self, clinic, asked, visit, promised):
        assert opening.confirm_promise(clinic, at(asked), at(visit)) == at(promised)


class TestACallToRemind:
    @pytest.mark.parametrize(
        ("visit", "due"),
        [
            ("2026-06-03 10:00", "2026-06-02 09:00"),
            ("2026-06-08 09:00", "2026-06-05 09:00"),
            ("2026-06-02 16:30", "2026-06-01 09:00"),
        ],
    )
    def test_is_due_at_the_opening_of_the_last_open_day_before(self, clinic, visit, due):
        assert opening.reminder_call(clinic, at(visit)) == at(due)

    def test_leaves_out_a_holiday(self, clinic):
        close(clinic, "2026-06-02 00:00", "2026-06-03 00:00")

        assert opening.reminder_call(clinic, at("2026-06-03 10:00")) == at("2026-06-01 09:00")

    def test_begins_with_the_opening_after_a_closure_of_the_morning(self, clinic):
        close(clinic, "2026-06-02 00:00", "2026-06-02 14:00")

        assert opening.reminder_call(clinic, at("2026-06-03 10:00")) == at("2026-06-02 14:00")

    def test_is_none_where_the_clinic_was_closed_for_weeks(self, clinic):
        close(clinic, "2026-05-01 00:00", "2026-06-03 00:00")

        assert opening.reminder_call(clinic, at("2026-06-03 10:00")) is None


class TestTheNextTry:
    @pytest.mark.parametrize(
        ("now", "again"),
        [
            ("2026-06-01 09:30", "2026-06-01 11:30"),
            ("2026-06-01 16:00", "2026-06-02 10:00"),
            ("2026-06-05 16:30", "2026-06-08 10:30"),
        ],
    )
    def test_is_two_opening_hours_later(self, clinic, now, again):
        assert opening.next_try(clinic, at(now)) == at(again)

    @pytest.mark.parametrize("begins", ["2026-06-01 11:00", "2026-06-01 10:00"])
    def test_is_never_past_the_visit(self, clinic, begins):
        visit = Visit(at(begins), at(begins) + datetime.timedelta(minutes=30))

        assert opening.next_try(clinic, at("2026-06-01 09:30"), visit) == at(begins)

    def test_is_as_for_anybody_when_the_visit_is_over(self, clinic):
        visit = Visit(at("2026-06-01 09:00"), at("2026-06-01 09:30"))

        assert opening.next_try(clinic, at("2026-06-01 10:00"), visit) == at("2026-06-01 12:00")

    @pytest.mark.parametrize(
        ("wished", "again"),
        [("2026-06-02 14:20", "2026-06-02 14:20"), ("2026-06-06 10:00", "2026-06-08 09:00")],
    )
    def test_is_the_moment_that_staff_say_in_opening_time(self, clinic, wished, again):
        assert opening.next_try(clinic, at("2026-06-01 09:30"), wished=at(wished)) == at(again)

    def test_of_a_clinic_without_hours_is_two_hours_later(self, db):
        assert opening.next_try(make_clinic(), at("2026-06-01 23:00")) == at("2026-06-02 01:00")
