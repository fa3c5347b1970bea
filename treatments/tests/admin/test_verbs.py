"""A request has a button for a verb exactly when its act is possible, at the desk and on the patient's own page."""

import datetime
import itertools

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.urls import reverse

from treatments.admin.verb import VERBS, buttons
from treatments.consultation import booking, contact
from treatments.consultation.acting import NotPossible
from treatments.models import Act, ConsultationRequest, RequestState, SeatCell, TaskKind
from treatments.models.consultation import EMPTIED
from treatments.tests.builders import make_open_clinic, make_request
from treatments.tests.monday import ELEVEN, FRIDAY, HOUR, NOW, TEN
from treatments.values.moments import text_of

CELL = datetime.timedelta(minutes=5)
PHONE = "+60123456789"
#: What each act needs besides the request.
NEEDED = {
    "called": ((Act.SPOKE,), {}),
    "book": ((FRIDAY,), {}),
    "offer": (([FRIDAY],), {}),
    "correct": ((), {"name": "Aisha", "phone": PHONE, "email": "b@example.org"}),
    "note": (("Likes mornings",), {}),
}
PATIENTS = {
    "request_change": lambda request: booking.change_time(request, FRIDAY, came_by_letter=True),
    "request_cancel": booking.cancel,
    "request_phone": lambda request: contact.leave_phone(request, PHONE),
    "request_will_come": booking.will_come,
}
#: What a request holds: the start of its visit.
VISITS = {"no visit": None, "a visit ahead": ELEVEN, "a visit that begins now": NOW, "a visit before": NOW - HOUR}
CONTACTS = {"an email": {"phone": "", "email": "a@example.org"}, "a phone": {"phone": PHONE, "email": ""}}


@pytest.fixture(autouse=True)
def _monday_morning(time_machine, db):
    time_machine.move_to(NOW, tick=False)
    make_open_clinic()


@pytest.fixture
def rosa(db):
    return get_user_model().objects.create_user("Rosa", is_staff=True)


def put_into(request, state, start, **columns):
    """Bring a request into a state as its rows say it, whatever leads there; `start` is that of its visit, or None."""
    request.cells.all().delete()
    if start:
        SeatCell.objects.bulk_create(SeatCell(request=request, seat=0, starts_at=start + CELL * n) for n in range(6))
    ConsultationRequest.objects.filter(pk=request.pk).update(state=state, **columns)
    request.refresh_from_db()
    return request


def states_of(request):
    """The request, one after the other in every state in which it may be, with the words for it."""
    for state, (visit, start), is_set_apart in itertools.product(RequestState, VISITS.items(), (False, True)):
        for reached_by, columns in CONTACTS.items():
            said = f"{state}, {visit}, {reached_by}, {'' if is_set_apart else 'not '}set apart"
            yield said, put_into(request, state, start, is_set_apart=is_set_apart, **columns)
    for state, (visit, start) in itertools.product(RequestState, VISITS.items()):
        with transaction.atomic():
            erased = put_into(request, state, start, is_set_apart=False, erased_at=NOW, **EMPTIED)
            yield f"{state}, {visit}, erased", erased
            transaction.set_rollback(True)


def can_be_done(act, request, *arguments, **options):
    """Whether an act does something to a request; all is as before afterwards."""
    with transaction.atomic():
        before = request.events.count()
        try:
            act(request, *arguments, **options)
            assert request.events.count() == before + 1, "neither done nor refused"
            return True
        except NotPossible:
            assert request.events.count() == before
            return False
        finally:
            transaction.set_rollback(True)


@pytest.mark.slow
class TestAButtonAtTheDesk:
    # A task makes a call possible in every state, and changes no other verb.
    @pytest.mark.parametrize(("name", "has_task"), [*((name, False) for name in VERBS), ("called", True)])
    def test_is_there_exactly_when_its_act_is_possible(self, rosa, name, has_task):
        request = make_request(TEN)
        if has_task:
            request.tasks.create(kind=TaskKind.CALL_TO_TELL, due_at=NOW)
        positional, named = NEEDED.get(name, ((), {}))
        found = {False: 0, True: 0}

        for said, one in states_of(request):
            is_offered = name in buttons(one, one.held_visit(), NOW)
            is_possible = can_be_done(VERBS[name].act, one, *positional, by=rosa, **named)
            assert is_offered == is_possible, said
            found[is_possible] += 1

        assert all(found.values())


@pytest.mark.slow
class TestAButtonOnThePatientsPage:
    @pytest.mark.parametrize("wished_at", [None, FRIDAY])
    @pytest.mark.parametrize("name", PATIENTS)
    def test_is_there_exactly_when_its_act_is_possible(self, client, name, wished_at):
        request = make_request(TEN)
        request.tasks.create(kind=TaskKind.CALL, due_at=NOW)
        ConsultationRequest.objects.update(is_heard=False, wished_at=wished_at, offered_times=text_of(FRIDAY))
        found = {False: 0, True: 0}

        for said, one in states_of(request):
            if one.erased_at:
                continue
            page = client.get(one.letter_link())
            url = reverse(f"treatments:{name}", args=[one.public_id, page.context["link"].signature])
            is_possible = one.state != RequestState.CANCELLED and can_be_done(PATIENTS[name], one)
            assert (url in page.text) == is_possible, said
            found[is_possible] += 1

        assert all(found.values())
