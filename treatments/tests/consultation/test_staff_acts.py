"""What staff do to a request is said to the patient a little later, and can be undone until then."""

import datetime

import pytest
from django.contrib.auth import get_user_model
from django.core import mail

from treatments.consultation import booking, contact, dry_runs, set_apart, staff_acts, undelivered, undoing, waves
from treatments.consultation.acting import NotPossible, Overtaken
from treatments.follow_up import letters, outbox, sending, tasks
from treatments.models import Act, Clinic, ConsultationRequest, Message, SeatCell, Task, TaskKind
from treatments.models.private_link import new_secret
from treatments.tests.builders import make_open_clinic, make_request, make_treatment
from treatments.tests.monday import DAY, ELEVEN, FRIDAY, NINE, NOW, TEN
from treatments.tests.of_request import last_event, visit_of
from treatments.times import clashes, holding

pytestmark = pytest.mark.slow

HALF_AN_HOUR = datetime.timedelta(minutes=30)
PHONE = "+60123456789"


@pytest.fixture(autouse=True)
def clinic(monday_morning, db):
    return make_open_clinic(email="desk@example.org")


@pytest.fixture
def rosa(db):
    return get_user_model().objects.create_user("Rosa", is_staff=True)


def queued(request):
    return sorted(request.messages.filter(state="queued").values_list("kind", flat=True))


def to_do(request):
    """The kinds of the open tasks of a request."""
    return [task.kind for task in request.tasks.open()]


def lose(request, kind):
    """Let the newest letter of a kind not be delivered, and return it."""
    message = request.messages.filter(kind=kind).latest("pk")
    request.messages.filter(pk=message.pk).update(state="failed", error="refused")
    message.refresh_from_db()
    tasks.not_delivered(message)
    return message


def acts(request):
    return list(request.events.values_list("act", flat=True))


class TestConfirming:
    @pytest.fixture
    def waiting(self, clinic):
        clinic.confirms_by_hand = True
        clinic.notice_hours = 2
        clinic.save()
        return make_request(FRIDAY)

    def test_confirms_what_waits(self, waiting, rosa):
        assert (waiting.state, to_do(waiting)) == ("requested", ["confirm"])

        request = staff_acts.confirm(waiting, by=rosa)

        assert (request.state, request.open_promise(), to_do(request)) == ("confirmed", None, [])
        assert "confirmed" in queued(request)

    def test_makes_no_sense_for_a_call(self, rosa):
        with pytest.raises(NotPossible):
            staff_acts.confirm(make_request(), by=rosa)

    @pytest.mark.parametrize("late", [datetime.timedelta(), HALF_AN_HOUR, datetime.timedelta(days=2)])
    def test_is_not_possible_when_the_visit_has_begun(self, waiting, rosa, time_machine, late):
        time_machine.move_to(FRIDAY + late, tick=False)

        with pytest.raises(NotPossible):
            staff_acts.confirm(waiting, by=rosa)

    def test_waits_still_after_a_call_with_its_task(self, waiting, rosa):
        request = staff_acts.called(waiting, Act.SPOKE, by=rosa)

        assert (request.state, to_do(request)) == ("requested", ["confirm"])
        assert visit_of(request).start == FRIDAY


class TestBookingTheVeryTimeThatWaits:
    """It is as good as confirming it."""

    @pytest.fixture
    def waiting(self, clinic):
        Clinic.objects.update(confirms_by_hand=True)
        return make_request(FRIDAY, phone=PHONE)

    def test_confirms_it_and_says_so(self, waiting, rosa):
        request = booking.change_time(waiting, FRIDAY, by=rosa)

        assert (request.state, request.is_heard, acts(request)) == ("confirmed", True, ["asked", "confirmed"])
        assert request.tasks.get(kind="confirm").state == "done"
        assert "confirmed" in queued(request)

    def test_can_be_undone(self, waiting, rosa):
        before = whole(waiting)

        undoing.undo(last_event(booking.change_time(waiting, FRIDAY, by=rosa)), by=rosa)

        assert whole(waiting) == before

    def test_takes_over_the_length_that_visits_have_now(self, waiting, rosa):
        Clinic.objects.update(visit_minutes=60)

        booking.change_time(waiting, FRIDAY, by=rosa)

        assert visit_of(waiting).minutes == 60

    def test_has_who_left_no_email_called(self, clinic, rosa):
        Clinic.objects.update(confirms_by_hand=True)
        request = make_request(FRIDAY, phone=PHONE, email="")

        booking.change_time(request, FRIDAY, by=rosa)

        assert "call-to-confirm" in to_do(request)

    def test_writes_nothing_twice_where_it_was_confirmed(self, clinic, rosa):
        request = make_request(FRIDAY)
        before = queued(request)

        booking.change_time(request, FRIDAY, by=rosa)

        assert queued(request) == before
        assert ConsultationRequest.objects.get().is_heard

    def test_writes_again_to_who_was_told_of_another_length(self, clinic, rosa):
        request = make_request(FRIDAY)
        sending.send_due("me")
        Clinic.objects.update(visit_minutes=60)

        booking.change_time(request, FRIDAY, by=rosa)

        assert "confirmed" in queued(request)

    def test_changes_nothing_for_a_patient(self, waiting):
        assert booking.change_time(waiting, FRIDAY).state == "requested"


