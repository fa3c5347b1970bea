"""Whatever patients do to a request happens wholly or not at all, and no place is ever held twice."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from treatments.consultation import booking, contact, set_apart, staff_acts, undoing
from treatments.consultation.acting import NotPossible, Overtaken
from treatments.follow_up import letters, settling
from treatments.models import Act, Clinic, ConsultationRequest, Message, RequestEvent, SeatCell, TaskKind
from treatments.models.consultation import EMPTIED
from treatments.models.private_link import new_secret
from treatments.tests.builders import make_request
from treatments.tests.monday import DAY, ELEVEN, HALF_HOUR, HALF_PAST_TEN, NOW, TEN, WEDNESDAY
from treatments.tests.of_request import last_event, visit_of
from treatments.tests.tables import one_in
from treatments.times import holding
from treatments.times.holding import TimeGone
from treatments.values.visit import Visit

pytestmark = pytest.mark.usefixtures("monday_morning")


def ask(start=None, *, name="Aisha", phone="", email="aisha@example.org", form_key=None, **options):
    """Ask for a visit or a call, with these answers."""
    options.setdefault("form_key", form_key or new_secret())
    answers = {"name": name, "phone": phone, "email": email}
    if options.pop("needs_clinician", False):
        answers |= {"precautions": "pregnant", "needs_clinician": True}
    return booking.ask(answers, start=start, **options)


def change(clinic, **values):
    """Give the clinic's row other values, as saving its screen does."""
    for name, value in values.items():
        setattr(clinic, name, value)
    clinic.save()


def kinds(request, state="queued"):
    return sorted(request.messages.filter(state=state).values_list("kind", flat=True))


def open_tasks(request):
    """The open tasks about a request: kind and due."""
    return list(request.tasks.open().values_list("kind", "due_at"))


@pytest.mark.usefixtures("clinic")
class TestAskingForATime:
    def test_holds_every_cell_of_it_and_confirms_it(self):
        request = ask(TEN)

        assert request.state == "confirmed"
        assert request.held_visit() == Visit(TEN, HALF_PAST_TEN)
        assert list(request.cells.values_list("seat", flat=True)) == [0] * 6
        assert open_tasks(request) == []

    def test_that_is_taken_is_refused_with_the_nearest_times_and_stores_nothing(self):
        ask(TEN)

        with pytest.raises(TimeGone) as gone:
            ask(TEN, email="b@example.org")

        assert gone.value.nearest == [NOW + datetime.timedelta(hours=hours) for hours in (1, 1.5, 2.5)]
        assert ConsultationRequest.objects.count() == 1
        assert set(Message.objects.values_list("request__email", flat=True)) == {"aisha@example.org"}

    @pytest.mark.parametrize(
        "start",
        one_in(
            4,
            [
                TEN - DAY,
                TEN + datetime.timedelta(minutes=5),
                TEN + DAY * 400,
                TEN + datetime.timedelta(hours=12),
                datetime.datetime(1, 1, 1, tzinfo=datetime.UTC) + DAY * 40,
            ],
        ),
    )
    def test_that_is_not_offered_is_refused(self, start):
        with pytest.raises(TimeGone):
            ask(start)

        assert not ConsultationRequest.objects.exists()

    def test_never_overlaps_a_visit_of_another_length(self, clinic):
        ask(HALF_PAST_TEN)
        change(clinic, visit_minutes=60)

        with pytest.raises(TimeGone):
            ask(TEN, email="b@example.org")
        assert ask(ELEVEN, email="b@example.org").held_visit() == Visit(ELEVEN, ELEVEN + datetime.timedelta(hours=1))

    def test_puts_a_health_answer_on_the_list_for_a_clinician(self):
        request = ask(WEDNESDAY, needs_clinician=True)

        assert open_tasks(request) == [(TaskKind.HEALTH_ANSWER, NOW.replace(hour=9))]

    def test_without_email_is_confirmed_and_reminded_of_by_phone_on_open_days(self):
        monday = TEN + DAY * 7

        request = ask(monday, email="", phone="+60123456789")

        assert kinds(request) == []
        assert open_tasks(request) == [
            (TaskKind.CALL_TO_CONFIRM, NOW.replace(hour=9)),
            (TaskKind.CALL_TO_REMIND, (monday - DAY * 3).replace(hour=9)),
        ]


