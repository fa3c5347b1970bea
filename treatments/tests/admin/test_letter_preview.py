"""Before staff confirm an act they see the page of its letter, which can do nothing."""

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.test import Client

from treatments.consultation import dry_runs, staff_acts
from treatments.models import Message
from treatments.tests.builders import make_clinician, make_open_clinic, make_request
from treatments.tests.monday import FRIDAY, HOUR
from treatments.values.moments import text_of

LIST = "/admin/treatments/consultationrequest/"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'; sandbox"


@pytest.fixture(autouse=True)
def _clinic(monday_morning, db):
    make_open_clinic(confirms_by_hand=True)


@pytest.fixture
def desk():
    client = Client()
    client.force_login(make_clinician("rosa", email="rosa@example.org"))
    return client


def screen(desk, request, verb, **chosen):
    response = desk.get(f"{LIST}{request.pk}/act/{verb}/", chosen)
    assert response.status_code == 200
    return response, BeautifulSoup(response.content, "html.parser")


class TestTheLetterOfAnAct:
    def test_is_shown_in_a_frame_by_a_response_of_its_own(self, desk):
        request = make_request(FRIDAY)
        _response, page = screen(desk, request, "confirm")
        form = page.select_one(".letter form")
        frame = page.select_one(".letter iframe")

        sent = {field["name"]: field.get("value", "") for field in form.select("input[name]")}
        letter = desk.post(f"{LIST}{request.pk}/act/confirm/{form['action']}", sent)

        assert form["target"] == frame["name"]
        assert frame["title"]
        assert letter.status_code == 200
        assert letter.headers["Content-Security-Policy"] == POLICY
        assert letter.headers["X-Frame-Options"] == "SAMEORIGIN"
        rosa = get_user_model().objects.get()
        (_message, mail), *_reminders = dry_runs.dry_run(staff_acts.confirm, request, by=rosa).letters
        assert letter.content.decode() == mail.alternatives[0][0]
        request.refresh_from_db()
        assert request.state == "requested"
        assert not Message.objects.filter(request=request, kind="confirmed").exists()

    def test_follows_what_was_filled_in(self, desk):
        request = make_request()
        _response, page = screen(desk, request, "book", time=text_of(FRIDAY + HOUR))
        form = page.select_one(".letter form")
        sent = {field["name"]: field.get("value", "") for field in form.select("input[name]")}

        letter = desk.post(f"{LIST}{request.pk}/act/book/{form['action']}", sent)

        assert "Friday 5 June 2026 at 11:00" in letter.content.decode()

    def test_is_let_into_the_screens_of_acts_alone(self, desk):
        request = make_request(FRIDAY)

        response, _page = screen(desk, request, "confirm")

        assert "frame-src 'self'" in response.headers["Content-Security-Policy"]
        assert "style-src 'self'" in response.headers["Content-Security-Policy"]
        for path in (LIST, f"{LIST}{request.pk}/change/", "/admin/", "/"):
            assert "frame-src" not in desk.get(path).headers["Content-Security-Policy"]

    @pytest.mark.parametrize("what", ["letter/3/", "letter/99999999999999999999/"])
    def test_of_another_number_is_none(self, desk, what):
        request = make_request(FRIDAY)

        assert desk.post(f"{LIST}{request.pk}/act/confirm/{what}").status_code == 404

    def test_of_an_act_that_cannot_be_done_is_none(self, desk):
        request = make_request(FRIDAY)

        assert desk.post(f"{LIST}{request.pk}/act/real/letter/0/").status_code == 404
        assert desk.post(f"{LIST}{request.pk}/act/book/letter/0/").status_code == 404
        assert desk.get(f"{LIST}{request.pk}/act/confirm/letter/0/").status_code == 405

    def test_is_shown_to_those_alone_who_may_act(self, client, django_user_model):
        request = make_request(FRIDAY)
        client.force_login(django_user_model.objects.create_user("looks", is_staff=True))

        assert client.post(f"{LIST}{request.pk}/act/confirm/letter/0/").status_code == 403
