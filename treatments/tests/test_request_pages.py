"""The patient's own pages: behind a link that nobody can make up, kept by nobody, and changed by no GET."""

import datetime
import json
import re
import zoneinfo

import pytest
from bs4 import BeautifulSoup

from treatments import booking, desk, retention
from treatments.forms.consultation import text_of
from treatments.models import Act, ConsultationRequest, Message, OpeningHours, RequestEvent, SeatCell
from treatments.tests.builders import (
    make_clinic,
    make_edition_of,
    make_form_key,
    make_open_clinic,
    make_request,
    plain_document,
)
from treatments.tests.meaning import words

pytestmark = pytest.mark.scale

#: A Monday, eight o'clock at the clinic.
NOW = datetime.datetime(2026, 6, 1, 8, tzinfo=zoneinfo.ZoneInfo("Asia/Kuala_Lumpur"))
TEN, ELEVEN = NOW + datetime.timedelta(hours=2), NOW + datetime.timedelta(hours=3)
WAYS = ["", "change/", "cancel/", "held/", "held/what-we-hold.json", "erase/", "appointment.ics"]


@pytest.fixture(autouse=True)
def _monday_morning(time_machine, db):
    time_machine.move_to(NOW, tick=False)
    make_open_clinic()


def everything():
    """All that a visit to a page could have changed."""
    tables = (ConsultationRequest, SeatCell, RequestEvent, Message)
    return [list(model.objects.order_by("pk").values()) for model in tables]


class TestThePagesOfARequest:
    @pytest.mark.parametrize("way", WAYS)
    def test_are_kept_by_nobody_and_not_indexed(self, client, way):
        response = client.get(make_request(TEN).private_path() + way)

        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Robots-Tag"] == "noindex"
        assert response.headers["Referrer-Policy"] == "same-origin"

    @pytest.mark.parametrize("way", WAYS)
    def test_open_with_no_other_link(self, client, way):
        mine, other = make_request(), make_request(email="b@example.org")
        forged = mine.private_path().replace(mine.signature(), other.signature())

        assert client.get(forged + way).status_code == 404
        assert client.post(forged + way).status_code in (404, 405)

    def test_are_not_changed_by_a_mail_scanner_that_follows_every_link_twice(self, client):
        # One page of days, so that the links have an end.
        make_clinic(horizon_days=10)
        path = make_request(TEN).private_path()
        before = everything()

        seen, waiting = set(), [path, path]
        while waiting:
            address = waiting.pop()
            for method in (client.head, client.get):
                response = method(address)
            links = re.findall(rb'(?:href|action)="(/consultation/[^"#]*|\?[^"#]*)', response.content)
            found = {link.decode().replace("&amp;", "&") for link in links}
            found = {address.partition("?")[0] + link if link[0] == "?" else link for link in found}
            waiting += [link for link in found - seen for _twice in range(2)]
            seen |= found

        assert len(seen) > 6
        assert everything() == before

    def test_say_time_state_and_when_all_is_erased(self, read):
        page = read(make_request(TEN).private_path())

        assert words(page.h1) == "Your time is held"
        assert "Monday 1 June 2026, 10:00" in words(page.main)
        assert "We erase it by ourselves on Tuesday 1 June 2027." in words(page.main)

    def test_say_by_when_we_call(self, read):
        page = read(make_request().private_path())

        assert words(page.h1) == "We will call you"
        assert "By Monday 1 June 2026, 13:00" in words(page.main)

    def test_ask_those_without_email_to_keep_the_link_which_is_on_paper_too(self, read):
        request = make_request(TEN, email="", phone="+60123456789")

        page = read(request.private_path())

        assert "Save or print this page" in words(page.main)
        assert words(page.select_one(".printed")).endswith(request.private_link())

    @pytest.mark.parametrize(
        ("outcome", "promised"), [(None, True), (Act.NO_ANSWER, True), (Act.LEFT_MESSAGE, True), (Act.SPOKE, False)]
    )
    def test_promise_a_call_to_confirm_until_we_spoke(self, read, admin_user, outcome, promised):
        request = make_request(TEN, email="", phone="+60123456789")
        if outcome:
            desk.called(request, outcome, by=admin_user)

        assert ("We will call you to confirm." in words(read(request.private_path()).main)) is promised

    def test_promise_a_call_to_confirm_what_is_confirmed_by_hand(self, read):
        make_clinic(confirms_by_hand=True)

        page = read(make_request(TEN, email="", phone="+60123456789").private_path())

        assert "We will call you to confirm." in words(page.main)

    def test_of_a_quarantined_request_say_that_we_call(self, read):
        answers = {"name": "Aisha", "email": "a@example.org", "phone": ""}
        request = booking.ask(answers, start=TEN, form_key="k" * 22, looks_like_spam=True)

        assert words(read(request.private_path()).h1) == "We will call to fix your time"


