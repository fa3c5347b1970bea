"""What staff do to a request is said to the patient a little later, and can be undone until then."""

import datetime
import zoneinfo

import pytest
from django.contrib.auth import get_user_model
from django.core import mail

from treatments import booking, desk, outbox
from treatments.models import Act, ConsultationRequest
from treatments.models.consultation import new_secret
from treatments.tests.builders import make_open_clinic, make_request

pytestmark = pytest.mark.scale

#: A Monday, eight o'clock at the clinic.
NOW = datetime.datetime(2026, 6, 1, 8, tzinfo=zoneinfo.ZoneInfo("Asia/Kuala_Lumpur"))
TEN, ELEVEN = NOW + datetime.timedelta(hours=2), NOW + datetime.timedelta(hours=3)
FRIDAY = TEN + datetime.timedelta(days=4)
HALF_AN_HOUR = datetime.timedelta(minutes=30)


@pytest.fixture(autouse=True)
def _monday_morning(time_machine, db):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture(autouse=True)
def clinic(db):
    return make_open_clinic(email="desk@example.org")


@pytest.fixture
def rosa(db):
    return get_user_model().objects.create_user("Rosa", is_staff=True)


def queued(request):
    return sorted(request.messages.filter(state="queued").values_list("kind", flat=True))


def acts(request):
    return list(request.events.values_list("act", flat=True))


class TestConfirming:
    @pytest.fixture
    def waiting(self, clinic):
        clinic.confirms_by_hand = True
        clinic.save()
        return make_request(TEN)

    def test_confirms_what_waits(self, waiting, rosa):
        request = desk.confirm(waiting, by=rosa)

        assert (request.state, request.promised_at) == ("confirmed", None)
        assert "confirmed" in queued(request)

    def test_makes_no_sense_for_a_call(self, rosa):
        with pytest.raises(booking.NotPossible):
            desk.confirm(make_request(), by=rosa)


class TestCalling:
    def test_and_speaking_keeps_the_promise(self, rosa):
        request = desk.called(make_request(), Act.SPOKE, by=rosa)

        assert (request.state, request.promised_at) == ("called", None)
        assert request.events.last().by == rosa

    def test_and_speaking_ends_what_was_offered(self, rosa):
        request = make_request()
        desk.offer(request, [TEN], by=rosa)

        desk.called(request, Act.SPOKE, by=rosa)

        request.refresh_from_db()
        assert (request.state, request.offered_times) == ("called", "")

    def test_does_not_undo_a_time_that_is_held(self, rosa):
        request = desk.called(make_request(TEN, email="", phone="+60123456789"), Act.SPOKE, by=rosa)

        assert (request.state, request.visit is not None) == ("confirmed", True)
        assert queued(request) == ["clinic-notice"]

    @pytest.mark.parametrize("outcome", [Act.NO_ANSWER, Act.LEFT_MESSAGE])
    def test_in_vain_is_tried_again_after_two_hours_of_opening_time(self, rosa, outcome):
        request = desk.called(make_request(), outcome, by=rosa)

        assert (request.state, request.promised_at) == ("requested", ELEVEN)

    def test_in_vain_to_confirm_is_tried_again_when_staff_say(self, rosa):
        request = make_request(FRIDAY, email="", phone="+60123456789")

        desk.called(request, Act.NO_ANSWER, next_try=TEN, by=rosa)

        assert not request.messages.by_hand(NOW).exists()
        assert [message.kind for message in request.messages.by_hand(TEN)] == ["call-to-confirm"]