@pytest.mark.usefixtures("clinic")
class TestCapacity:
    """A count under the clinic's lock: no seat number that happens to be free lets one visit too many in."""

    @pytest.fixture
    def two(self, clinic):
        """Two visits at ten, on two seats; there is one seat by now."""
        change(clinic, seats=2)
        held = [ask(TEN, email=f"{n}@example.org") for n in range(2)]
        change(clinic, seats=1)
        return held

    def test_takes_as_many_as_there_are_seats(self, clinic):
        change(clinic, seats=2)

        seats = {ask(TEN, email=f"{n}@example.org").cells.first().seat for n in range(2)}

        assert seats == {0, 1}
        with pytest.raises(TimeGone):
            ask(TEN, email="c@example.org")

    @pytest.mark.parametrize("goes", one_in(2, [0, 1]))
    def test_that_was_lowered_lets_nobody_in_while_one_is_held(self, two, receptionist, goes):
        booking.cancel(two[goes])

        for by in (None, receptionist):
            with pytest.raises(TimeGone):
                ask(TEN, email="c@example.org", by=by)
        with pytest.raises(TimeGone):
            booking.change_time(ask(WEDNESDAY, email="c@example.org"), TEN)

    @pytest.mark.slow
    def test_that_was_lowered_from_three_to_two_lets_one_in_after_two_have_gone(self, clinic):
        change(clinic, seats=3)
        held = [ask(TEN, email=f"{n}@example.org") for n in range(3)]
        change(clinic, seats=2)

        booking.cancel(held[0])
        with pytest.raises(TimeGone):
            ask(TEN, email="d@example.org")
        booking.cancel(held[1])

        assert ask(TEN, email="d@example.org").held_visit()

    def test_that_was_lowered_to_none_offers_nothing(self, clinic):
        change(clinic, seats=0)

        with pytest.raises(TimeGone):
            ask(TEN)

    def test_binds_an_undo_too(self, clinic, receptionist):
        moved = booking.change_time(ask(TEN), ELEVEN, by=receptionist)
        ask(TEN, email="b@example.org")

        with pytest.raises(undoing.TooLate) as late:
            undoing.undo(last_event(moved), by=receptionist)

        assert late.value.reason == "gone"
        assert visit_of(moved).start == ELEVEN

    def test_binds_what_was_set_apart_and_is_real_too(self, receptionist):
        request = ask(TEN, looks_like_spam=True)
        ask(TEN, email="b@example.org")

        set_apart.it_is_real(request, by=receptionist)

        request.refresh_from_db()
        assert (request.held_visit(), request.wished_at, request.state) == (None, None, "requested")

    @pytest.mark.slow
    def test_lets_a_visit_take_another_number_in_each_five_minutes(self, clinic):
        change(clinic, seats=2, visit_minutes=15)
        quarter = datetime.timedelta(minutes=15)
        first, _second = ask(TEN, email="a@example.org"), ask(TEN, email="b@example.org")
        ask(TEN + quarter, email="c@example.org")
        booking.cancel(first)
        change(clinic, visit_minutes=30)

        held = ask(TEN, email="d@example.org")

        assert list(held.cells.values_list("seat", flat=True)) == [0, 0, 0, 1, 1, 1]