class TestChanging:
    def test_frees_the_old_time_when_the_new_one_is_held(self, client):
        request = make_request(TEN)

        response = client.post(request.private_path() + "change/", {"time": text_of(ELEVEN)})

        assert (response.status_code, response.headers["Location"]) == (302, request.private_path())
        assert request.visit[0] == ELEVEN

    def test_of_what_was_cancelled_meanwhile_says_how_things_stand(self, client):
        request = make_request(TEN)
        booking.cancel(request)

        response = client.post(request.private_path() + "change/", {"time": text_of(ELEVEN)})

        page = BeautifulSoup(response.content, "html.parser")
        assert response.status_code == 409
        assert "cannot be done any more" in words(page.find(role="alert"))
        assert words(page.h1) == "This is cancelled"

    def test_offers_the_nearest_times_if_it_is_gone(self, client):
        request = make_request(TEN)
        make_request(ELEVEN, email="b@example.org")

        response = client.post(request.private_path() + "change/", {"time": text_of(ELEVEN)})

        assert response.status_code == 409
        assert response.content.count(b'type="radio" name="time"') > 3
        assert request.visit[0] == TEN

    @pytest.mark.parametrize("time", ["", "x", "2026-06-01", "9" * 5000, "0001-01-01T00:00Z", "9999-12-31T23:59Z"])
    def test_to_nothing_or_nonsense_is_told(self, client, time):
        request = make_request(TEN)

        assert client.post(request.private_path() + "change/", {"time": time}).status_code in (409, 422)
        assert request.visit[0] == TEN


class TestCancelling:
    def test_asks_first_and_then_does_it(self, client, read):
        request = make_request(TEN)

        assert words(read(request.private_path() + "cancel/").h1) == "Cancel?"
        client.post(request.private_path() + "cancel/")

        assert words(read(request.private_path()).h1) == "This is cancelled"
        assert request.visit is None


class TestWhatIsHeld:
    def test_can_be_taken_along(self, client):
        request = make_request(TEN, message="Evenings")

        held = json.loads(client.get(request.private_path() + "held/what-we-hold.json").content)

        assert (held["name"], held["email"], held["message"]) == ("Aisha", "aisha@example.org", "Evenings")
        assert datetime.datetime.fromisoformat(held["visit_starts_at"]) == TEN

    def test_can_be_erased(self, client):
        request = make_request(TEN)

        response = client.post(request.private_path() + "erase/")

        assert response.headers["Location"] == "/consultation/erased/"
        assert client.get(request.private_path()).status_code == 404
        assert ConsultationRequest.objects.get().name == ""


class TestTheCalendarFile:
    def test_says_when_and_nothing_about_why(self, client):
        request = make_request(TEN)

        file = client.get(request.private_path() + "appointment.ics").content.decode()

        assert "DTSTART:20260601T020000Z" in file
        assert "SUMMARY:Clinic appointment" in file
        assert "Aisha" not in file

    def test_of_a_call_is_none(self, client):
        assert client.get(make_request().private_path() + "appointment.ics").status_code == 404


class TestChoosingATime:
    def test_opens_the_first_free_day_and_says_how_many_times_are_free(self, read):
        page = read("/consultation/")

        assert words(page.select_one("[aria-current]")) == "Monday 1 June 16 times free"
        assert [words(part) for part in page.select(".times__name")] == ["Morning", "Afternoon"]
        assert page.select_one("input[type=radio]")["value"] == "2026-06-01T01:00Z"

    def test_says_of_each_day_why_it_has_no_times(self, read):
        text = words(read("/consultation/").select_one(".days"))

        assert "Saturday 6 June closed" in text

    @pytest.mark.parametrize(
        "query", ["?day=2026-06-03", "?day=x&from=y", "?from=9999-12-31", "?from=2020-01-01", "?day=2026-06-06"]
    )
    def test_takes_any_query(self, read, query):
        assert read(f"/consultation/{query}").select(".days")

    @pytest.mark.parametrize("query", ["?from=2999-01-01", "?from=2999-01-01&day=9999-12-31"])
    def test_far_away_offers_nothing(self, read, query):
        assert not read(f"/consultation/{query}").select("input[type=radio]")

    def test_without_hours_leads_to_the_call(self, read):
        OpeningHours.objects.all().delete()

        page = read("/consultation/")

        assert "There are no times to choose from" in words(page)
        assert not page.select("input[type=radio]")


