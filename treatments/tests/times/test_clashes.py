"""A held visit that does not fit any more is shown before it is saved, stands on the list, and leaves it again."""

import datetime
import zoneinfo

import pytest
from bs4 import BeautifulSoup

from treatments.consultation import booking, staff_acts, undoing
from treatments.follow_up import settling
from treatments.models import Act, Clinic, ConsultationRequest, Task, TaskKind
from treatments.models.private_link import new_secret
from treatments.tests.builders import change, make_request
from treatments.tests.meaning import words
from treatments.tests.monday import DAY, HALF_HOUR, HOUR, NOW, WEDNESDAY
from treatments.tests.tables import one_in
from treatments.times import clashes

JAKARTA = zoneinfo.ZoneInfo("Asia/Jakarta")
SCREEN = "/admin/treatments/clinic/1/change/"

pytestmark = pytest.mark.usefixtures("monday_morning")


def found(now=NOW):
    return [(clash.consultation, clash.reason) for clash in clashes.find(Clinic.objects.prefetched(), now)]


def crowd(number, start=WEDNESDAY):
    """So many visits at one moment."""
    return [make_request(start, email=f"{n}@example.org") for n in range(number)]


def close(clinic, start=WEDNESDAY, length=HALF_HOUR * 4):
    return clinic.closures.create(starts_at=start, ends_at=start + length, reason="Training")


def listed():
    """The requests to be looked at again."""
    return [task.request for task in Task.objects.open().filter(kind=TaskKind.LOOK_AGAIN).order_by("request_id")]


def reason_of(request):
    """Why a request is to be looked at again."""
    return request.tasks.open().get(kind=TaskKind.LOOK_AGAIN).payload["reason"]


class TestAVisitThatDoesNotFit:
    def test_is_none_while_nothing_has_changed(self, clinic):
        change(clinic, seats=2)
        crowd(2)

        assert found() == []

    def test_lies_outside_the_hours(self, clinic):
        inside, outside = make_request(WEDNESDAY + DAY), make_request(WEDNESDAY)
        close(clinic)

        assert found() == [(outside, "hours")]
        assert inside.held_visit()

    @pytest.mark.parametrize(
        ("opens", "closes"),
        one_in(3, [("09:00", "10:15"), ("10:05", "17:00"), ("12:00", "17:00")]),
        ids=["ends", "begins", "gone"],
    )
    def test_lies_partly_outside_the_hours(self, clinic, opens, closes):
        request = make_request(WEDNESDAY)
        clinic.opening_hours.filter(weekday=3).update(opens=opens, closes=closes)

        assert found() == [(request, "hours")]

    def test_lies_on_a_day_that_is_none_any_more(self, clinic):
        request = make_request(WEDNESDAY)
        clinic.opening_hours.filter(weekday=3).delete()

        assert found() == [(request, "hours")]

    @pytest.mark.parametrize(("before", "after", "number"), one_in(4, [(2, 1, 1), (3, 1, 2), (3, 2, 1), (2, 0, 2)]))
    def test_is_what_came_in_last_where_there_are_fewer_places(self, clinic, before, after, number):
        change(clinic, seats=before)
        held = crowd(before)
        change(clinic, seats=after)

        assert found() == [(request, "seats") for request in held[before - number :]]

    def test_is_counted_in_each_five_minutes(self, clinic):
        change(clinic, seats=2, visit_minutes=60)
        first = make_request(WEDNESDAY - datetime.timedelta(hours=1), email="a@example.org")
        second = make_request(WEDNESDAY, email="b@example.org")
        change(clinic, visit_minutes=30)
        third = make_request(WEDNESDAY + HALF_HOUR, email="c@example.org")
        change(clinic, seats=1)

        assert found() == [(third, "seats")]
        assert first.held_visit()
        assert second.held_visit()

    def test_is_none_that_has_begun_or_is_over(self, clinic):
        begun = make_request(NOW.replace(hour=9))
        cancelled = booking.cancel(make_request(WEDNESDAY, email="b@example.org"))
        clinic.opening_hours.all().delete()

        assert found(now=NOW.replace(hour=9)) == []
        assert (begun.state, cancelled.state) == ("confirmed", "cancelled")

    def test_is_none_that_staff_booked_outside_the_hours_knowing_so(self, clinic, receptionist):
        for start in (NOW.replace(hour=18), WEDNESDAY + DAY * 3, NOW.replace(hour=8, minute=30) + DAY):
            booking.ask(
                {"name": "Bo", "phone": "", "email": "bo@example.org"},
                start=start,
                form_key=new_secret(),
                by=receptionist,
            )
        close(clinic, NOW.replace(hour=0), DAY * 10)

        assert found() == []

    def test_is_no_visit_for_which_the_length_alone_has_changed(self, clinic):
        make_request(WEDNESDAY)
        change(clinic, visit_minutes=60)

        assert found() == []