class TestBookingAgainWhatThePatientGaveUp:
    """Patients know what they did themselves, whether or not its letter has gone out."""

    @pytest.fixture
    def told(self, clinic):
        request = make_request(FRIDAY)
        sending.send_due("me")
        return request

    def test_after_they_cancelled_confirms_it_anew(self, told, rosa):
        booking.cancel(told)

        booking.change_time(told, FRIDAY, by=rosa)

        assert "confirmed" in queued(told)

    def test_after_they_moved_says_that_it_has_changed_back(self, told, rosa):
        booking.change_time(told, ELEVEN)

        booking.change_time(told, FRIDAY, by=rosa)

        (letter,) = told.messages.filter(kind="changed", state="queued")
        assert letter.payload == {
            "start": outbox.as_text(FRIDAY.astimezone(datetime.UTC)),
            "was": outbox.as_text(ELEVEN.astimezone(datetime.UTC)),
        }

    def test_after_staff_cancelled_or_moved_writes_nothing_where_no_letter_went_out(self, told, rosa):
        booking.change_time(told, ELEVEN, by=rosa)
        booking.change_time(told, FRIDAY, by=rosa)
        booking.cancel(told, by=rosa)
        booking.change_time(told, FRIDAY, by=rosa)

        assert not {"confirmed", "changed", "cancelled"} & set(queued(told))

    def test_after_they_cancelled_and_were_told_of_it_anew_writes_nothing_more(self, told, rosa, time_machine):
        booking.cancel(told)
        booking.change_time(told, FRIDAY, by=rosa)
        time_machine.shift(outbox.UNDO)
        sending.send_due("me")

        booking.change_time(told, ELEVEN, by=rosa)
        booking.change_time(told, FRIDAY, by=rosa)

        assert not {"confirmed", "changed"} & set(queued(told))


class TestCalling:
    def test_and_speaking_keeps_the_promise(self, rosa):
        request = staff_acts.called(make_request(phone=PHONE), Act.SPOKE, by=rosa)

        assert (request.state, request.open_promise(), to_do(request)) == ("called", None, [])
        assert last_event(request).by == rosa
        assert request.is_heard

    def test_and_speaking_ends_what_was_offered(self, rosa):
        request = make_request(phone=PHONE)
        staff_acts.offer(request, [TEN], by=rosa)

        staff_acts.called(request, Act.SPOKE, by=rosa)

        request.refresh_from_db()
        assert (request.state, request.offered_times, to_do(request)) == ("called", "", [])
        assert queued(request) == ["clinic-notice"]

    def test_does_not_undo_a_time_that_is_held(self, rosa):
        request = staff_acts.called(make_request(TEN, email="", phone=PHONE), Act.SPOKE, by=rosa)

        assert (request.state, request.held_visit() is not None) == ("confirmed", True)
        assert queued(request) == ["clinic-notice"]

    def test_and_speaking_ends_what_was_not_delivered_and_every_call_that_is_due(self, rosa):
        request = make_request(FRIDAY, phone=PHONE)
        request.messages.filter(kind="confirmed").update(state="failed")
        tasks.not_delivered(request.messages.get(kind="confirmed"))
        tasks.call_instead(request.messages.get(kind="reminder-1-day"))
        assert sorted(to_do(request)) == ["call-to-remind", "not-delivered"]

        staff_acts.called(request, Act.SPOKE, by=rosa)

        assert to_do(request) == ["call-to-remind"]

    @pytest.mark.parametrize("outcome", [Act.NO_ANSWER, Act.LEFT_MESSAGE])
    def test_in_vain_is_tried_again_after_two_hours_of_opening_time(self, rosa, outcome):
        request = staff_acts.called(make_request(phone=PHONE), outcome, by=rosa)

        assert (request.state, request.open_promise()) == ("requested", ELEVEN)

    @pytest.mark.parametrize(("hour", "again"), [(9.5, 11), (10.5, 11), (8, 10)])
    def test_in_vain_is_tried_again_never_past_the_visit(self, rosa, time_machine, hour, again):
        request = make_request(ELEVEN, email="", phone=PHONE)
        time_machine.move_to(NOW + datetime.timedelta(hours=hour - 8), tick=False)

        staff_acts.called(request, Act.NO_ANSWER, by=rosa)

        expected = min(NOW + datetime.timedelta(hours=max(hour, 9) + 2 - 8), ELEVEN)
        assert request.tasks.open().get(kind="call-to-confirm").due_at == expected

    def test_in_vain_to_confirm_is_tried_again_when_staff_say(self, rosa):
        request = make_request(FRIDAY, email="", phone=PHONE)

        staff_acts.called(request, Act.NO_ANSWER, next_try=TEN, by=rosa)

        assert request.tasks.open().get(kind="call-to-confirm").due_at == TEN

    @pytest.mark.parametrize("days", [4.8, 5, 6])
    def test_in_vain_is_tried_again_when_the_clinic_is_open_even_if_staff_say_another_moment(self, rosa, days):
        request = make_request(phone=PHONE)

        staff_acts.called(request, Act.NO_ANSWER, next_try=NOW + datetime.timedelta(days=days), by=rosa)

        # The Monday after.
        assert request.open_promise() == NOW + datetime.timedelta(days=7, hours=1)

    def test_is_not_possible_where_nothing_is_to_come_and_no_task_asks_for_it(self, rosa):
        request = booking.cancel(make_request(FRIDAY, phone=PHONE))

        with pytest.raises(NotPossible):
            staff_acts.called(request, Act.SPOKE, by=rosa)

    def test_ends_the_call_to_say_that_a_visit_is_cancelled(self, rosa):
        request = booking.cancel(make_request(FRIDAY, email="", phone=PHONE), by=rosa)
        assert to_do(request) == ["call-to-tell"]

        staff_acts.called(request, Act.SPOKE, by=rosa)

        assert (request.tasks.open().count(), ConsultationRequest.objects.get().state) == (0, "cancelled")