class TestTheDetails:
    def send(self, client, query="", **changes):
        answers = {"name": "Aisha", "email": "a@example.org", "consent": "on", "form_key": make_form_key(), **changes}
        return client.post(f"/consultation/details/{query}", answers)

    def test_of_a_chosen_time_hold_it(self, client):
        response = self.send(client, time=text_of(TEN))

        request = ConsultationRequest.objects.get()
        assert response.headers["Location"] == request.private_path()
        assert request.visit[0] == TEN

    def test_of_a_time_that_is_gone_keep_what_was_typed_and_offer_others(self, client):
        make_request(TEN, email="b@example.org")

        response = self.send(client, time=text_of(TEN))

        assert response.status_code == 409
        assert b'value="Aisha"' in response.content
        assert response.content.count(b'type="radio" name="time"') == 3
        assert ConsultationRequest.objects.count() == 1

    def test_sent_twice_lead_to_the_same_page(self, client):
        key = make_form_key()

        first, second = (self.send(client, form_key=key, best_time="any") for _time in range(2))

        assert first.headers["Location"] == second.headers["Location"]
        assert ConsultationRequest.objects.count() == 1

    def test_sent_again_with_other_answers_say_so(self, client):
        key = make_form_key()
        self.send(client, form_key=key, best_time="any")

        response = self.send(client, form_key=key, best_time="any", name="Someone else")

        assert response.status_code == 409
        assert b"You already asked" in response.content
        assert ConsultationRequest.objects.get().private_path().encode() in response.content
        assert "no-store" in response.headers["Cache-Control"]

    def test_sent_again_after_erasing_open_nothing(self, client):
        key = make_form_key()
        self.send(client, form_key=key, best_time="any")
        request = ConsultationRequest.objects.get()
        booking.erase(request)
        request.refresh_from_db()

        response = self.send(client, form_key=key, best_time="any")

        assert response.status_code == 409
        assert request.public_id.encode() not in response.content
        assert client.get(request.private_path()).status_code == 404

    @pytest.mark.parametrize("changes", [{"website": "x"}, {"form_key": ""}, {"form_key": "forged"}])
    def test_that_a_machine_filled_in_are_set_apart(self, client, changes):
        self.send(client, time=text_of(TEN), **changes)

        assert ConsultationRequest.objects.get().is_quarantined

    def test_sent_faster_than_anyone_types_are_set_apart(self, client):
        self.send(client, best_time="any", form_key=make_form_key(age=1))

        assert ConsultationRequest.objects.get().is_quarantined

    def test_show_the_card_of_a_yes_before_they_are_taken(self, client):
        row = {"situation": "Pregnant", "advice": "wait", "says": "Please wait."}
        row |= {"ask_first": True, "question": "Are you pregnant?"}
        treatment = make_edition_of(plain_document(precautions=[row]))
        answers = {"treatment": treatment.pk, "precautions": "pregnant", "time": text_of(TEN)}

        first = self.send(client, **answers)
        assert first.status_code == 200
        assert b"Please wait." in first.content
        assert not ConsultationRequest.objects.exists()
        self.send(client, **answers, seen="pregnant")

        request = ConsultationRequest.objects.get()
        assert (request.needs_clinician, request.precautions) == (True, "pregnant")

    def test_hold_a_yes_in_words(self):
        request = make_request(precautions="pregnant mole-or-dark-spot")

        assert retention.held_about(request)["said_yes_to"] == ["pregnant", "mole or dark spot"]

    def test_hold_the_best_time_to_call(self, read):
        request = make_request(best_time="morning")

        rows = read(request.private_path() + "held/").dl.find_all("div")

        assert ["Best time to call", "In the morning"] in [list(row.stripped_strings) for row in rows]
        assert retention.held_about(request)["best_time_to_call"] == "morning"


class TestSendMeMyLinkAgain:
    @pytest.mark.parametrize("email", ["aisha@example.org", "nobody@example.org"])
    def test_answers_the_same_whether_or_not_there_is_one(self, client, email):
        make_request()

        response = client.post("/consultation/link/", {"email": email})

        assert (response.status_code, response.headers["Location"]) == (302, "/consultation/link/sent/")

    def test_goes_to_the_newest_three_though_they_are_over_and_never_to_what_is_erased(self, client):
        requests = [make_request(name=name) for name in ("oldest", "older", "cancelled", "newest", "erased")]
        booking.cancel(requests[2])
        booking.erase(requests[4])

        client.post("/consultation/link/", {"email": "aisha@example.org"})

        names = {message.request.name for message in Message.objects.filter(kind="link")}
        assert names == {"older", "cancelled", "newest"}

    def test_queues_it_once_in_ten_minutes(self, client):
        make_request()

        for _time in range(3):
            client.post("/consultation/link/", {"email": "AISHA@example.org"})

        assert Message.objects.filter(kind="link").count() == 1