@pytest.mark.usefixtures("clinic")
class TestATimeThatIsConfirmedByHand:
    @pytest.fixture(autouse=True)
    def _by_hand(self, clinic):
        change(clinic, confirms_by_hand=True)

    def test_waits_for_staff_until_the_promise(self):
        request = ask(WEDNESDAY)

        assert (request.state, request.held_visit().start, request.open_promise()) == (
            "requested",
            WEDNESDAY,
            NOW.replace(hour=13),
        )
        assert open_tasks(request) == [(TaskKind.CONFIRM, NOW.replace(hour=13))]
        assert kinds(request) == ["promise"]

    @pytest.mark.parametrize("hours", [4, 3])
    def test_is_answered_two_opening_hours_before_it_begins(self, hours):
        start = NOW + datetime.timedelta(hours=hours)

        assert ask(start).open_promise() == start - datetime.timedelta(hours=2)

    @pytest.mark.parametrize("start", [TEN, HALF_PAST_TEN, NOW.replace(hour=9)])
    def test_is_not_offered_when_nobody_could_confirm_it_before(self, start):
        with pytest.raises(TimeGone):
            ask(start)

    def test_that_nobody_confirmed_becomes_a_call_when_it_has_begun(self):
        request = ask(WEDNESDAY)

        settling.sweep(WEDNESDAY)

        assert open_tasks(request) == [(TaskKind.CALL, WEDNESDAY)]

    def test_cannot_be_confirmed_after_it_has_begun(self, receptionist):
        request = ask(WEDNESDAY)

        with pytest.raises(NotPossible):
            staff_acts.confirm(request, by=receptionist, now=WEDNESDAY)


@pytest.mark.usefixtures("clinic")
class TestAskingToBeCalled:
    def test_is_promised_an_hour_and_holds_nothing(self):
        request = ask()

        assert (request.way, request.state, request.held_visit()) == ("call", "requested", None)
        assert request.open_promise() == NOW + datetime.timedelta(hours=5)
        assert open_tasks(request) == [(TaskKind.CALL, request.open_promise())]

    def test_of_a_clinic_that_is_closed_for_weeks_is_promised_the_day_when_it_opens(self, clinic):
        until = NOW.replace(hour=0) + DAY * 42
        clinic.closures.create(starts_at=NOW, ends_at=until, reason="Building works")

        assert ask().open_promise() == until.replace(hour=13)

    def test_of_a_clinic_without_hours_is_promised_none_and_waits_on_the_list(self, clinic):
        clinic.opening_hours.all().delete()

        request = ask()

        assert request.open_promise() is None
        assert open_tasks(request) == [(TaskKind.CALL, NOW)]
        assert kinds(request) == ["promise"]


@pytest.mark.usefixtures("clinic")
class TestAReference:
    def test_is_never_one_that_another_request_has(self, monkeypatch):
        taken = ask().reference
        made = iter([taken, taken, "ACDEFG"])
        monkeypatch.setattr(booking, "new_reference", lambda: next(made))

        assert ask(email="b@example.org").reference == "ACDEFG"


@pytest.mark.usefixtures("clinic")
class TestARepeatedSend:
    def test_with_the_same_answers_gives_the_same_request(self):
        first = ask(TEN, form_key="k" * 22)

        assert ask(TEN, form_key="k" * 22) == first
        assert SeatCell.objects.count() == 6
        assert RequestEvent.objects.count() == 1

    def test_with_other_answers_changes_nothing(self):
        first = ask(TEN, form_key="k" * 22)

        with pytest.raises(booking.AlreadyAsked):
            ask(ELEVEN, form_key="k" * 22)

        assert first.held_visit() == Visit(TEN, HALF_PAST_TEN)
        assert ConsultationRequest.objects.count() == 1