class TestOffering:
    def test_gives_back_what_was_held_and_holds_nothing(self, rosa):
        request = staff_acts.offer(make_request(TEN), [ELEVEN, FRIDAY], by=rosa)

        assert (request.state, request.held_visit()) == ("offered", None)
        assert request.offered_times == "2026-06-01T03:00Z 2026-06-05T02:00Z"
        # What the clinic is told of the asking still waits; of the old time nothing does.
        assert queued(request) == ["clinic-notice", "offer"]
        assert make_request(TEN, email="b@example.org").held_visit()

    def test_writes_the_times_to_the_patient_and_takes_the_old_one_from_the_calendar(self, rosa, time_machine):
        staff_acts.offer(make_request(TEN), [ELEVEN, FRIDAY], by=rosa)
        time_machine.move_to(NOW + outbox.UNDO, tick=False)

        sending.send_due("me")

        (letter,) = [letter for letter in mail.outbox if letter.to == ["aisha@example.org"]]
        assert "we cannot see you on Monday 1 June 2026 at 10:00" in letter.body
        assert "- Friday 5 June 2026, 10:00" in letter.body
        assert "Some calendars keep it: then delete it there." in letter.body
        assert b"STATUS:CANCELLED" in letter.attachments[0].get_payload(decode=True)

    def test_needs_an_email_address(self, rosa):
        with pytest.raises(NotPossible):
            staff_acts.offer(make_request(email="", phone=PHONE), [ELEVEN], by=rosa)

    def test_ends_when_the_patient_chooses(self, client, rosa):
        request = staff_acts.offer(make_request(TEN), [ELEVEN], by=rosa)
        page = client.get(request.private_path()).content.decode()

        client.post(request.private_path() + "change/", {"time": "2026-06-01T03:00Z"})

        assert "Monday 1 June, 11:00" in page
        request.refresh_from_db()
        assert (request.state, visit_of(request).start, request.offered_times) == ("confirmed", ELEVEN, "")

    def test_shows_only_times_that_are_still_free(self, client, rosa):
        request = staff_acts.offer(make_request(TEN), [ELEVEN, FRIDAY], by=rosa)
        make_request(ELEVEN, email="b@example.org")

        page = client.get(request.private_path()).content.decode()

        assert 'value="2026-06-05T02:00Z"' in page
        assert 'value="2026-06-01T03:00Z"' not in page

    @pytest.mark.parametrize("hours", [2, 26, 50])
    def test_needs_no_notice_of_the_patient_who_follows_the_letter(self, client, rosa, clinic, hours):
        clinic.notice_hours = 72
        clinic.save()
        start = NOW + datetime.timedelta(hours=hours)
        request = staff_acts.offer(make_request(phone=PHONE), [start], by=rosa)

        booking.change_time(request, start)

        request.refresh_from_db()
        assert (request.state, visit_of(request).start) == ("confirmed", start)

    def test_of_what_is_over_is_not_possible(self, rosa):
        with pytest.raises(NotPossible):
            staff_acts.offer(make_request(phone=PHONE), [NOW, NOW - HALF_AN_HOUR], by=rosa)

    def test_puts_a_call_on_the_list_for_when_nobody_has_chosen(self, rosa, time_machine):
        request = staff_acts.offer(make_request(phone=PHONE), [TEN, FRIDAY], by=rosa)

        (task,) = request.tasks.open()
        assert (task.kind, task.due_at, task.is_promise) == ("call", FRIDAY, False)
        assert not request.tasks.filter(kind="call", state="open", is_promise=True).exists()


class TestBooking:
    def test_makes_a_visit_of_a_call_and_says_when(self, rosa):
        request = booking.change_time(make_request(), FRIDAY, by=rosa)

        assert (request.state, request.open_promise(), visit_of(request).start) == ("confirmed", None, FRIDAY)
        assert request.is_heard
        assert "confirmed" in queued(request)

    @pytest.mark.parametrize("state", ["called", "missed", "cancelled"])
    def test_is_possible_when_the_patient_could_not_any_more(self, rosa, state):
        request = make_request()
        ConsultationRequest.objects.update(state=state)

        assert booking.change_time(request, FRIDAY, by=rosa).state == "confirmed"

    def test_needs_no_notice_time(self, rosa, clinic):
        clinic.notice_hours = 48
        clinic.save()

        assert visit_of(booking.change_time(make_request(), TEN, by=rosa)).start == TEN

    @pytest.mark.parametrize(
        "start",
        [
            NOW + datetime.timedelta(hours=1, minutes=5),
            NOW + datetime.timedelta(days=100, hours=2, minutes=35),
            NOW + datetime.timedelta(days=365, hours=2),
            NOW + datetime.timedelta(days=5, hours=2),
            NOW + datetime.timedelta(hours=10),
        ],
    )
    def test_takes_any_five_minutes_of_a_year_also_outside_the_hours_and_is_no_clash(self, rosa, start):
        request = booking.change_time(make_request(), start, by=rosa)

        is_outside = start.weekday() > 4 or start.hour >= 17
        assert (visit_of(request).start, request.is_outside_hours) == (start, is_outside)
        assert clashes.find(Clinic.objects.prefetched(), NOW) == []

    @pytest.mark.parametrize(
        "start",
        [
            NOW - datetime.timedelta(days=1),
            NOW + datetime.timedelta(days=367, hours=2),
            TEN + datetime.timedelta(minutes=2),
            TEN + datetime.timedelta(seconds=1),
        ],
    )
    def test_takes_nothing_else(self, rosa, start):
        request = make_request()

        with pytest.raises(holding.TimeGone):
            booking.change_time(request, start, by=rosa)

    def test_takes_a_start_of_today_that_is_over_and_writes_no_letter(self, rosa, time_machine):
        request = make_request(phone=PHONE)
        sending.send_due("me")
        time_machine.move_to(ELEVEN, tick=False)

        booking.change_time(request, TEN, by=rosa)

        assert request.held_visit().start == TEN
        assert queued(request) == []
        assert to_do(request) == []

    def test_never_takes_more_than_there_are_places(self, rosa):
        make_request(TEN, email="b@example.org")
        request = make_request()

        for minutes in (-25, 0, 25):
            with pytest.raises(holding.TimeGone):
                booking.change_time(request, TEN + datetime.timedelta(minutes=minutes), by=rosa)

    def test_by_phone_is_held_by_no_limit_and_is_not_told_to_the_clinic(self, rosa, clinic):
        clinic.unheard_share = 1
        clinic.save()
        answers = {"name": "Aisha", "phone": "", "email": "aisha@example.org"}

        requests = [
            booking.ask(answers, start=TEN + number * HALF_AN_HOUR, form_key=new_secret(), by=rosa)
            for number in range(6)
        ]

        assert not any(request.is_set_apart for request in requests)
        assert all(request.held_visit() and request.is_heard for request in requests)
        assert queued(requests[0]) == ["confirmed"]
        assert requests[0].events.get().by == rosa