class TestTheList:
    """Each clash stands on it once, and leaves it by a verb or by itself."""

    @pytest.fixture
    def clash(self, clinic):
        """A visit over which a closure was entered."""
        request = make_request(WEDNESDAY)
        self.closure = close(clinic)
        self.list_all()
        return request

    def list_all(self):
        clinic = Clinic.objects.prefetched()
        clashes.take_off_the_list(clinic, NOW)
        return clashes.put_on_the_list(clashes.find(clinic, NOW), clinic, NOW)

    def test_holds_it_once_however_often_the_screen_is_saved(self, clash):
        assert [self.list_all() for _time in range(2)] == [[], []]
        assert listed() == [clash]
        assert clash.held_visit().start == WEDNESDAY

    @pytest.mark.parametrize("how", one_in(4, ["keep", "move", "cancel", "erase", "mistake", "begins"]))
    def test_loses_it_when_it_is_dealt_with(self, clash, receptionist, how):
        if how == "keep":
            staff_acts.end_task(clash.tasks.get(kind=TaskKind.LOOK_AGAIN), Act.KEPT, by=receptionist)
        elif how == "move":
            booking.change_time(clash, WEDNESDAY + DAY, by=receptionist)
        elif how == "cancel":
            booking.cancel(clash)
        elif how == "erase":
            ConsultationRequest.objects.update(state="missed")
            self.list_all()
        elif how == "mistake":
            self.closure.delete()
            self.list_all()
        else:
            settling.sweep(WEDNESDAY)

        assert listed() == []

    def test_does_not_hold_again_what_was_looked_at_and_kept(self, clash, receptionist):
        staff_acts.end_task(clash.tasks.get(kind=TaskKind.LOOK_AGAIN), Act.KEPT, by=receptionist)

        assert self.list_all() == []

    @pytest.mark.slow
    def test_holds_it_again_when_it_was_moved_into_another_clash(self, clash, receptionist):
        staff_acts.end_task(clash.tasks.get(kind=TaskKind.LOOK_AGAIN), Act.KEPT, by=receptionist)
        booking.change_time(clash, WEDNESDAY + HALF_HOUR * 8)
        close(Clinic.objects.current(), WEDNESDAY + HALF_HOUR * 8)

        assert len(self.list_all()) == 1

    def test_says_what_is_wrong_by_now(self, clinic):
        change(clinic, seats=2)
        _first, last = crowd(2)
        closure = close(clinic)
        self.list_all()
        assert reason_of(last) == "hours"
        closure.delete()
        change(clinic, seats=1)

        self.list_all()

        assert (listed(), reason_of(last)) == ([last], "seats")

    def test_holds_it_again_when_it_had_fitted_meanwhile(self, clash):
        self.closure.delete()
        self.list_all()
        close(Clinic.objects.current())

        assert len(self.list_all()) == 1

    def test_is_due_at_the_next_opening(self, clinic):
        make_request(WEDNESDAY)
        close(clinic)

        (task,) = clashes.put_on_the_list(clashes.find(clinic, NOW), clinic, NOW)

        assert task.due_at == NOW.replace(hour=9)
        assert task.payload == {"reason": "hours", "start": WEDNESDAY.astimezone(datetime.UTC).isoformat()}

    def test_is_due_at_once_when_the_clinic_does_not_open_before_the_visit(self, clinic, time_machine):
        monday = NOW + 7 * DAY
        sunday = monday - 12 * HOUR
        make_request(monday + 6 * HOUR)
        time_machine.move_to(sunday, tick=False)
        close(clinic, monday, DAY)

        (task,) = clashes.put_on_the_list(clashes.find(clinic, sunday), clinic, sunday)

        assert task.due_at == sunday

    @pytest.mark.parametrize("goes", one_in(2, [0, 1]))
    def test_loses_the_one_too_many_when_the_other_goes(self, clinic, goes):
        change(clinic, seats=2)
        held = crowd(2)
        change(clinic, seats=1)
        self.list_all()
        assert listed() == [held[1]]

        booking.cancel(held[goes])

        assert listed() == []
        assert held[1 - goes].held_visit()

    @pytest.mark.parametrize("how", one_in(2, ["changed", "offered"]))
    def test_loses_it_too_when_the_other_moves_away(self, clinic, receptionist, how):
        change(clinic, seats=2)
        held = crowd(2)
        change(clinic, seats=1)
        self.list_all()

        if how == "changed":
            booking.change_time(held[0], WEDNESDAY + DAY)
        else:
            staff_acts.offer(held[0], [WEDNESDAY + DAY], by=receptionist)

        assert listed() == []

    @pytest.mark.slow
    def test_holds_it_again_after_that_was_undone(self, clinic, receptionist):
        change(clinic, seats=2)
        held = crowd(2)
        change(clinic, seats=1)
        self.list_all()
        cancelled = booking.cancel(held[1], by=receptionist)
        assert listed() == []

        with pytest.raises(undoing.TooLate):
            undoing.undo(cancelled.events.last(), by=receptionist)

        assert listed() == []
        assert held[0].held_visit()