class TestTheSamePerson:
    """By contact and folded name, whichever way the form was sent: one place of one moment."""

    @pytest.fixture(autouse=True)
    def _two_seats(self, clinic):
        change(clinic, seats=2)

    @pytest.mark.parametrize("name", one_in(4, ["José O’Brien", "jose\u0301 o'brien", "JOSÉ  OBRIEN", "José O'Brien "]))
    def test_cannot_hold_both_places_by_another_form(self, name):
        ask(TEN, name="José O’Brien")

        with pytest.raises(TimeGone):
            ask(TEN, name=name, email="AISHA@example.org")
        assert SeatCell.objects.count() == 6

    def test_cannot_hold_both_places_by_phone_or_by_way_of_the_desk(self, receptionist):
        ask(TEN, phone="+60123456789")

        for by in (None, receptionist):
            with pytest.raises(TimeGone):
                ask(TEN, phone="+60123456789", email="other@example.org", by=by)

    def test_cannot_move_to_the_moment_of_the_other_visit(self, receptionist):
        ask(TEN)
        other = ask(ELEVEN)

        for by in (None, receptionist):
            with pytest.raises(TimeGone):
                booking.change_time(other, TEN, by=by)
        assert other.held_visit().start == ELEVEN

    def test_may_hold_two_moments(self):
        assert ask(TEN).held_visit()
        assert ask(ELEVEN).held_visit()

    @pytest.mark.parametrize("name", one_in(3, ["Aishah", "Ben", "Aisha Tan"]))
    def test_is_another_in_a_family(self, name):
        ask(TEN)

        assert ask(TEN, name=name).held_visit()


@pytest.mark.usefixtures("clinic")
class TestOneContact:
    """Has several people: up to four open requests are taken as they are."""

    def family(self, number, **options):
        return [ask(TEN + HALF_HOUR * n, name=f"Child {'abcdefgh'[n]}", **options) for n in range(number)]

    @pytest.mark.parametrize("contact", one_in(2, [{}, {"email": "", "phone": "+60321611234"}]))
    def test_has_four_of_them_taken_as_they_are(self, contact):
        assert all(request.held_visit() and not request.is_set_apart for request in self.family(4, **contact))

    def test_has_the_fifth_set_apart_with_its_wish_and_its_call_and_no_letter(self):
        fifth = self.family(5)[-1]

        assert (fifth.is_set_apart, fifth.way, fifth.held_visit()) == (True, "time", None)
        assert fifth.wished_at == TEN + HALF_HOUR * 4
        assert open_tasks(fifth) == [(TaskKind.CALL, NOW.replace(hour=13))]
        assert kinds(fifth) == []

    def test_has_as_many_as_the_clinic_says(self, clinic):
        change(clinic, open_requests_per_contact=1)

        assert [request.is_set_apart for request in self.family(2)] == [False, True]

    @pytest.mark.slow
    def test_is_not_counted_for_visits_that_have_begun_or_what_is_over(self):
        first, second, *_others = self.family(4)
        booking.cancel(second)

        assert not ask(WEDNESDAY, name="Fifth").is_set_apart
        assert ask(WEDNESDAY + HALF_HOUR, name="Sixth").is_set_apart
        assert not ask(WEDNESDAY + HALF_HOUR, name="Seventh", now=first.held_visit().start).is_set_apart

    def test_is_not_counted_for_what_is_set_apart(self):
        for n in range(4):
            ask(TEN + HALF_HOUR * n, name=f"Machine {'abcd'[n]}", looks_like_spam=True)

        assert not ask(WEDNESDAY).is_set_apart

    @pytest.mark.slow
    def test_limits_no_staff(self, receptionist):
        self.family(4)

        assert ask(WEDNESDAY, by=receptionist).held_visit()