class TestWhatWasSetApart:
    def apart(self, start=FRIDAY, **answers):
        answers = {"name": "Aisha", "phone": PHONE, "email": "aisha@example.org", **answers}
        return booking.ask(answers, start=start, form_key=new_secret(), looks_like_spam=True)

    def test_takes_the_wished_time_when_it_is_real_and_the_time_is_free(self, rosa):
        request = self.apart()
        assert (request.held_visit(), request.wished_at) == (None, FRIDAY)

        request = set_apart.it_is_real(request, by=rosa)

        assert (request.state, visit_of(request).start, request.is_set_apart) == ("confirmed", FRIDAY, False)
        assert request.wished_at is None
        assert "confirmed" in queued(request)
        assert to_do(request) == []

    @pytest.mark.parametrize("why", ["taken", "over", "no wish"])
    def test_waits_for_a_call_when_it_is_real_and_the_time_is_not_to_be_had(self, rosa, time_machine, why):
        request = self.apart(None if why == "no wish" else FRIDAY)
        if why == "taken":
            make_request(FRIDAY, email="b@example.org")
        if why == "over":
            time_machine.move_to(FRIDAY, tick=False)

        request = set_apart.it_is_real(request, by=rosa)

        assert (request.state, request.held_visit(), request.wished_at) == ("requested", None, None)
        assert to_do(request) == ["call"]
        # Nobody is promised a moment that is over.
        assert ("promise" in queued(request)) == (why != "over")

    def test_is_removed_without_a_word_to_anybody(self, rosa):
        request = set_apart.remove(self.apart(), by=rosa)

        assert (request.state, request.wished_at, to_do(request)) == ("cancelled", None, [])
        assert not request.messages.exists()

    def test_is_removed_many_at_once_and_what_was_found_real_meanwhile_stays(self, rosa):
        requests = [self.apart(email=f"{number}@example.org", phone="", start=None) for number in range(4)]
        set_apart.it_is_real(requests[0], by=rosa)

        assert set_apart.remove_all(requests, by=rosa) == 3

        assert [request.state for request in ConsultationRequest.objects.order_by("pk")] == [
            "requested",
            *["cancelled"] * 3,
        ]

    @pytest.mark.parametrize("act", [set_apart.it_is_real, set_apart.remove])
    def test_is_the_only_one_to_which_its_verbs_apply(self, rosa, act):
        for request in (make_request(FRIDAY), make_request(email="b@example.org", phone=PHONE)):
            with pytest.raises(NotPossible):
                act(request, by=rosa)

    def test_can_be_undone_in_either_way(self, rosa, time_machine):
        for act in (set_apart.it_is_real, set_apart.remove):
            request = self.apart(email=f"{act.__name__}@example.org", phone="")
            before = whole(request)

            act(request, by=rosa)
            time_machine.shift(outbox.UNDO)
            undoing.undo(request.events.last(), by=rosa)

            assert whole(request) == before


class TestAfterTheVisit:
    def test_it_is_attended_or_missed(self, rosa):
        request = make_request(TEN)

        assert staff_acts.missed(request, by=rosa, now=ELEVEN).state == "missed"
        assert staff_acts.attended(request, by=rosa, now=ELEVEN).state == "attended"

    def test_a_wrong_button_is_put_right_by_the_other_one(self, rosa):
        request = staff_acts.attended(make_request(TEN), by=rosa, now=ELEVEN)

        request = staff_acts.missed(request, by=rosa, now=ELEVEN + HALF_AN_HOUR)

        assert request.state == "missed"

    def test_attending_counts_as_being_heard_from(self, rosa):
        assert staff_acts.attended(make_request(TEN), by=rosa, now=ELEVEN).is_heard

    @pytest.mark.parametrize("start", [None, TEN])
    def test_is_not_before_it(self, rosa, start):
        with pytest.raises(NotPossible):
            staff_acts.attended(make_request(start), by=rosa)


class TestTwoWhoAct:
    def test_are_told_what_the_other_did_and_nothing_is_sent_twice(self, rosa):
        request = make_request(TEN)
        seen = request.events.last().pk
        booking.cancel(request, by=rosa, seen=seen)

        with pytest.raises(Overtaken) as overtaken:
            booking.cancel(request, by=rosa, seen=seen)

        assert (overtaken.value.event.act, overtaken.value.event.by) == ("cancelled", rosa)
        assert request.messages.filter(kind="cancelled").count() == 1