class TestAnUndo:
    """Of an act before which the clinic was still open."""

    def test_of_a_cancelled_visit_puts_it_on_the_list(self, clinic, receptionist):
        request = booking.cancel(make_request(WEDNESDAY), by=receptionist)
        close(clinic)

        undoing.undo(request.events.last(), by=receptionist)

        assert (request.held_visit().start, listed()) == (WEDNESDAY, [request])

    def test_of_a_move_puts_it_on_the_list(self, clinic, receptionist):
        request = booking.change_time(make_request(WEDNESDAY), WEDNESDAY + DAY, by=receptionist)
        clinic.opening_hours.filter(weekday=3).update(opens=datetime.time(12))

        undoing.undo(request.events.last(), by=receptionist)

        assert (request.held_visit().start, listed()) == (WEDNESDAY, [request])

    def test_takes_another_off_the_list_that_fits_again(self, clinic, receptionist):
        change(clinic, seats=2)
        mover, other = make_request(WEDNESDAY + DAY), make_request(WEDNESDAY, email="b@example.org")
        mover = booking.change_time(mover, WEDNESDAY, by=receptionist)
        change(clinic, seats=1)
        clinic = Clinic.objects.prefetched()
        clashes.put_on_the_list(clashes.find(clinic, NOW), clinic, NOW)
        assert listed() == [other]

        undoing.undo(mover.events.last(), by=receptionist)

        assert listed() == []

    def test_leaves_alone_what_was_booked_outside_the_hours_knowing_so(self, clinic, receptionist):
        early = booking.change_time(make_request(WEDNESDAY), WEDNESDAY + DAY * 3, by=receptionist)
        booking.cancel(early, by=receptionist)

        undoing.undo(early.events.last(), by=receptionist)

        assert (early.held_visit().start, listed()) == (WEDNESDAY + DAY * 3, [])

    def test_opens_a_call_again_while_the_clinic_is_open(self, clinic, receptionist):
        request = make_request(email="", phone="+60123456789")
        request.tasks.update(due_at=WEDNESDAY)
        request = staff_acts.called(request, Act.SPOKE, by=receptionist)
        close(clinic, WEDNESDAY - HOUR * 2, DAY)

        undoing.undo(request.events.last(), by=receptionist)

        assert request.tasks.open().get().due_at == WEDNESDAY - HOUR * 17