@pytest.mark.usefixtures("clinic")
class TestWhatLooksLikeSpam:
    @pytest.mark.parametrize("start", [TEN, None])
    def test_is_set_apart_holds_nothing_and_writes_to_nobody(self, clinic, start):
        change(clinic, email="clinic@example.org")

        request = ask(start, looks_like_spam=True)

        assert (request.is_set_apart, request.held_visit(), request.wished_at) == (True, None, start)
        assert request.messages.count() == 0
        assert request.open_promise() == NOW.replace(hour=13)

    @pytest.mark.parametrize("email", ["", "aisha@example.org"])
    def test_cannot_take_a_time_by_its_own_page(self, email):
        request = ask(TEN, looks_like_spam=True, email=email, phone="+60123456789")

        with pytest.raises(NotPossible):
            booking.change_time(request, TEN)
        with pytest.raises(NotPossible):
            booking.will_come(request)
        assert request.held_visit() is None

    def test_may_ask_for_what_is_taken_and_tells_nothing_about_it(self):
        ask(TEN, email="b@example.org")

        assert ask(TEN, looks_like_spam=True).wished_at == TEN

    def test_writes_nothing_when_it_is_cancelled_or_erased(self, clinic):
        change(clinic, email="clinic@example.org")
        for act in (booking.cancel, booking.erase):
            request = ask(TEN, looks_like_spam=True)
            act(request)
            assert request.messages.count() == 0

    def test_that_is_real_takes_the_wished_time_if_it_is_free(self, receptionist):
        request = set_apart.it_is_real(ask(WEDNESDAY, looks_like_spam=True), by=receptionist)

        assert (request.state, visit_of(request).start, request.wished_at) == ("confirmed", WEDNESDAY, None)
        assert kinds(request) == ["confirmed", "reminder-1-day"]
        assert open_tasks(request) == []


@pytest.mark.usefixtures("clinic")
class TestChangingTheTime:
    def test_holds_the_new_one_and_frees_the_old_one(self):
        request = ask(TEN)

        booking.change_time(request, ELEVEN)

        assert request.held_visit() == Visit(ELEVEN, ELEVEN + HALF_HOUR)
        assert ask(TEN, email="b@example.org").held_visit()

    def test_keeps_the_old_one_if_the_new_one_is_gone(self):
        request = ask(TEN)
        ask(ELEVEN, email="b@example.org")

        with pytest.raises(TimeGone):
            booking.change_time(request, ELEVEN)

        assert request.held_visit() == Visit(TEN, HALF_PAST_TEN)

    def test_may_overlap_the_old_one(self, clinic):
        change(clinic, visit_minutes=60)
        request = ask(TEN)
        change(clinic, visit_minutes=30)

        booking.change_time(request, HALF_PAST_TEN)

        assert request.held_visit() == Visit(HALF_PAST_TEN, ELEVEN)

    def test_may_begin_before_the_old_one_into_it(self, clinic):
        request = ask(HALF_PAST_TEN)
        change(clinic, visit_minutes=60)

        booking.change_time(request, TEN)

        assert request.held_visit() == Visit(TEN, ELEVEN)

    def test_raises_the_sequence_and_moves_the_reminders(self):
        request = ask(WEDNESDAY)

        changed = booking.change_time(request, WEDNESDAY + datetime.timedelta(hours=1))

        assert changed.sequence == 1
        assert kinds(request) == ["changed", "reminder-1-day"]
        assert kinds(request, "cancelled") == ["confirmed", "reminder-1-day"]
        reminder = request.messages.get(kind="reminder-1-day", state="queued")
        assert reminder.not_before == WEDNESDAY - datetime.timedelta(hours=23)

    def test_to_the_time_that_is_held_changes_nothing(self):
        request = ask(WEDNESDAY)

        booking.change_time(request, WEDNESDAY)

        assert request.events.count() == 1

    def test_makes_a_visit_of_a_call_and_ends_the_promise(self):
        request = booking.change_time(ask(), TEN)

        assert (request.way, request.state, request.open_promise()) == ("time", "confirmed", None)
        assert open_tasks(request) == []

    @pytest.mark.parametrize("state", one_in(4, ["cancelled", "attended", "missed", "called"]))
    def test_is_not_possible_when_it_is_over(self, state):
        request = ask(TEN)
        ConsultationRequest.objects.update(state=state)

        with pytest.raises(NotPossible):
            booking.change_time(request, ELEVEN)

    def test_is_not_possible_once_the_visit_has_begun(self):
        request = ask(TEN)

        with pytest.raises(NotPossible):
            booking.change_time(request, ELEVEN, now=TEN)