class TestUndoing:
    ACTS = {
        "cancel": lambda request, rosa: booking.cancel(request, by=rosa),
        "book": lambda request, rosa: booking.change_time(request, ELEVEN, by=rosa),
        "offer": lambda request, rosa: staff_acts.offer(request, [ELEVEN], by=rosa),
        "spoke": lambda request, rosa: staff_acts.called(request, Act.SPOKE, by=rosa),
        "no answer": lambda request, rosa: staff_acts.called(request, Act.NO_ANSWER, by=rosa),
    }

    @pytest.mark.parametrize(
        ("act", "start", "answers"),
        [
            *((act, start, {"phone": PHONE}) for act in ACTS for start in (FRIDAY, None)),
            *((act, FRIDAY, {"email": "", "phone": PHONE}) for act in ACTS if act != "offer"),
        ],
    )
    def test_puts_everything_back(self, rosa, time_machine, act, start, answers):
        request = make_request(start, **answers)
        before = whole(request)

        self.ACTS[act](request, rosa)
        time_machine.shift(outbox.UNDO)
        undoing.undo(request.events.last(), by=rosa)

        assert whole(request) == before
        assert acts(request)[-1] == "undone"

    def test_is_too_late_after_two_minutes(self, rosa, time_machine):
        event = last_event(booking.cancel(make_request(TEN), by=rosa))
        time_machine.shift(outbox.UNDO + datetime.timedelta(seconds=1))

        with pytest.raises(undoing.TooLate, match="sent"):
            undoing.undo(event, by=rosa)

    def test_is_too_late_when_the_message_is_on_its_way(self, rosa):
        request = booking.cancel(make_request(TEN), by=rosa)
        request.messages.filter(kind="cancelled").update(lease_owner="a worker", lease_until=NOW + HALF_AN_HOUR)

        with pytest.raises(undoing.TooLate, match="sent"):
            undoing.undo(last_event(request), by=rosa)

    def test_is_too_late_when_the_time_has_gone_and_changes_nothing(self, rosa):
        request = booking.cancel(make_request(TEN), by=rosa)
        make_request(TEN, email="b@example.org")

        with pytest.raises(undoing.TooLate, match="gone"):
            undoing.undo(last_event(request), by=rosa)

        assert "cancelled" in queued(request)
        assert acts(request) == ["asked", "cancelled"]

    def test_is_too_late_when_someone_has_acted_since(self, rosa):
        request = booking.change_time(make_request(TEN), ELEVEN, by=rosa)
        event = last_event(request)
        booking.cancel(request)

        with pytest.raises(undoing.TooLate, match="newer"):
            undoing.undo(event, by=rosa)

    def test_is_not_for_what_patients_do(self, rosa):
        request = booking.cancel(make_request(TEN))

        with pytest.raises(undoing.TooLate):
            undoing.undo(last_event(request), by=rosa)

    def test_is_not_for_what_is_erased(self, rosa):
        request = booking.cancel(make_request(TEN), by=rosa)
        event = last_event(request)
        booking.erase(request)

        with pytest.raises(undoing.TooLate):
            undoing.undo(event, by=rosa)
        event.refresh_from_db()
        assert event.before is None

    @pytest.mark.parametrize("act", ["cancel", "book", "offer"])
    def test_never_lowers_the_number_of_changes(self, rosa, act):
        request = make_request(FRIDAY)
        numbers = [request.sequence]

        self.ACTS[act](request, rosa)
        request.refresh_from_db()
        numbers.append(request.sequence)
        undoing.undo(request.events.last(), by=rosa)
        request.refresh_from_db()
        numbers.append(request.sequence)
        booking.change_time(request, ELEVEN + HALF_AN_HOUR)
        request.refresh_from_db()

        assert [*numbers, request.sequence] == [0, 1, 2, 3]

    @pytest.mark.parametrize("act", ["correct", "note", "resend", "revoke", "erase"])
    def test_is_not_for_what_has_no_way_back(self, rosa, act):
        request = make_request(FRIDAY)
        email = "new@example.org"
        {
            "correct": lambda: contact.correct(request, name="Aishah", phone=PHONE, email=email, by=rosa),
            "note": lambda: staff_acts.write_note(request, "Likes mornings", by=rosa),
            "resend": lambda: contact.resend_link(request, by=rosa),
            "revoke": lambda: contact.revoke_link(request, by=rosa),
            "erase": lambda: booking.erase(request, by=rosa),
        }[act]()
        event = last_event(request)

        assert event.before is None
        with pytest.raises(undoing.TooLate):
            undoing.undo(event, by=rosa)

    def test_of_a_number_of_places_that_is_smaller_by_now_says_that_the_time_has_gone(self, rosa, clinic):
        Clinic.objects.update(seats=2)
        request = make_request(TEN)
        make_request(TEN, email="b@example.org")
        booking.cancel(request, by=rosa)
        Clinic.objects.update(seats=1)

        with pytest.raises(undoing.TooLate, match="gone"):
            undoing.undo(request.events.last(), by=rosa)

        assert SeatCell.objects.filter(starts_at=TEN).count() == 1


def whole(request):
    """All of a request that an act may change: its row, what it holds, what waits to be said and what to be done.

    The number of changes is left out, for it only ever grows.
    """
    columns = ConsultationRequest.objects.filter(pk=request.pk).values().get()
    row = {name: value for name, value in columns.items() if name not in ("heard_at", "sequence")}
    cells = sorted(request.cells.values_list("seat", "starts_at"))
    letters = sorted(request.messages.filter(state="queued").values_list("kind", "not_before"))
    return row, cells, letters, sorted(request.tasks.open().values_list("kind", "due_at", "is_promise"))