class TestOffering:
    def test_gives_back_what_was_held_and_holds_nothing(self, rosa):
        request = desk.offer(make_request(TEN), [ELEVEN, FRIDAY], by=rosa)

        assert (request.state, request.visit) == ("offered", None)
        assert request.offered_times == "2026-06-01T03:00Z 2026-06-05T02:00Z"
        assert queued(request) == ["offer"]
        assert make_request(TEN, email="b@example.org").visit

    def test_writes_the_times_to_the_patient_and_takes_the_old_one_from_the_calendar(self, rosa, time_machine):
        desk.offer(make_request(TEN), [ELEVEN, FRIDAY], by=rosa)
        time_machine.move_to(NOW + outbox.UNDO, tick=False)

        outbox.send_due("me")

        (letter,) = mail.outbox
        assert "we cannot see you on Monday 1 June 2026 at 10:00" in letter.body
        assert "- Friday 5 June 2026, 10:00" in letter.body
        assert "STATUS:CANCELLED" in letter.attachments[0][1]

    def test_needs_an_email_address(self, rosa):
        with pytest.raises(booking.NotPossible):
            desk.offer(make_request(email="", phone="+60123456789"), [ELEVEN], by=rosa)

    def test_ends_when_the_patient_chooses(self, client, rosa):
        request = desk.offer(make_request(TEN), [ELEVEN], by=rosa)
        page = client.get(request.private_path()).content.decode()

        client.post(request.private_path() + "change/", {"time": "2026-06-01T03:00Z"})

        assert "Monday 1 June, 11:00" in page
        request.refresh_from_db()
        assert (request.state, request.visit[0], request.offered_times) == ("confirmed", ELEVEN, "")

    def test_shows_only_times_that_are_still_free(self, client, rosa):
        request = desk.offer(make_request(TEN), [ELEVEN, FRIDAY], by=rosa)
        make_request(ELEVEN, email="b@example.org")

        page = client.get(request.private_path()).content.decode()

        assert 'value="2026-06-05T02:00Z"' in page
        assert 'value="2026-06-01T03:00Z"' not in page


class TestBooking:
    def test_makes_a_visit_of_a_call_and_says_when(self, rosa):
        request = booking.change_time(make_request(), FRIDAY, by=rosa)

        assert (request.state, request.promised_at, request.visit[0]) == ("confirmed", None, FRIDAY)
        assert "confirmed" in queued(request)

    @pytest.mark.parametrize("state", ["called", "missed", "cancelled"])
    def test_is_possible_when_the_patient_could_not_any_more(self, rosa, state):
        request = make_request()
        ConsultationRequest.objects.update(state=state)

        assert booking.change_time(request, FRIDAY, by=rosa).state == "confirmed"

    def test_needs_no_notice_time(self, rosa, clinic):
        clinic.notice_hours = 48
        clinic.save()

        assert booking.change_time(make_request(), TEN, by=rosa).visit[0] == TEN

    def test_by_phone_is_held_by_no_limit_and_is_not_told_to_the_clinic(self, rosa):
        answers = {"name": "Aisha", "phone": "", "email": "aisha@example.org"}

        requests = [
            booking.ask(answers, start=TEN + number * HALF_AN_HOUR, form_key=new_secret(), by=rosa)
            for number in range(4)
        ]

        assert not any(request.is_quarantined for request in requests)
        assert queued(requests[0]) == ["confirmed"]
        assert requests[0].events.get().by == rosa


class TestAfterTheVisit:
    def test_it_is_attended_or_missed(self, rosa):
        request = make_request(TEN)

        assert desk.missed(request, by=rosa, now=ELEVEN).state == "missed"
        assert desk.attended(request, by=rosa, now=ELEVEN).state == "attended"

    @pytest.mark.parametrize("start", [None, TEN])
    def test_is_not_before_it(self, rosa, start):
        with pytest.raises(booking.NotPossible):
            desk.attended(make_request(start), by=rosa)


class TestTwoWhoAct:
    def test_are_told_what_the_other_did_and_nothing_is_sent_twice(self, rosa):
        request = make_request(TEN)
        seen = request.events.last().pk
        booking.cancel(request, by=rosa, seen=seen)

        with pytest.raises(booking.Overtaken) as overtaken:
            booking.cancel(request, by=rosa, seen=seen)

        assert (overtaken.value.event.act, overtaken.value.event.by) == ("cancelled", rosa)
        assert request.messages.filter(kind="cancelled").count() == 1