@pytest.mark.usefixtures("clinic")
class TestATimeThatStaffOffered:
    """Needs no notice and is not held: it goes to whoever takes it first."""

    @pytest.fixture(autouse=True)
    def _notice_of_a_day(self, clinic):
        change(clinic, notice_hours=24)

    @pytest.mark.parametrize("start", one_in(3, [TEN, ELEVEN + DAY, TEN + DAY * 100]))
    def test_can_be_taken_though_patients_are_not_offered_it(self, receptionist, start):
        request = staff_acts.offer(ask(), [start, start + HALF_HOUR], by=receptionist)

        assert holding.open_offers(request, Clinic.objects.current(), NOW) == [start, start + HALF_HOUR]
        taken = booking.change_time(request, start)

        assert (visit_of(taken).start, taken.state, taken.offered_times) == (start, "confirmed", "")
        assert open_tasks(taken) == []

    @pytest.mark.parametrize("start", [NOW.replace(hour=18), TEN + DAY * 5])
    def test_is_one_at_which_the_clinic_is_open(self, receptionist, start):
        with pytest.raises(NotPossible):
            staff_acts.offer(ask(), [start], by=receptionist)

    def test_can_be_taken_until_it_begins(self, receptionist):
        request = staff_acts.offer(ask(), [TEN, ELEVEN], by=receptionist)

        with pytest.raises(TimeGone):
            booking.change_time(request, TEN, now=TEN)
        assert visit_of(booking.change_time(request, ELEVEN, now=TEN)).start == ELEVEN

    def test_goes_to_whoever_takes_it_first(self, receptionist):
        request = staff_acts.offer(ask(), [WEDNESDAY, WEDNESDAY + HALF_HOUR], by=receptionist)
        ask(WEDNESDAY, email="b@example.org")

        with pytest.raises(TimeGone):
            booking.change_time(request, WEDNESDAY)
        assert holding.open_offers(request, Clinic.objects.current(), NOW) == [WEDNESDAY + HALF_HOUR]

    def test_leaves_every_other_time_under_the_notice(self, receptionist):
        request = staff_acts.offer(ask(), [TEN], by=receptionist)

        with pytest.raises(TimeGone):
            booking.change_time(request, ELEVEN)

    def test_that_nobody_took_becomes_a_call_when_the_last_begins(self, receptionist):
        request = staff_acts.offer(ask(), [TEN, ELEVEN], by=receptionist)

        assert open_tasks(request) == [(TaskKind.CALL, ELEVEN)]