class Screen:
    """The clinic's screen, as a browser holds it."""

    def __init__(self, client):
        self.client = client
        self.page = BeautifulSoup(client.get(SCREEN).content, "html.parser")

    def values(self):
        values = {}
        for element in self.page.select(
            "#clinic_form input[name], #clinic_form select[name], #clinic_form textarea[name]"
        ):
            name, kind = element["name"], element.get("type")
            if name in ("_continue", "_addanother", "_save"):
                continue
            if element.name == "select":
                chosen = element.select_one("option[selected]")
                values[name] = chosen["value"] if chosen else ""
            elif kind in ("checkbox", "radio"):
                if element.has_attr("checked"):
                    values[name] = element.get("value", "on")
            else:
                values[name] = element.get("value", element.text.strip())
        return values

    def save(self, **changes):
        """Save it with these changes; whether it was saved."""
        response = self.client.post(SCREEN, {**self.values(), **changes})
        self.page = BeautifulSoup(response.content, "html.parser")
        self.is_saved = response.status_code == 302
        return self.is_saved

    def tick(self, **changes):
        """Tick the box and save again."""
        return self.save(agreed=self.page.select_one("[name=agreed]")["value"], **changes)

    def hours(self, weekday):
        """The prefix of the row of a weekday's hours."""
        (row,) = (
            name.removesuffix("-weekday")
            for name, value in self.values().items()
            if name.endswith("-weekday") and value == str(weekday)
        )
        return row

    @property
    def lines(self):
        return [words(line) for line in self.page.select(".errornote li, .errorlist li li")]


def closure_of(first, last, number=0):
    """What is typed for a closure of whole hours of a date: (date, time)."""
    prefix = f"closures-{number}"
    return {
        f"{prefix}-starts_at_0": f"{first:%Y-%m-%d}",
        f"{prefix}-starts_at_1": f"{first:%H:%M}",
        f"{prefix}-ends_at_0": f"{last:%Y-%m-%d}",
        f"{prefix}-ends_at_1": f"{last:%H:%M}",
        f"{prefix}-reason": "Training",
    }