class TestCorrecting:
    def correct(self, request, by, **changes):
        person = {name: getattr(request, name) for name in ("name", "phone", "email")}
        return contact.correct(request, **{**person, **changes}, by=by)

    def test_an_email_sends_the_link_anew_and_open_letters_to_it_and_tells_the_old_one_nothing(
        self, rosa, client, time_machine
    ):
        request = make_request(FRIDAY)
        sending.send_due("me")
        old = request.private_path()

        self.correct(request, rosa, email="right@example.org")
        time_machine.move_to(FRIDAY - datetime.timedelta(days=1), tick=False)
        sending.send_due("me")

        assert [letter.to[0] for letter in mail.outbox if letter.to != ["desk@example.org"]] == [
            "aisha@example.org",
            "right@example.org",
            "right@example.org",
        ]
        request.refresh_from_db()
        assert request.letter_link() in mail.outbox[-1].body
        assert client.get(old).status_code == 404

    @pytest.mark.parametrize("phone", ["", PHONE])
    @pytest.mark.parametrize(
        ("kind", "act"),
        [
            ("confirmed", None),
            ("changed", lambda request, rosa: booking.change_time(request, ELEVEN, by=rosa)),
            ("cancelled", lambda request, rosa: booking.cancel(request, by=rosa)),
            ("offer", lambda request, rosa: staff_acts.offer(request, [ELEVEN], by=rosa)),
        ],
    )
    def test_an_email_sends_what_did_not_arrive_at_the_old_one_to_the_new_one(
        self, rosa, time_machine, kind, act, phone
    ):
        request = make_request(FRIDAY, phone=phone)
        if act:
            sending.send_due("me")
            act(request, rosa)
            time_machine.shift(outbox.UNDO)
        lose(request, kind)
        mail.outbox.clear()

        self.correct(ConsultationRequest.objects.get(), rosa, email="right@example.org")
        sending.send_due("me")

        told = [letter.subject for letter in mail.outbox if letter.to == ["right@example.org"]]
        assert told[0] == letters.SUBJECTS[kind]
        assert len(told) == len(set(told))
        assert "not-delivered" not in to_do(request)

    def test_an_email_sends_to_the_new_one_at_once_what_was_to_be_tried_again_later_at_the_old_one(
        self, rosa, time_machine
    ):
        request = make_request(FRIDAY)
        tried = request.messages.filter(kind="confirmed")
        tried.update(attempts=5, not_before=NOW + HALF_AN_HOUR, error="busy")
        reminds_at = request.messages.get(kind="reminder-1-day").not_before

        self.correct(request, rosa, email="right@example.org")
        sending.send_due("me")

        assert tried.get().state == "sent"
        assert tried.get().mailbox_digest == ""
        assert request.messages.get(kind="reminder-1-day").not_before == reminds_at

    def test_an_email_sends_one_letter_with_the_link_where_an_earlier_one_did_not_arrive(self, rosa):
        request = make_request(FRIDAY)
        contact.resend_link(request, by=rosa)
        lose(request, "link")

        self.correct(request, rosa, email="right@example.org")

        assert queued(request).count("link") == 1
        assert to_do(request) == []

    def test_another_spelling_of_an_email_sends_nothing_again(self, rosa):
        request = make_request(FRIDAY, email="aisha@müller.example")
        lose(request, "confirmed")

        self.correct(request, rosa, email="aisha@xn--mller-kva.example", name="Aishah")

        assert "confirmed" not in queued(request)
        assert to_do(request) == ["not-delivered"]

    def test_a_name_or_a_phone_keeps_the_link_and_writes_nothing(self, rosa):
        request = make_request(FRIDAY)
        before = queued(request)

        self.correct(request, rosa, name="Aishah", phone=PHONE)

        found = ConsultationRequest.objects.get()
        assert (found.name, found.phone, found.nonce) == ("Aishah", PHONE, request.nonce)
        assert queued(request) == before

    def test_keeps_no_old_value_anywhere(self, rosa):
        request = make_request(FRIDAY, name="Wrongname", email="wrong@example.org")
        booking.change_time(request, TEN, by=rosa)

        self.correct(request, rosa, name="Right", email="right@example.org")

        for model in (ConsultationRequest, type(request.events.get(act="corrected")), type(request.messages.first())):
            assert not any("rong" in str(row) for row in model.objects.values())

    def test_that_takes_the_email_out_makes_calls_of_the_letters_about_a_visit(self, rosa):
        request = make_request(FRIDAY)

        self.correct(request, rosa, email="", phone=PHONE)

        assert queued(request) == ["clinic-notice"]
        assert "call-to-remind" in to_do(request)

    def test_that_adds_an_email_makes_letters_of_the_calls(self, rosa):
        request = make_request(FRIDAY, email="", phone=PHONE)

        self.correct(request, rosa, email="new@example.org")

        assert {"confirmed", "link", "reminder-1-day", "reminder-3-days"} <= set(queued(request))
        assert to_do(request) == []

    @pytest.mark.parametrize("is_lost", [False, True], ids=["waits", "failed"])
    @pytest.mark.parametrize(
        ("kind", "act", "call"),
        [
            ("confirmed", None, "call-to-confirm"),
            ("changed", lambda request, rosa: booking.change_time(request, ELEVEN), "call-to-confirm"),
            ("changed", lambda request, rosa: booking.change_time(request, ELEVEN, by=rosa), "call-to-confirm"),
            ("cancelled", lambda request, rosa: booking.cancel(request, by=rosa), "call-to-tell"),
        ],
    )
    def test_that_takes_the_email_out_calls_about_the_letter_that_did_not_arrive(self, rosa, kind, act, call, is_lost):
        request = make_request(FRIDAY, phone=PHONE)
        if act:
            sending.send_due("me")
            act(request, rosa)
        if is_lost:
            lose(request, kind)

        self.correct(ConsultationRequest.objects.get(), rosa, email="")

        (task,) = request.tasks.open().exclude(kind="call-to-remind")
        assert (task.kind, task.due_at) == (call, NINE)
        assert set(queued(request)) <= {"clinic-notice"}

    def test_that_takes_the_email_out_calls_in_the_place_of_a_reminder_that_did_not_arrive(self, rosa, time_machine):
        request = make_request(FRIDAY, phone=PHONE)
        sending.send_due("me")
        time_machine.move_to(FRIDAY - DAY, tick=False)
        lose(request, "reminder-1-day")

        self.correct(request, rosa, email="")

        assert [(task.kind, task.due_at) for task in request.tasks.open()] == [("call-to-remind", FRIDAY - DAY)]

    def test_that_takes_the_email_out_leaves_the_calls_that_were_open(self, rosa):
        request = make_request(FRIDAY, phone=PHONE)
        undelivered.call_instead(lose(request, "confirmed"), by=rosa)

        self.correct(request, rosa, email="")

        assert to_do(request) == ["call-to-confirm", "call-to-remind"]

    def test_that_takes_the_email_out_does_not_tell_again_what_was_told(self, rosa):
        request = make_request(FRIDAY, phone=PHONE)
        sending.send_due("me")

        self.correct(request, rosa, email="")

        assert to_do(request) == ["call-to-remind"]

    def test_that_puts_an_email_in_the_place_of_the_phone_writes_that_a_visit_is_cancelled(self, rosa, time_machine):
        request = make_request(FRIDAY, email="", phone=PHONE)
        booking.cancel(request, by=rosa)

        self.correct(ConsultationRequest.objects.get(), rosa, email="new@example.org", phone="")

        assert (queued(request), to_do(request)) == (["cancelled", "clinic-notice"], [])
        time_machine.shift(outbox.UNDO)
        sending.send_due("me")
        (letter,) = [letter for letter in mail.outbox if letter.to == ["new@example.org"]]
        assert "METHOD:CANCEL" in letter.attachments[0].get_payload(decode=True).decode()

    def test_that_takes_the_phone_out_writes_what_a_call_was_to_say(self, rosa):
        request = make_request(FRIDAY, phone=PHONE)
        undelivered.call_instead(lose(request, "confirmed"), by=rosa)

        self.correct(request, rosa, phone="")

        assert "confirmed" in queued(request)
        assert queued(request).count("reminder-1-day") == 1
        assert to_do(request) == []

    def test_that_adds_an_email_writes_in_the_place_of_a_reminding_call_that_is_late(self, rosa, time_machine):
        request = make_request(FRIDAY, phone=PHONE)
        sending.send_due("me")
        self.correct(request, rosa, email="")
        time_machine.move_to(FRIDAY - HALF_AN_HOUR, tick=False)

        self.correct(ConsultationRequest.objects.get(), rosa, email="new@example.org")

        assert "confirmed" in queued(request)
        assert to_do(request) == []

    def test_is_not_possible_of_what_is_erased(self, rosa):
        request = make_request(FRIDAY)
        booking.erase(request)

        for act in (
            lambda: contact.correct(request, name="A", phone=PHONE, email="", by=rosa),
            lambda: staff_acts.write_note(request, "x", by=rosa),
            lambda: contact.revoke_link(request, by=rosa),
            lambda: contact.resend_link(request, by=rosa),
        ):
            with pytest.raises(NotPossible):
                act()


