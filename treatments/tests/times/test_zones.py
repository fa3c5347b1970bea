"""Another time zone of the clinic leaves every told time on the clock as it was, unless a manager says otherwise."""

import datetime
import zoneinfo

import pytest

from treatments.consultation import booking, staff_acts, undoing
from treatments.follow_up import outbox, sending, settling
from treatments.models import Clinic, Message, SeatCell, TaskKind
from treatments.tests.builders import make_request
from treatments.tests.monday import DAY, HALF_HOUR, KUALA_LUMPUR, NOW, WEDNESDAY
from treatments.tests.tables import one_in
from treatments.times import clashes, holding, zones

JAKARTA, LONDON, KATHMANDU, AUCKLAND = map(
    zoneinfo.ZoneInfo, ("Asia/Jakarta", "Europe/London", "Asia/Kathmandu", "Pacific/Auckland")
)

pytestmark = pytest.mark.usefixtures("monday_morning")


def move(clinic, new, *, now=NOW):
    """Save the zone and keep the told times, as the clinic's screen does."""
    old = clinic.zone
    clinic.time_zone = str(new)
    clinic.save()
    zones.keep_told_times(clinic, old, new, now)


def clock(moment, zone):
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


class TestAMoment:
    @pytest.mark.parametrize("new", [JAKARTA, LONDON, KATHMANDU])
    def test_is_shown_by_the_new_clock_as_by_the_old_one(self, new):
        moved = zones.moved(WEDNESDAY, KUALA_LUMPUR, new)

        assert clock(moved, new) == "2026-06-03 10:00"
        assert moved.tzinfo == datetime.UTC

    def test_is_the_same_on_both_sides_of_a_clock_change(self):
        summer, winter = (
            datetime.datetime(2026, month, 20, 10, tzinfo=LONDON).astimezone(datetime.UTC) for month in (10, 11)
        )

        assert [clock(zones.moved(moment, LONDON, KUALA_LUMPUR), KUALA_LUMPUR)[-5:] for moment in (summer, winter)] == [
            "10:00",
            "10:00",
        ]