@pytest.mark.slow
@pytest.mark.usefixtures("clinic")
class TestSavingTheClinicsScreen:
    @pytest.fixture
    def screen(self, clinic, desk):
        """Of a clinic with two seats and two visits on Wednesday at ten."""
        change(clinic, seats=2)
        self.first, self.second = crowd(2)
        return Screen(desk)

    def test_saves_at_once_what_leaves_every_visit_its_place(self, screen):
        assert screen.save(notice_hours="12", name="Nexus", seats="3")
        assert Clinic.objects.current().seats == 3
        assert listed() == []

    @pytest.mark.parametrize("what", ["seats", "hours", "day", "closure"])
    def test_saves_nothing_before_the_visits_in_the_way_were_seen(self, screen, what):
        hours = screen.hours(3)
        changes = {
            "seats": {"seats": "1"},
            "hours": {f"{hours}-opens": "11:00"},
            "day": {f"{hours}-DELETE": "on"},
            "closure": closure_of(WEDNESDAY, WEDNESDAY + HALF_HOUR * 4),
        }[what]

        assert not screen.save(name="Renamed", **changes)

        clinic = Clinic.objects.prefetched()
        assert (clinic.seats, clinic.name, clinic.closures.count()) == (2, "Nexus Clinic", 0)
        assert clinic.opening_hours.get(weekday=3).opens == datetime.time(9)
        assert listed() == []
        expected = [self.second] if what == "seats" else [self.first, self.second]
        assert len(screen.lines) == len(expected)
        for line, request in zip(screen.lines, expected, strict=True):
            assert line.startswith("Wednesday 3 June 2026, 10:00")
            assert request.reference in line
        assert "Nothing was saved yet." in words(screen.page)
        assert screen.values()["name"] == "Renamed"

        assert screen.tick()
        assert listed() == expected
        assert self.first.held_visit()
        assert self.second.held_visit()
        assert Clinic.objects.current().name == "Renamed"

    def test_asks_again_when_the_list_is_another_by_now(self, screen):
        screen.save(seats="0")
        third = make_request(WEDNESDAY + HALF_HOUR, email="c@example.org")

        assert not screen.tick()
        assert third.reference in " ".join(screen.lines)
        assert Clinic.objects.current().seats == 2
        assert screen.tick()
        assert listed() == [self.first, self.second, third]

    def test_does_not_take_a_tick_for_another_change(self, screen):
        screen.save(seats="1")

        assert not screen.tick(seats="0")
        assert Clinic.objects.current().seats == 2

    def test_can_be_given_up_without_a_trace(self, screen, desk):
        screen.save(seats="1")

        assert Screen(desk).save(name="Other")
        assert (Clinic.objects.current().seats, listed()) == (2, [])

    def test_asks_nothing_about_what_stands_on_the_list_or_was_kept(self, screen, desk, receptionist):
        screen.save(seats="1")
        screen.tick()

        assert Screen(desk).save(name="Once more")
        assert listed() == [self.second]
        staff_acts.end_task(self.second.tasks.get(kind=TaskKind.LOOK_AGAIN), Act.KEPT, by=receptionist)
        assert Screen(desk).save(name="And again")
        assert listed() == []

    def test_takes_what_was_a_mistake_off_the_list_again(self, screen, desk):
        screen.save(seats="1")
        screen.tick()

        assert Screen(desk).save(seats="2")
        assert listed() == []
        assert self.second.tasks.get(kind=TaskKind.LOOK_AGAIN).state == "lapsed"

    def test_takes_a_closure_that_was_taken_out_off_the_list_again(self, screen, desk):
        screen.save(**closure_of(WEDNESDAY, WEDNESDAY + HALF_HOUR * 4))
        screen.tick()
        assert listed() == [self.first, self.second]

        assert Screen(desk).save(**{"closures-0-DELETE": "on"})

        assert listed() == []

    @pytest.mark.parametrize(
        ("notice", "horizon", "is_saved"), [("480", "14", False), ("336", "14", False), ("335", "14", True)]
    )
    def test_refuses_a_notice_as_long_as_the_horizon(self, screen, notice, horizon, is_saved):
        assert screen.save(notice_hours=notice, horizon_days=horizon) is is_saved
        assert ("no time can ever be chosen" in words(screen.page)) is not is_saved


