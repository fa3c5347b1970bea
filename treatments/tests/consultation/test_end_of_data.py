"""A request is erased so many days after the last of it was open, and its page says the very date."""

import datetime

import pytest

from treatments.consultation import booking, personal_data, staff_acts
from treatments.models import Act, Clinic, Message, Task
from treatments.tests.builders import make_clinician, make_open_clinic, make_request
from treatments.tests.monday import DAY, FRIDAY, KUALA_LUMPUR, NOW, TEN
from treatments.tests.tables import one_in

PHONE = {"email": "", "phone": "+60123456789"}
#: Six weeks after the Monday on which each begins; a request without a visit is kept for two.
LATER = TEN + 42 * DAY


@pytest.fixture(autouse=True)
def clinic(monday_morning, db):
    return make_open_clinic(keep_request_days=14, keep_visit_days=3, horizon_days=366)


def promised_call():
    return make_request(**PHONE)


def call_to_try_again():
    return staff_acts.called(make_request(**PHONE), Act.NO_ANSWER, next_try=LATER, by=make_clinician())


def offer():
    return staff_acts.offer(make_request(phone="+60123456789"), [LATER], by=make_clinician())


def offer_without_a_call():
    request = offer()
    request.tasks.end()
    return request


def wish_set_apart():
    answers = {"name": "Win", "email": "win@example.org", "phone": ""}
    return booking.ask(answers, start=LATER, form_key="k" * 22, looks_like_spam=True)


def wish():
    request = wish_set_apart()
    request.tasks.end()
    return request


def letter_that_waits():
    request = make_request(phone="+60123456789")
    request.tasks.end()
    return request


def call_about_a_visit_that_is_over():
    request = make_request(FRIDAY, **PHONE)
    staff_acts.missed(request, by=make_clinician(), now=FRIDAY + DAY)
    request.tasks.create(kind="call", due_at=FRIDAY + 3 * DAY)
    return request


OPEN = [
    promised_call,
    call_to_try_again,
    offer,
    offer_without_a_call,
    wish_set_apart,
    wish,
    letter_that_waits,
    call_about_a_visit_that_is_over,
]


def settle_all():
    """Nobody has anything to do any more, and every letter has gone out."""
    Task.objects.all().end()
    Message.objects.filter(state="queued").update(state="sent", sent_at=NOW)


class TestTheEndOfARequest:
    @pytest.mark.parametrize("make", one_in(3, OPEN))
    def test_does_not_come_while_something_of_it_is_open(self, make, time_machine):
        make()

        time_machine.move_to(LATER - DAY, tick=False)

        assert personal_data.expired() == []

    @pytest.mark.parametrize("make", one_in(3, [*OPEN, lambda: make_request(FRIDAY)]))
    def test_comes_on_the_date_that_its_page_says(self, make, time_machine):
        request, clinic = make(), Clinic.objects.current()
        said, found = [], []
        for day in range(0, 100, 5):
            moment = NOW + day * DAY
            time_machine.move_to(moment, tick=False)
            if day == 50:
                settle_all()
            date = personal_data.erased_on(request, clinic)
            found.append(personal_data.expired() == [request.pk])
            today = moment.astimezone(KUALA_LUMPUR).date()
            said.append(max(date, today))
            assert (date <= today) if found[-1] else (date >= today)

        assert found[-1]
        # The date never comes nearer.
        assert said == sorted(said)

    def test_comes_so_many_days_after_we_last_heard_of_it(self, time_machine):
        request = make_request(phone="+60123456789")
        settle_all()

        assert personal_data.erased_on(request, Clinic.objects.current()) == datetime.date(2026, 6, 15)
        for moment, is_over in ((NOW + 14 * DAY, False), (NOW + 14 * DAY + datetime.timedelta(seconds=1), True)):
            time_machine.move_to(moment, tick=False)
            assert bool(personal_data.expired()) is is_over