class TestThePrivateLink:
    def test_is_sent_again_by_staff_without_a_limit(self, rosa):
        request = make_request(FRIDAY)

        for _again in range(7):
            contact.resend_link(request, by=rosa)
        sending.send_due("me")

        assert [letter.subject for letter in mail.outbox].count("Your private link") == 7

    def test_opens_nothing_any_more_when_it_is_revoked_and_letters_to_come_carry_a_new_one(
        self, rosa, client, time_machine
    ):
        request = make_request(FRIDAY)
        old = request.private_path()
        assert client.get(old).status_code == 200

        contact.revoke_link(request, by=rosa)

        assert client.get(old).status_code == 404
        request.refresh_from_db()
        sending.send_due("me")
        (letter,) = [letter for letter in mail.outbox if letter.to == ["aisha@example.org"]]
        assert request.letter_link() in letter.body
        assert client.get(request.private_path()).status_code == 200


class TestErasing:
    def test_a_visit_ahead_leaves_the_desk_a_line_without_a_name(self, rosa):
        request = make_request(FRIDAY)

        booking.erase(request, by=rosa)

        (task,) = request.tasks.open()
        assert (task.kind, task.payload["reason"]) == ("look-again", clashes.ERASED)
        assert not SeatCell.objects.exists()
        assert queued(request) == ["clinic-notice"]

    @pytest.mark.parametrize("start", [None, TEN])
    def test_what_is_over_leaves_nothing(self, rosa, time_machine, start):
        request = make_request(start, phone=PHONE)
        time_machine.move_to(ELEVEN, tick=False)

        booking.erase(request, by=rosa)

        assert to_do(request) == []


class TestLettersThatDidNotArrive:
    def test_are_sent_again_and_their_task_ends(self, rosa):
        request = make_request(FRIDAY)
        message = lose(request, "confirmed")

        assert undelivered.send_again(message)
        assert to_do(request) == []
        sending.send_due("me")

        assert "Your clinic appointment" in [letter.subject for letter in mail.outbox]

    @pytest.mark.parametrize(
        ("kind", "act", "task"),
        [
            ("confirmed", None, "call-to-confirm"),
            ("reminder-1-day", None, "call-to-remind"),
            ("cancelled", lambda request, rosa: booking.cancel(request, by=rosa), "call-to-tell"),
            ("offer", lambda request, rosa: staff_acts.offer(request, [TEN], by=rosa), "call"),
        ],
    )
    def test_become_a_call_of_the_kind_that_the_request_asks_for(self, rosa, kind, act, task):
        request = make_request(FRIDAY, phone=PHONE)
        if act:
            act(request, rosa)
        message = lose(request, kind)

        assert undelivered.call_instead(message, by=rosa)

        assert task in to_do(request)
        assert "not-delivered" not in to_do(request)
        staff_acts.called(request, Act.SPOKE, by=rosa, now=max(NOW, request.tasks.open().latest("due_at").due_at))
        assert to_do(request) == []

    def test_of_an_offer_bring_the_call_forward_that_was_to_come_when_it_ends(self, rosa):
        request = make_request(None, phone=PHONE)
        staff_acts.offer(request, [FRIDAY], by=rosa)
        message = lose(request, "offer")

        undelivered.call_instead(message, by=rosa)

        assert [(task.kind, task.due_at) for task in request.tasks.open()] == [("call", NINE)]
        undoing.undo(last_event(request), by=rosa)
        assert request.tasks.open().get(kind="call").due_at == FRIDAY

    def test_of_a_promise_leave_the_call_at_its_moment(self, rosa):
        request = make_request(None, phone=PHONE)
        promised = request.open_promise()

        undelivered.call_instead(lose(request, "promise"), by=rosa)

        assert [(task.kind, task.due_at) for task in request.tasks.open()] == [("call", promised)]

    def test_do_not_bring_a_call_forward_by_being_tried_again(self, rosa):
        request = make_request(TEN, phone=PHONE)
        message = request.messages.get(kind="confirmed")
        tasks.call_instead(message)
        staff_acts.called(request, Act.NO_ANSWER, by=rosa)
        put_off = request.tasks.open().get(kind="call-to-confirm").due_at

        tasks.call_instead(message)

        assert request.tasks.open().get(kind="call-to-confirm").due_at == put_off > NINE

    def test_become_no_call_where_there_is_no_phone(self, rosa):
        request = make_request(FRIDAY)
        message = lose(request, "confirmed")

        assert not undelivered.call_instead(message, by=rosa)
        assert to_do(request) == ["not-delivered"]

    def test_become_no_call_when_what_they_say_is_over(self, rosa):
        request = make_request(TEN, phone=PHONE)
        message = lose(request, "confirmed")
        staff_acts.attended(request, by=rosa, now=ELEVEN)

        assert not undelivered.call_instead(message, by=rosa, now=ELEVEN)
        assert to_do(request) == []

    def test_of_what_was_cancelled_meanwhile_lose_their_task(self, rosa):
        request = make_request(FRIDAY, phone=PHONE)
        lose(request, "confirmed")

        booking.cancel(request)

        assert to_do(request) == []
        lose(request, "cancelled")
        assert to_do(request) == ["not-delivered"]
        staff_acts.end_task(request.tasks.open().get(), Act.TOLD, by=rosa)
        assert to_do(request) == []

    def test_about_a_treatment_are_neither_sent_again_nor_called_about(self, rosa):
        message = Message.objects.queue_not_published(make_treatment(), NOW, rosa)
        Message.objects.update(state="failed")

        assert not undelivered.send_again(message)
        assert not undelivered.call_instead(message, by=rosa)


