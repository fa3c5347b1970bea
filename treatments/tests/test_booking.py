"""Whatever patients and staff do to a request happens wholly or not at all, and no place is ever held twice."""

import datetime
import zoneinfo

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from treatments import booking, desk, limits
from treatments.models import ConsultationRequest, Message, RequestEvent, SeatCell
from treatments.models.consultation import new_secret
from treatments.tests.builders import make_open_clinic, make_request

KUALA_LUMPUR = zoneinfo.ZoneInfo("Asia/Kuala_Lumpur")
#: A Monday, eight o'clock at the clinic.
NOW = datetime.datetime(2026, 6, 1, 8, tzinfo=KUALA_LUMPUR)
TEN, HALF_PAST_TEN, ELEVEN = (NOW + datetime.timedelta(hours=hours) for hours in (2, 2.5, 3))
#: Wednesday, ten o'clock.
WEDNESDAY = TEN + datetime.timedelta(days=2)


@pytest.fixture(autouse=True)
def _monday_morning(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def clinic(db):
    return make_open_clinic()


@pytest.fixture
def receptionist(db):
    return get_user_model().objects.create_user("Rosa", is_staff=True)


def ask(start=None, *, email="aisha@example.org", form_key=None, **options):
    """Ask for a visit or a call, with these answers."""
    answers = {"name": "Aisha", "phone": "", "email": email}
    return booking.ask(answers, start=start, form_key=form_key or new_secret(), **options)


def kinds(request, state="queued"):
    return sorted(request.messages.filter(state=state).values_list("kind", flat=True))


@pytest.mark.usefixtures("clinic")
class TestAskingForATime:
    def test_holds_every_cell_of_it_and_confirms_it(self):
        request = ask(TEN)

        assert request.state == "confirmed"
        assert request.visit == (TEN, HALF_PAST_TEN)
        assert list(request.cells.values_list("seat", flat=True)) == [0] * 6

    def test_waits_for_staff_where_the_clinic_confirms_by_hand(self, clinic):
        clinic.confirms_by_hand = True
        clinic.save()

        request = ask(TEN)

        assert (request.state, request.visit is not None) == ("requested", True)
        assert request.promised_at == NOW + datetime.timedelta(hours=5)

    def test_that_is_taken_is_refused_with_the_nearest_times_and_stores_nothing(self):
        ask(TEN)

        with pytest.raises(booking.TimeGone) as gone:
            ask(TEN, email="b@example.org")

        assert gone.value.nearest == [NOW + datetime.timedelta(hours=hours) for hours in (1, 1.5, 2.5)]
        assert ConsultationRequest.objects.count() == 1
        assert set(Message.objects.values_list("request__email", flat=True)) == {"aisha@example.org"}

    @pytest.mark.parametrize(
        "start",
        [
            TEN - datetime.timedelta(days=1),
            TEN + datetime.timedelta(minutes=5),
            TEN + datetime.timedelta(days=400),
            TEN + datetime.timedelta(hours=12),
            datetime.datetime(1, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(days=40),
        ],
    )
    def test_that_is_not_offered_is_refused(self, start):
        with pytest.raises(booking.TimeGone):
            ask(start)

        assert not ConsultationRequest.objects.exists()

    def test_takes_as_many_as_there_are_seats(self, clinic):
        clinic.seats = 2
        clinic.save()

        seats = {ask(TEN, email=f"{n}@example.org").cells.first().seat for n in range(2)}

        assert seats == {0, 1}
        with pytest.raises(booking.TimeGone):
            ask(TEN, email="c@example.org")

    def test_never_overlaps_a_visit_of_another_length(self, clinic):
        ask(HALF_PAST_TEN)
        clinic.visit_minutes = 60
        clinic.save()

        with pytest.raises(booking.TimeGone):
            ask(TEN, email="b@example.org")
        assert ask(ELEVEN, email="b@example.org").visit == (ELEVEN, ELEVEN + datetime.timedelta(hours=1))


@pytest.mark.usefixtures("clinic")
class TestAskingToBeCalled:
    def test_is_promised_an_hour_and_holds_nothing(self):
        request = ask()

        assert (request.way, request.state, request.visit) == ("call", "requested", None)
        assert request.promised_at == NOW + datetime.timedelta(hours=5)

    def test_of_a_clinic_that_is_closed_for_weeks_is_promised_the_day_when_it_opens(self, clinic):
        until = NOW.replace(hour=0) + datetime.timedelta(days=42)
        clinic.closures.create(starts_at=NOW, ends_at=until, reason="Building works")

        assert ask().promised_at == until.replace(hour=13)

    def test_of_a_clinic_without_hours_is_promised_none(self, clinic):
        clinic.opening_hours.all().delete()

        assert ask().promised_at is None


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

    def test_with_other_answers_changes_nothing_and_leads_to_the_first(self):
        first = ask(TEN, form_key="k" * 22)

        with pytest.raises(booking.AlreadyAsked) as already:
            ask(ELEVEN, form_key="k" * 22)

        assert already.value.request == first
        assert first.visit == (TEN, HALF_PAST_TEN)


@pytest.mark.usefixtures("clinic")
class TestTooMuch:
    def test_from_one_contact_is_set_apart_and_holds_no_seat(self):
        ask(TEN)
        ask(HALF_PAST_TEN)

        third = ask(ELEVEN, email="AISHA@example.org")

        assert (third.is_quarantined, third.way, third.visit) == (True, "call", None)
        assert third.promised_at

    def test_does_not_count_visits_that_have_begun(self):
        ask(TEN)
        ask(HALF_PAST_TEN)

        later = ask(WEDNESDAY, now=ELEVEN)

        assert (later.is_quarantined, later.visit[0]) == (False, WEDNESDAY)

    def test_that_looks_like_spam_is_set_apart_and_not_told_to_the_clinic(self, clinic):
        clinic.email = "clinic@example.org"
        clinic.save()

        request = ask(TEN, looks_like_spam=True)

        assert (request.is_quarantined, request.visit) == (True, None)
        assert kinds(request) == ["promise"]

    def test_from_one_address_is_set_apart_and_then_turned_away(self, monkeypatch):
        monkeypatch.setattr(limits, "MANY_FROM_CLIENT", 2)
        monkeypatch.setattr(limits, "MOST_FROM_CLIENT", 3)

        quarantined = [ask(email=f"{n}@example.org", client="127.0.0.9").is_quarantined for n in range(3)]

        assert quarantined == [False, False, True]
        with pytest.raises(limits.TooMany):
            ask(email="z@example.org", client="127.0.0.9")
        assert not ask(email="z@example.org", client="127.0.0.8").is_quarantined

    def test_is_forgotten_after_an_hour(self, monkeypatch):
        monkeypatch.setattr(limits, "MANY_FROM_CLIENT", 1)
        ask(client="127.0.0.9")

        later = ask(email="b@example.org", client="127.0.0.9", now=NOW + datetime.timedelta(hours=1, seconds=1))

        assert not later.is_quarantined


@pytest.mark.usefixtures("clinic")
class TestChangingTheTime:
    def test_holds_the_new_one_and_frees_the_old_one(self):
        request = ask(TEN)

        booking.change_time(request, ELEVEN)

        assert request.visit == (ELEVEN, ELEVEN + datetime.timedelta(minutes=30))
        assert ask(TEN, email="b@example.org").visit

    def test_keeps_the_old_one_if_the_new_one_is_gone(self):
        request = ask(TEN)
        ask(ELEVEN, email="b@example.org")

        with pytest.raises(booking.TimeGone):
            booking.change_time(request, ELEVEN)

        assert request.visit == (TEN, HALF_PAST_TEN)

    def test_may_overlap_the_old_one(self, clinic):
        clinic.visit_minutes = 60
        clinic.save()
        request = ask(TEN)
        clinic.visit_minutes = 30
        clinic.save()

        booking.change_time(request, HALF_PAST_TEN)

        assert request.visit == (HALF_PAST_TEN, ELEVEN)

    def test_raises_the_sequence_and_moves_the_reminders(self):
        request = ask(WEDNESDAY)

        changed = booking.change_time(request, WEDNESDAY + datetime.timedelta(hours=1))

        assert changed.sequence == 1
        assert kinds(request) == ["changed", "reminder-1-day"]
        assert kinds(request, "cancelled") == ["confirmed", "reminder-1-day"]
        reminder = request.messages.get(kind="reminder-1-day", state="queued")
        assert reminder.not_before == WEDNESDAY - datetime.timedelta(hours=23)

    def test_makes_a_visit_of_a_call(self):
        request = booking.change_time(ask(), TEN)

        assert (request.way, request.state, request.promised_at) == ("time", "confirmed", None)

    @pytest.mark.parametrize("state", ["cancelled", "attended", "missed"])
    def test_is_not_possible_when_it_is_over(self, state):
        request = ask(TEN)
        ConsultationRequest.objects.update(state=state)

        with pytest.raises(booking.NotPossible):
            booking.change_time(request, ELEVEN)


@pytest.mark.scale
@pytest.mark.usefixtures("clinic")
class TestAVisitOverWhichHoursWereSaved:
    def test_is_listed_put_on_the_desks_list_once_and_not_cancelled(self, admin_client, clinic):
        inside, outside = ask(TEN, email="a@example.org"), ask(WEDNESDAY, email="b@example.org")
        clinic.closures.create(starts_at=WEDNESDAY, ends_at=ELEVEN + datetime.timedelta(days=2), reason="Training")

        assert booking.visits_outside_hours(clinic) == [outside]
        for _time in range(2):
            page = save_clinic(admin_client)

        assert outside.reference in page
        assert inside.reference not in page
        assert [message.request for message in Message.objects.filter(kind="look-again")] == [outside]
        assert outside.visit is not None


def save_clinic(client):
    """Save the clinic's screen as it is, and return the page that follows."""
    address = "/admin/treatments/clinic/1/change/"
    page = BeautifulSoup(client.get(address).content, "html.parser")
    values = {}
    for element in page.select("#clinic_form input[name], #clinic_form select[name], #clinic_form textarea[name]"):
        if element.name == "select":
            chosen = element.select_one("option[selected]")
            values[element["name"]] = chosen["value"] if chosen else ""
        elif element.get("type") != "checkbox" or element.has_attr("checked"):
            values[element["name"]] = element.get("value", element.text.strip())
    values.pop("_continue", None)
    values.pop("_addanother", None)
    response = client.post(address, values, follow=True)
    assert response.redirect_chain, BeautifulSoup(response.content, "html.parser").select(".errorlist")
    return response.content.decode()


@pytest.mark.usefixtures("clinic")
class TestCancelling:
    def test_gives_the_time_back_and_takes_back_what_has_not_gone_out(self):
        request = ask(WEDNESDAY)

        booking.cancel(request)

        assert (request.visit, request.messages.filter(kind="cancelled").count()) == (None, 1)
        assert kinds(request, "cancelled") == ["confirmed", "reminder-1-day"]
        assert ask(WEDNESDAY, email="b@example.org").visit

    def test_is_not_possible_for_the_patient_once_the_visit_has_begun(self, receptionist):
        request = ask(TEN)

        with pytest.raises(booking.NotPossible):
            booking.cancel(request, now=TEN)

        assert request.visit == (TEN, HALF_PAST_TEN)
        assert booking.cancel(request, now=TEN, by=receptionist).state == "cancelled"

    def test_twice_is_the_same_as_once(self):
        request = ask(TEN)

        booking.cancel(booking.cancel(request))

        assert [event.act for event in request.events.all()] == ["asked", "cancelled"]


@pytest.mark.usefixtures("clinic")
class TestErasing:
    def test_leaves_an_anonymous_stub_whose_link_opens_nothing(self):
        request = make_request(message="My secret", phone="+60123456789")
        link = request.private_path()

        booking.erase(request)

        stub = ConsultationRequest.objects.get()
        assert {stub.name, stub.phone, stub.email, stub.message, stub.client_digest} == {""}
        assert stub.private_path() != link
        assert [event.act for event in stub.events.all()] == ["asked", "erased"]

    def test_cancels_a_visit_that_lies_ahead_and_tells_the_desk(self):
        request = ask(WEDNESDAY)

        booking.erase(request)

        assert ask(WEDNESDAY, email="b@example.org").visit
        assert kinds(request) == ["clinic-notice"]
        assert ConsultationRequest.objects.get(pk=request.pk).state == "cancelled"

    def test_of_a_visit_that_is_over_keeps_what_became_of_it(self, receptionist):
        request = desk.attended(ask(TEN), by=receptionist, now=ELEVEN)

        booking.erase(request)

        assert ConsultationRequest.objects.get().state == "attended"


@pytest.mark.usefixtures("clinic")
class TestTheDatabase:
    def test_refuses_a_cell_that_someone_holds_whoever_writes(self):
        cell = ask(TEN).cells.first()
        other = ask(ELEVEN, email="b@example.org")

        with pytest.raises(IntegrityError), transaction.atomic():
            SeatCell.objects.bulk_create([SeatCell(request=other, seat=cell.seat, starts_at=cell.starts_at)])