@pytest.mark.slow
@pytest.mark.usefixtures("clinic")
class TestSavingAnotherTimeZone:
    @pytest.fixture
    def screen(self, desk):
        """Of a clinic with a visit on Wednesday at ten and one on Thursday at nine."""
        self.first = make_request(WEDNESDAY)
        self.second = make_request(WEDNESDAY.replace(hour=9) + DAY, email="b@example.org")
        return Screen(desk)

    def test_lists_every_visit_ahead_with_the_time_that_was_told(self, screen):
        assert not screen.save(time_zone="Asia/Jakarta")

        assert [
            line.partition(f", {request.reference}")[0]
            for line, request in zip(screen.lines, (self.first, self.second), strict=True)
        ] == ["Wednesday 3 June 2026, 10:00", "Thursday 4 June 2026, 09:00"]
        assert Clinic.objects.current().time_zone == "Asia/Kuala_Lumpur"
        assert self.first.held_visit().start == WEDNESDAY

    def test_keeps_the_told_times_unless_something_else_is_chosen(self, screen):
        screen.save(time_zone="Asia/Jakarta")
        assert screen.page.select_one("[name=told_times][checked]")["value"] == "told"

        assert screen.tick()

        assert Clinic.objects.current().time_zone == "Asia/Jakarta"
        assert self.first.held_visit().start == WEDNESDAY.replace(tzinfo=JAKARTA)
        assert listed() == []

    def test_can_keep_the_moments_and_has_each_patient_told(self, screen, desk):
        screen.save(time_zone="Asia/Jakarta")

        # The visit at nine is at eight by the new clock, when the clinic is closed.
        while not screen.is_saved:
            assert screen.page.select_one("[name=agreed]")
            screen.tick(told_times="moments")

        assert self.first.held_visit().start == WEDNESDAY
        assert listed() == [self.first, self.second]
        settling.sweep(NOW)
        assert Screen(desk).save(name="Once more")
        assert listed() == [self.first, self.second]

    def test_lists_a_visit_whose_told_time_is_over_on_the_new_clock(self, screen):
        today = make_request(NOW.replace(hour=10), email="c@example.org")

        screen.save(time_zone="Pacific/Auckland")
        assert sum("is over on the new clock" in line for line in screen.lines) == 1
        assert screen.tick()

        assert (today.held_visit().start, listed()) == (NOW.replace(hour=10), [today])
        settling.sweep(NOW)
        assert listed() == [today]

    def keep_moments(self, screen, zone):
        screen.save(time_zone=zone)
        while not screen.is_saved:
            screen.tick(told_times="moments")

    @pytest.mark.parametrize("act", ["cancel", "move", "offer"])
    def test_that_keeps_the_moments_has_a_patient_told_whose_visit_an_undo_brings_back(
        self, screen, desk, receptionist, act
    ):
        request = {
            "cancel": lambda: booking.cancel(self.first, by=receptionist),
            "move": lambda: booking.change_time(self.first, WEDNESDAY + DAY, by=receptionist),
            "offer": lambda: staff_acts.offer(self.first, [WEDNESDAY + DAY], by=receptionist),
        }[act]()
        self.keep_moments(screen, "Asia/Jakarta")

        undoing.undo(request.events.last(), by=receptionist)

        assert request.held_visit().start == WEDNESDAY
        assert listed() == [self.first, self.second]
        assert reason_of(self.first) == "zone"
        settling.sweep(NOW)
        assert Screen(desk).save(name="Once more")
        assert listed() == [self.first, self.second]

    def test_has_a_patient_told_whose_visit_an_undo_brings_back_when_its_told_time_is_over(
        self, screen, desk, receptionist
    ):
        today = make_request(NOW.replace(hour=10), email="c@example.org")
        booking.cancel(today, by=receptionist)
        screen.save(time_zone="Pacific/Auckland")
        assert screen.tick()

        undoing.undo(today.events.last(), by=receptionist)

        assert (today.held_visit().start, reason_of(today)) == (NOW.replace(hour=10), "zone")

    def test_says_that_the_zone_has_changed_where_a_visit_is_outside_the_hours_by_that_as_well(
        self, screen, receptionist
    ):
        self.keep_moments(screen, "Asia/Jakarta")

        assert reason_of(self.second) == "zone"
        staff_acts.end_task(self.second.tasks.get(kind=TaskKind.LOOK_AGAIN), Act.KEPT, by=receptionist)
        assert reason_of(self.second) == "hours"
        undoing.undo(self.second.events.last(), by=receptionist)
        assert reason_of(self.second) == "zone"

    def test_that_was_a_mistake_takes_off_the_list_what_the_clock_shows_as_it_was_told(self, screen, desk):
        self.keep_moments(screen, "Asia/Jakarta")

        self.keep_moments(Screen(desk), "Asia/Kuala_Lumpur")

        assert listed() == []

    def test_has_patients_told_once_more_after_they_were_told_of_an_earlier_one(self, screen, desk, receptionist):
        self.keep_moments(screen, "Asia/Jakarta")
        for task in Task.objects.open().filter(kind=TaskKind.LOOK_AGAIN):
            staff_acts.end_task(task, Act.KEPT, by=receptionist)

        self.keep_moments(Screen(desk), "Asia/Kathmandu")

        assert reason_of(self.first) == "zone"

    def test_in_which_the_clock_is_the_same_has_nobody_told(self, screen):
        self.keep_moments(screen, "Asia/Singapore")

        assert listed() == []

    def test_of_a_clinic_without_visits_ahead_asks_nothing(self, desk):
        make_request()

        assert Screen(desk).save(time_zone="Europe/London")