class TestUndoing:
    ACTS = {
        "cancel": lambda request, rosa: booking.cancel(request, by=rosa),
        "book": lambda request, rosa: booking.change_time(request, ELEVEN, by=rosa),
        "offer": lambda request, rosa: desk.offer(request, [ELEVEN], by=rosa),
        "spoke": lambda request, rosa: desk.called(request, Act.SPOKE, by=rosa),
        "no answer": lambda request, rosa: desk.called(request, Act.NO_ANSWER, by=rosa),
    }

    @pytest.mark.parametrize(
        ("act", "start", "answers"),
        [
            *((act, start, {}) for act in ACTS for start in (FRIDAY, None)),
            *((act, FRIDAY, {"email": "", "phone": "+60123456789"}) for act in ACTS if act != "offer"),
        ],
    )
    def test_puts_everything_back(self, rosa, time_machine, act, start, answers):
        request = make_request(start, **answers)
        before = whole(request)

        self.ACTS[act](request, rosa)
        time_machine.shift(outbox.UNDO)
        desk.undo(request.events.last(), by=rosa)

        assert whole(request) == before
        assert acts(request)[-1] == "undone"

    def test_is_too_late_after_two_minutes(self, rosa, time_machine):
        event = booking.cancel(make_request(TEN), by=rosa).events.last()
        time_machine.shift(outbox.UNDO + datetime.timedelta(seconds=1))

        with pytest.raises(desk.TooLate, match="sent"):
            desk.undo(event, by=rosa)

    def test_is_too_late_when_the_message_is_on_its_way(self, rosa):
        request = booking.cancel(make_request(TEN), by=rosa)
        request.messages.filter(kind="cancelled").update(lease_owner="a worker")

        with pytest.raises(desk.TooLate, match="sent"):
            desk.undo(request.events.last(), by=rosa)

    def test_is_too_late_when_the_time_has_gone_and_changes_nothing(self, rosa):
        request = booking.cancel(make_request(TEN), by=rosa)
        make_request(TEN, email="b@example.org")

        with pytest.raises(desk.TooLate, match="gone"):
            desk.undo(request.events.last(), by=rosa)

        assert "cancelled" in queued(request)
        assert acts(request) == ["asked", "cancelled"]

    def test_is_too_late_when_someone_has_acted_since(self, rosa):
        request = booking.change_time(make_request(TEN), ELEVEN, by=rosa)
        event = request.events.last()
        booking.cancel(request)

        with pytest.raises(desk.TooLate, match="newer"):
            desk.undo(event, by=rosa)

    def test_is_not_for_what_patients_do(self, rosa):
        request = booking.cancel(make_request(TEN))

        with pytest.raises(desk.TooLate):
            desk.undo(request.events.last(), by=rosa)

    def test_is_not_for_what_is_erased(self, rosa):
        request = booking.cancel(make_request(TEN), by=rosa)
        event = request.events.last()
        booking.erase(request)

        with pytest.raises(desk.TooLate):
            desk.undo(event, by=rosa)
        event.refresh_from_db()
        assert event.before is None


def whole(request):
    """All of a request that an act may change: its row, what it holds and what waits to be said."""
    row = ConsultationRequest.objects.filter(pk=request.pk).values().get()
    row.pop("heard_at")
    cells = sorted(request.cells.values_list("seat", "starts_at"))
    return row, cells, sorted(request.messages.filter(state="queued").values_list("kind", "not_before"))


class TestRehearsing:
    def test_shows_the_very_letter_and_leaves_everything_as_it_was(self, rosa, time_machine):
        request = make_request(TEN)
        before, events = whole(request), acts(request)

        ((message, letter),) = desk.rehearse(booking.cancel, request, by=rosa)

        assert (whole(request), acts(request)) == (before, events)
        booking.cancel(request, by=rosa)
        time_machine.shift(outbox.UNDO)
        outbox.send_due("me")
        assert (mail.outbox[-1].subject, mail.outbox[-1].body) == (letter.subject, letter.body)
        assert message.kind == "cancelled"

    def test_raises_what_the_act_raises(self, rosa):
        with pytest.raises(booking.NotPossible):
            desk.rehearse(desk.confirm, make_request(), by=rosa)