class TestATaskAboutTheClinic:
    def test_is_not_ended_by_an_act_on_a_request(self, rosa):
        task = tasks.raise_for_clinic(TaskKind.MAIL_FAILS)

        with pytest.raises(NotPossible):
            staff_acts.end_task(task, Act.TOLD, by=rosa)


class TestReleasingAWave:
    @pytest.fixture
    def wave(self):
        requests = [
            make_request(TEN, email="a@example.org"),
            make_request(ELEVEN, email="", phone=PHONE),
            make_request(FRIDAY, email="c@example.org"),
        ]
        booking.will_come(requests[2])
        task = tasks.raise_for_clinic(TaskKind.WAVE, since=(NOW - HALF_AN_HOUR).isoformat())
        return task, requests

    def test_gives_the_times_of_unknown_people_back_in_one_act(self, wave, rosa):
        task, (by_email, by_phone, heard) = wave

        assert waves.release(task, by=rosa) == (2, 1)

        for request in (by_email, by_phone, heard):
            request.refresh_from_db()
        assert (by_email.held_visit(), by_email.wished_at, by_email.is_set_apart) == (None, TEN, False)
        assert "wished" in queued(by_email)
        assert (by_phone.held_visit(), by_phone.wished_at, by_phone.is_set_apart) == (None, ELEVEN, True)
        assert heard.held_visit().start == FRIDAY
        assert Task.objects.get(pk=task.pk).state == "done"

    def test_shows_a_letter_before_and_changes_nothing_by_it(self, wave):
        task, _requests = wave

        found = waves.Wave.of(task)

        assert (found.holding, found.wishing) == (2, 0)
        ((message, letter),) = found.letters
        assert message.kind == "wished"
        assert "press the button" in letter.body
        assert SeatCell.objects.filter(starts_at=TEN).exists()

    def test_can_be_undone_for_two_minutes(self, wave, rosa, time_machine):
        task, requests = wave
        before = [whole(request) for request in requests]
        waves.release(task, by=rosa)
        time_machine.shift(outbox.UNDO / 2)

        assert waves.undo(task, NOW + outbox.UNDO / 2, by=rosa) == (2, 0)

        assert [whole(request) for request in requests] == before

    def test_undone_takes_those_that_only_wished_for_a_time_out_of_what_is_set_apart(self, wave, rosa, clinic):
        task, _requests = wave
        clinic.unheard_share = 1
        clinic.save()
        wishing = make_request(TEN + HALF_AN_HOUR, email="", phone="+60123456780")
        assert (wishing.held_visit(), wishing.wished_at) == (None, TEN + HALF_AN_HOUR)
        before = whole(wishing)
        waves.release(task, by=rosa)

        waves.undo(task, NOW, by=rosa)

        assert whole(wishing) == before


class TestADryRun:
    def test_shows_the_very_letter_and_leaves_everything_as_it_was(self, rosa, time_machine):
        request = make_request(TEN)
        before, events = whole(request), acts(request)

        outcome = dry_runs.dry_run(booking.cancel, request, by=rosa)

        assert (whole(request), acts(request)) == (before, events)
        booking.cancel(request, by=rosa)
        time_machine.shift(outbox.UNDO)
        sending.send_due("me")
        ((message, letter),) = outcome.letters
        (sent,) = [found for found in mail.outbox if found.to == ["aisha@example.org"]]
        assert (sent.subject, sent.body) == (letter.subject, letter.body)
        assert (message.kind, outcome.consultation.state, outcome.visit) == ("cancelled", "cancelled", None)

    def test_says_the_outcome_where_no_letter_goes_out(self, rosa):
        request = make_request(TEN, email="", phone=PHONE)

        outcome = dry_runs.dry_run(booking.change_time, request, ELEVEN, by=rosa)

        assert outcome.visit
        assert outcome.visit.start == ELEVEN
        assert (outcome.consultation.state, outcome.letters) == ("confirmed", [])
        assert request.held_visit().start == TEN

    def test_raises_what_the_act_raises(self, rosa):
        with pytest.raises(NotPossible):
            dry_runs.dry_run(staff_acts.confirm, make_request(), by=rosa)