@pytest.mark.usefixtures("clinic")
class TestToldTimes:
    @pytest.mark.parametrize("new", one_in(3, [JAKARTA, LONDON, KATHMANDU]))
    def test_of_visits_stay_on_the_clock(self, clinic, new):
        requests = [make_request(WEDNESDAY + HALF_HOUR * n, email=f"{n}@example.org") for n in range(3)]

        move(clinic, new)

        assert [clock(request.held_visit().start, new)[-5:] for request in requests] == ["10:00", "10:30", "11:00"]
        assert [request.cells.count() for request in requests] == [6, 6, 6]

    @pytest.mark.slow
    def test_of_visits_that_move_over_one_another_keep_their_places(self, clinic):
        # An hour later, where the next visits are held until they move as well.
        clinic.seats = 2
        clinic.save()
        for n in range(6):
            for seat in range(2):
                make_request(WEDNESDAY + HALF_HOUR * n, email=f"{n}-{seat}@example.org")

        move(clinic, JAKARTA)

        assert SeatCell.objects.count() == 72
        assert set(SeatCell.objects.values_list("seat", flat=True)) == {0, 1}

    def test_raise_the_sequence_so_that_calendars_take_the_change(self, clinic):
        request = make_request(WEDNESDAY)

        move(clinic, JAKARTA)

        request.refresh_from_db()
        assert request.sequence == 1

    def test_stay_what_they_were_for_visits_that_have_begun(self, clinic):
        request = make_request(NOW.replace(hour=9))

        move(clinic, JAKARTA, now=NOW.replace(hour=9, minute=10))

        request.refresh_from_db()
        assert (request.held_visit().start, request.sequence) == (NOW.replace(hour=9), 0)

    def test_of_letters_that_wait_stay_true(self, clinic):
        make_request(WEDNESDAY + DAY * 5)

        move(clinic, JAKARTA)

        for message in Message.objects.all():
            assert message.payload["start"] == message.request.held_visit().start.isoformat()
        reminder = Message.objects.get(kind="reminder-1-day")
        assert clock(reminder.not_before, JAKARTA) == "2026-06-07 10:00"

    def test_of_wishes_and_offers_stay_on_the_clock(self, clinic, manager):
        wishing = booking.ask(
            {"name": "Bo", "phone": "", "email": "bo@example.org"}, start=WEDNESDAY, form_key="k", looks_like_spam=True
        )
        offered = staff_acts.offer(make_request(), [WEDNESDAY, WEDNESDAY + HALF_HOUR], by=manager)

        move(clinic, LONDON)

        for request in (wishing, offered):
            request.refresh_from_db()
        assert clock(wishing.wished_at, LONDON) == "2026-06-03 10:00"
        assert [clock(moment, LONDON)[-5:] for moment in holding.offered_moments(offered)] == ["10:00", "10:30"]
        letter = offered.messages.get(kind="offer")
        assert letter.state == "queued"

    def test_of_promises_and_reminders_by_phone_stay_on_the_clock(self, clinic):
        promised = make_request()
        by_phone = make_request(WEDNESDAY, email="", phone="+60123456789")

        move(clinic, JAKARTA)

        assert clock(promised.open_promise(), JAKARTA) == "2026-06-01 13:00"
        reminder = by_phone.tasks.get(kind=TaskKind.CALL_TO_REMIND)
        assert clock(reminder.due_at, JAKARTA) == "2026-06-02 09:00"

    def test_of_closures_stay_on_the_clock(self, clinic):
        clinic.closures.create(starts_at=WEDNESDAY, ends_at=WEDNESDAY + DAY, reason="Holiday")

        move(clinic, JAKARTA)

        closure = clinic.closures.get()
        assert [clock(moment, JAKARTA) for moment in (closure.starts_at, closure.ends_at)] == [
            "2026-06-03 10:00",
            "2026-06-04 10:00",
        ]

    @pytest.mark.slow
    def test_are_listed_with_the_time_that_the_patient_was_told(self, clinic):
        later = make_request(WEDNESDAY + DAY, email="b@example.org")
        sooner = make_request(WEDNESDAY)
        # Neither what is over nor what is cancelled.
        make_request(NOW.replace(hour=9), email="c@example.org")
        booking.cancel(make_request(WEDNESDAY + HALF_HOUR, email="d@example.org"))

        told = zones.told_times(NOW.replace(hour=9), KUALA_LUMPUR)

        assert [request for request, _moment in told] == [sooner, later]
        assert [clock(moment, KUALA_LUMPUR)[-5:] for _request, moment in told] == ["10:00", "10:00"]

    @pytest.mark.parametrize("act", one_in(2, ["cancel", "move", "offer"]))
    def test_come_back_with_an_act_that_is_undone_afterwards(self, clinic, manager, act):
        request = make_request(WEDNESDAY + DAY)
        sending.send_due("me")
        if act == "cancel":
            request = booking.cancel(request, by=manager)
        elif act == "move":
            request = booking.change_time(request, WEDNESDAY, by=manager)
        else:
            request = staff_acts.offer(request, [WEDNESDAY], by=manager)
        move(clinic, JAKARTA)

        undoing.undo(request.events.last(), by=manager)

        start = request.held_visit().start
        assert clock(start, JAKARTA) == "2026-06-04 10:00"
        assert request.held_visit().minutes == 30
        reminders = request.messages.filter(kind__startswith="reminder", state="queued")
        assert {message.payload["start"] for message in reminders} == {start.isoformat()}
        assert {clock(message.not_before, JAKARTA)[-5:] for message in reminders} == {"10:00"}
        assert len(reminders) == 2
        assert outbox.told_start(request) == start

    def test_of_an_offer_come_back_with_an_act_that_is_undone_afterwards(self, clinic, manager):
        request = staff_acts.offer(make_request(), [WEDNESDAY], by=manager)
        request = booking.change_time(request, WEDNESDAY + DAY, by=manager)
        move(clinic, JAKARTA)

        request = undoing.undo(request.events.last(), by=manager)

        assert [clock(moment, JAKARTA) for moment in holding.offered_moments(request)] == ["2026-06-03 10:00"]
        call = request.tasks.open().get(kind=TaskKind.CALL)
        assert clock(call.due_at, JAKARTA) == "2026-06-03 10:00"

    def test_that_are_over_on_the_new_clock_leave_the_visit_at_its_moment(self, clinic):
        request, later = make_request(NOW.replace(hour=10)), make_request(WEDNESDAY, email="b@example.org")
        clinic.time_zone = "Pacific/Auckland"
        clinic.save()

        (clash,) = zones.keep_told_times(clinic, KUALA_LUMPUR, AUCKLAND, NOW)

        assert (clash.consultation, clash.start, clash.reason) == (request, NOW.replace(hour=10), "zone")
        assert (request.held_visit().start, request.sequence) == (NOW.replace(hour=10), 0)
        assert request.messages.get(kind="confirmed").payload["start"] == request.held_visit().start.isoformat()
        assert clock(later.held_visit().start, AUCKLAND) == "2026-06-03 10:00"
        (task,) = clashes.put_on_the_list([clash], clinic, NOW)
        settling.sweep(NOW)
        assert task in request.tasks.open()

    def test_after_a_change_there_and_back_are_what_they_were(self, clinic):
        requests = [make_request(WEDNESDAY), make_request(WEDNESDAY + DAY, email="b@example.org")]

        move(clinic, KATHMANDU)
        move(Clinic.objects.current(), KUALA_LUMPUR)

        assert [request.held_visit().start for request in requests] == [WEDNESDAY, WEDNESDAY + DAY]