@pytest.mark.usefixtures("clinic")
class TestStaffWhoBook:
    """Are held by none of the patients' limits, and by the number of places like everybody."""

    @pytest.mark.parametrize(
        "start",
        one_in(
            4,
            [
                NOW.replace(hour=9),
                TEN + datetime.timedelta(minutes=5),
                NOW.replace(hour=18),
                NOW.replace(hour=6) + DAY,
                TEN + DAY * 5,
                TEN + DAY * 366,
            ],
        ),
    )
    def test_may_take_any_five_minutes_to_a_year_ahead(self, clinic, receptionist, start):
        change(clinic, notice_hours=48, horizon_days=14)

        assert ask(start, by=receptionist).held_visit().start == start

    @pytest.mark.parametrize(
        ("now", "start"),
        one_in(
            3,
            [
                (NOW.replace(hour=10), NOW.replace(hour=9)),
                (NOW.replace(hour=16), NOW.replace(hour=9)),
                (NOW.replace(hour=8), NOW.replace(hour=8)),
                (NOW.replace(hour=7), NOW.replace(hour=8)),
            ],
        ),
    )
    def test_may_enter_who_came_earlier_today(self, receptionist, now, start):
        assert ask(start, by=receptionist, now=now).held_visit().start == start

    @pytest.mark.parametrize(
        "start",
        one_in(
            3,
            [
                TEN - DAY,
                NOW.replace(hour=7),
                TEN + DAY * 367,
                TEN + datetime.timedelta(minutes=2),
                TEN.replace(second=1),
            ],
        ),
    )
    def test_may_take_no_other(self, receptionist, start):
        with pytest.raises(TimeGone):
            ask(start, by=receptionist)

    @pytest.mark.parametrize(
        ("start", "is_outside"),
        one_in(
            4,
            [
                (NOW.replace(hour=18), True),
                (TEN + DAY * 5, True),
                (NOW.replace(hour=16, minute=45), True),
                (NOW.replace(hour=8, minute=45), True),
                (TEN + datetime.timedelta(minutes=5), False),
            ],
        ),
    )
    def test_outside_the_hours_are_marked(self, receptionist, start, is_outside):
        assert ask(start, by=receptionist).is_outside_hours is is_outside

    def test_never_pass_the_number_of_places(self, receptionist):
        ask(TEN, email="b@example.org")

        for start in (TEN, TEN + datetime.timedelta(minutes=25), TEN - datetime.timedelta(minutes=5)):
            with pytest.raises(TimeGone):
                ask(start, by=receptionist)

    def test_after_the_start_write_no_letter(self, receptionist):
        request = ask(NOW.replace(hour=9), by=receptionist, now=TEN)

        assert kinds(request) == []

    def test_have_the_patient_before_them(self, receptionist):
        request = ask(WEDNESDAY, by=receptionist, email="", phone="+60123456789")

        assert request.is_heard
        assert open_tasks(request) == [(TaskKind.CALL_TO_REMIND, (WEDNESDAY - DAY).replace(hour=9))]


@pytest.mark.usefixtures("clinic")
class TestCancelling:
    def test_gives_the_time_back_and_takes_back_what_has_not_gone_out(self):
        request = ask(WEDNESDAY)

        booking.cancel(request)

        assert (request.held_visit(), request.messages.filter(kind="cancelled").count()) == (None, 1)
        assert kinds(request, "cancelled") == ["confirmed", "reminder-1-day"]
        assert ask(WEDNESDAY, email="b@example.org").held_visit()

    @pytest.mark.parametrize("start", [None, WEDNESDAY])
    def test_leaves_nothing_on_the_list(self, start):
        request = ask(start, email="", phone="+60123456789", needs_clinician=True)
        assert open_tasks(request)

        booking.cancel(request)

        assert open_tasks(request) == []

    def test_by_staff_is_told_by_phone_where_there_is_no_email(self, receptionist):
        request = booking.cancel(ask(WEDNESDAY, email="", phone="+60123456789"), by=receptionist)

        assert open_tasks(request) == [(TaskKind.CALL_TO_TELL, NOW.replace(hour=9))]

    def test_is_not_possible_for_the_patient_once_the_visit_has_begun(self, receptionist):
        request = ask(TEN)

        with pytest.raises(NotPossible):
            booking.cancel(request, now=TEN)

        assert request.held_visit() == Visit(TEN, HALF_PAST_TEN)
        assert booking.cancel(request, now=TEN, by=receptionist).state == "cancelled"

    def test_twice_is_the_same_as_once(self):
        request = ask(TEN)

        booking.cancel(booking.cancel(request))

        assert [event.act for event in request.events.all()] == ["asked", "cancelled"]


@pytest.mark.usefixtures("clinic")
class TestErasing:
    def test_leaves_an_anonymous_stub_whose_link_opens_nothing(self):
        request = make_request(message="My secret", phone="+60123456789", precautions="pregnant", needs_clinician=True)
        links = request.private_path(), request.letter_link()

        booking.erase(request)

        stub = ConsultationRequest.objects.get()
        assert {name: getattr(stub, name) for name in EMPTIED} == EMPTIED
        assert stub.private_path() != links[0]
        assert stub.letter_link() != links[1]
        assert [event.act for event in stub.events.all()] == ["asked", "erased"]

    def test_cancels_a_visit_that_lies_ahead_and_leaves_the_desk_a_line_without_a_name(self, clinic):
        change(clinic, email="clinic@example.org")
        request = ask(WEDNESDAY, needs_clinician=True)

        booking.erase(request)

        assert ask(WEDNESDAY, email="b@example.org").held_visit()
        assert open_tasks(request) == [(TaskKind.LOOK_AGAIN, NOW.replace(hour=9))]
        task = request.tasks.open().get()
        assert task.payload == {"reason": "erased", "start": WEDNESDAY.astimezone(datetime.UTC).isoformat()}
        assert ConsultationRequest.objects.get(pk=request.pk).state == "cancelled"

    def test_of_a_call_leaves_nothing_on_the_list(self):
        request = ask(needs_clinician=True)

        booking.erase(request)

        assert open_tasks(request) == []
        assert kinds(request) == []

    def test_of_a_visit_that_is_over_keeps_what_became_of_it(self, receptionist):
        request = staff_acts.attended(ask(TEN), by=receptionist, now=ELEVEN)

        booking.erase(request)

        assert ConsultationRequest.objects.get().state == "attended"
        assert open_tasks(request) == []

    def test_keeps_nothing_that_an_undo_would_need(self, receptionist):
        request = booking.change_time(ask(TEN), ELEVEN, by=receptionist)

        booking.erase(request, by=receptionist)

        assert not RequestEvent.objects.filter(before__isnull=False).exists()

    def test_is_refused_when_somebody_has_acted_meanwhile(self, receptionist):
        request = ask(WEDNESDAY)
        seen = request.events.last().pk
        booking.cancel(request)

        with pytest.raises(Overtaken) as overtaken:
            booking.erase(request, by=receptionist, seen=seen)

        assert overtaken.value.event.act == Act.CANCELLED
        request.refresh_from_db()
        assert request.name == "Aisha"

    def test_takes_the_file_of_a_letter_that_was_being_written_along(
        self, settings, tmp_path, django_capture_on_commit_callbacks
    ):
        settings.MAIL_FOLDER = tmp_path
        request = ask(WEDNESDAY)
        message = request.messages.first()

        with django_capture_on_commit_callbacks(execute=True):
            booking.erase(request)
            # Written by the worker, which has read the request before.
            path = tmp_path / f"{letters.name_of(message)}.eml"
            path.write_text("Hello Aisha")

        assert not path.exists()


class TestLeavingAPhoneNumber:
    @pytest.mark.usefixtures("clinic")
    def test_is_possible_for_who_is_to_be_called_and_left_none(self):
        request = contact.leave_phone(ask(), "+60123456789")

        assert request.phone == "+60123456789"
        assert last_event(request).by_patient
        assert open_tasks(request) == [(TaskKind.CALL, NOW.replace(hour=13))]

    @pytest.mark.usefixtures("clinic")
    def test_never_replaces_one(self):
        request = ask(phone="+60123456789")

        with pytest.raises(NotPossible):
            contact.leave_phone(request, "+60111111111")
        request.refresh_from_db()
        assert request.phone == "+60123456789"


@pytest.mark.usefixtures("clinic")
class TestTheDatabase:
    def test_refuses_a_cell_that_someone_holds_whoever_writes(self):
        cell = ask(TEN).cells.first()
        other = ask(ELEVEN, email="b@example.org")

        with pytest.raises(IntegrityError), transaction.atomic():
            SeatCell.objects.bulk_create([SeatCell(request=other, seat=cell.seat, starts_at=cell.starts_at)])
