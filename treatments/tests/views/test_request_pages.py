"""The patient's own pages: behind a link that nobody can make up, kept by nobody, and changed by no GET."""

import datetime
import json
import re
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext

from treatments.consultation import booking, contact, links, personal_data, staff_acts
from treatments.follow_up import letters
from treatments.models import (
    Act,
    Clinic,
    ConsultationRequest,
    LinkAsked,
    Message,
    Notice,
    OpeningHours,
    RequestEvent,
    SeatCell,
    Task,
)
from treatments.tests.builders import (
    make_clinic,
    make_edition_of,
    make_form_key,
    make_open_clinic,
    make_request,
    plain_document,
)
from treatments.tests.meaning import words
from treatments.tests.monday import ELEVEN, NOW, TEN, WEDNESDAY
from treatments.values.moments import text_of

pytestmark = pytest.mark.slow

WAYS = ["", "change/", "correct/", "cancel/", "held/", "held/what-we-hold.json", "erase/", "appointment.ics"]


@pytest.fixture(autouse=True)
def _clinic(monday_morning, db):
    make_open_clinic()


def everything():
    """All that a visit to a page could have changed."""
    tables = (ConsultationRequest, SeatCell, RequestEvent, Message, Task, LinkAsked)
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

    @pytest.mark.parametrize("what", ["erased", "revoked", "cut off", "without its signature", "made up"])
    def test_that_open_nothing_any_more_lead_to_the_letter_with_the_link(self, read, admin_user, what):
        request = make_request(TEN)
        path = request.private_path()
        if what == "erased":
            booking.erase(request)
        elif what == "revoked":
            contact.revoke_link(request, by=admin_user)
        elif what == "cut off":
            path = path[:-9]
        elif what == "without its signature":
            path = path.rpartition(".")[0]
        else:
            path = "/consultation/x.y/"

        page = read(path, status=404)

        assert page.main.find("a", href="/consultation/link/")

    def test_are_not_changed_by_a_mail_scanner_that_follows_every_link_twice(self, client):
        # One page of days, so that the links have an end.
        make_clinic(horizon_days=10)
        path = make_request(TEN).private_path()
        before = everything()

        waiting = [path, path]
        seen: set[str] = set()
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

        assert words(page.h1) == "Your time is confirmed"
        assert "Monday 1 June 2026 10:00" in words(page.main)
        assert "We erase it by ourselves on Tuesday 1 June 2027." in words(page.main)

    def test_say_by_when_we_call(self, read):
        page = read(make_request().private_path())

        assert words(page.h1) == "We will call you"
        assert "By Monday 1 June 2026, 13:00" in words(page.main)

    def test_ask_those_without_email_to_keep_the_link_which_is_on_paper_too(self, read, settings):
        request = make_request(TEN, email="", phone="+60123456789")

        page = read(request.private_path())

        assert "Save or print this page" in words(page.main)
        assert words(page.select_one(".printed")).endswith(settings.SITE_URL + request.private_path())

    @pytest.mark.parametrize(
        ("outcome", "promised"), [(None, True), (Act.NO_ANSWER, True), (Act.LEFT_MESSAGE, True), (Act.SPOKE, False)]
    )
    def test_promise_a_call_to_confirm_until_we_spoke(self, read, admin_user, outcome, promised):
        request = make_request(TEN, email="", phone="+60123456789")
        if outcome:
            staff_acts.called(request, outcome, by=admin_user)

        assert ("We will also call you about this time." in words(read(request.private_path()).main)) is promised

    def test_promise_a_call_to_confirm_what_is_confirmed_by_hand(self, read):
        make_clinic(confirms_by_hand=True)

        page = read(make_request(WEDNESDAY, email="", phone="+60123456789").private_path())

        assert words(page.h1) == "Your time is requested"
        assert "You hear from us by Monday 1 June 2026, 13:00." in words(page.main)
        assert "We will call you to confirm." in words(page.main)

    def test_say_so_when_nobody_confirmed_the_time_before_it_began(self, read, time_machine):
        make_clinic(confirms_by_hand=True)
        request = make_request(WEDNESDAY)

        time_machine.move_to(WEDNESDAY, tick=False)

        page = read(request.private_path())
        assert words(page.h1) == "We did not confirm your time"
        assert "We will call you." in words(page.main)

    def test_show_contact_data_as_they_were_understood(self, read):
        text = words(read(make_request(TEN, phone="+60321611234;ext=5").private_path()).main)

        assert "Your phone number, as we understood it: +60 3-2161 1234 ext. 5." in text
        assert "A letter to aisha@example.org is on its way." in text

    def test_of_an_offer_say_that_no_time_is_held(self, read, admin_user):
        request = staff_acts.offer(make_request(), [TEN, ELEVEN], by=admin_user)

        page = read(request.private_path())

        assert words(page.h1) == "Choose a time"
        assert "None of them is held for you until you choose." in words(page.main)
        assert [radio["value"] for radio in page.select("[name=time]")] == [text_of(TEN), text_of(ELEVEN)]

    @pytest.mark.parametrize("start", [None, WEDNESDAY])
    def test_say_so_when_a_promise_was_not_kept(self, read, time_machine, start):
        make_clinic(confirms_by_hand=True)
        request = make_request(start)

        time_machine.move_to(NOW + datetime.timedelta(hours=5, minutes=1), tick=False)

        text = words(read(request.private_path()).main)
        assert "13:00" not in text
        assert "We are late, and sorry for it." in text

    @pytest.mark.parametrize(
        ("hour", "has_hours", "says"),
        [
            (7, True, "As soon as we can, while we are open."),
            (12, True, "As soon as we can, while we are open."),
            (12, False, "As soon as we open."),
        ],
    )
    def test_say_of_a_call_without_a_promise_what_holds_at_any_hour(
        self, read, admin_user, time_machine, hour, has_hours, says
    ):
        request = staff_acts.offer(make_request(email="a@example.org", phone="+60123456789"), [TEN], by=admin_user)
        time_machine.move_to(NOW.replace(day=2, hour=hour), tick=False)
        ConsultationRequest.objects.update(state="requested", offered_times="")
        if not has_hours:
            OpeningHours.objects.all().delete()

        assert says in words(read(request.private_path()).main)

    def test_of_an_offer_of_which_nothing_is_left_say_so(self, read, admin_user):
        request = staff_acts.offer(make_request(), [TEN, ELEVEN], by=admin_user)
        for start in (TEN, ELEVEN):
            make_request(start, email=f"{start.hour}@example.org")

        page = read(request.private_path())

        assert words(page.h1) == "Please choose another time"
        assert "None of the times that we sent you is free any more." in words(page.main)

    def test_of_a_wish_without_email_say_by_when_we_call(self, read):
        make_clinic(unheard_share=1)
        make_request(TEN)

        page = read(make_request(ELEVEN, email="", phone="+60123456789").private_path())

        assert words(page.h1) == "We will call to fix your time"
        assert "By Monday 1 June 2026, 13:00" in words(page.main)

    @pytest.mark.parametrize("phone", ["", "+60123456789"])
    def test_of_what_staff_cancelled_say_whether_we_call(self, read, admin_user, phone):
        request = make_request(TEN, phone=phone, email="" if phone else "a@example.org")
        booking.cancel(request, by=admin_user)

        text = words(read(request.private_path()).main)

        assert ("We will call you to say so." in text, "we will not call" in text) == (bool(phone), not phone)

    @pytest.mark.parametrize("start", [None, WEDNESDAY])
    def test_speak_of_changing_a_time_only_where_one_is_held(self, read, start):
        page = read(make_request(start).private_path() + "change/")

        assert words(page.h1) == ("Change the time" if start else "Choose a time")
        assert ("keep the time as it is" in words(page.main)) is bool(start)


class TestThePageOfWhatWasSetApart:
    """Is honest to who sent it, and lets nobody take a time."""

    def request(self, **contact):
        answers = {"name": "Aisha", "email": "", "phone": "", **contact}
        return booking.ask(answers, start=TEN, form_key="k" * 22, looks_like_spam=True)

    def test_says_that_we_call_to_fix_the_wished_time(self, read):
        page = read(self.request(email="a@example.org").private_path())

        assert words(page.h1) == "We will call to fix your time"
        assert "You asked for Monday 1 June 2026, 10:00. It is not held for you yet." in words(page.main)
        assert "By Monday 1 June 2026, 13:00" in words(page.main)

    def test_asks_for_a_phone_number_where_there_is_none(self, client, read):
        request = self.request(email="a@example.org")
        assert "To call you, we need your phone number." in words(read(request.private_path()).main)

        response = client.post(request.private_path() + "phone/", {"phone": "03-2161 1234 ext 5"})

        request.refresh_from_db()
        assert (response.status_code, request.phone) == (302, "+60321611234;ext=5")
        assert "we need your phone number" not in words(read(request.private_path()).main)

    @pytest.mark.parametrize("phone", ["", "12", "x" * 500, "\0"])
    def test_takes_no_number_that_is_none(self, client, phone):
        request = self.request(email="a@example.org")

        assert client.post(request.private_path() + "phone/", {"phone": phone}).status_code == 422
        request.refresh_from_db()
        assert request.phone == ""

    def test_never_takes_another_number_for_one_that_was_given(self, client):
        request = self.request(phone="+60123456789")

        assert client.post(request.private_path() + "phone/", {"phone": "+60123456700"}).status_code == 409
        request.refresh_from_db()
        assert request.phone == "+60123456789"

    @pytest.mark.parametrize("way", ["change/", "will-come/"])
    def test_gives_no_time_away(self, client, way):
        request = self.request(email="a@example.org")
        by_letter = "/" + request.letter_link().split("/", 3)[3]

        for path in (request.private_path(), by_letter):
            assert client.post(path + way, {"time": text_of(TEN)}).status_code == 409
        assert request.held_visit() is None

    def test_has_no_way_to_change_and_one_to_cancel(self, client, read):
        request = self.request(email="a@example.org")

        actions = words(read(request.private_path()).select_one(".actions"))
        client.post(request.private_path() + "cancel/")

        assert actions == "Cancel"
        assert words(read(request.private_path()).h1) == "This is cancelled"
        assert not Message.objects.exists()


class TestChanging:
    def test_frees_the_old_time_when_the_new_one_is_held(self, client):
        request = make_request(TEN)

        response = client.post(request.private_path() + "change/", {"time": text_of(ELEVEN)})

        moved = f"{request.private_path()}?was={text_of(TEN)}"
        assert (response.status_code, response.headers["Location"]) == (302, moved)
        assert request.held_visit().start == ELEVEN

    def test_of_what_was_cancelled_meanwhile_says_how_things_stand(self, client):
        request = make_request(TEN)
        booking.cancel(request)

        response = client.post(request.private_path() + "change/", {"time": text_of(ELEVEN)})

        page = BeautifulSoup(response.content, "html.parser")
        assert response.status_code == 409
        assert "cannot be done any more" in words(page.find(role="alert"))
        assert words(page.h1) == "This is cancelled"

    def test_shows_times_that_overlap_the_present_visit(self, read):
        request = make_request(TEN)
        make_clinic(visit_minutes=60)

        page = read(request.private_path() + "change/?day=2026-06-01")

        assert text_of(TEN) in [radio["value"] for radio in page.select("[name=time]")]

    @pytest.mark.parametrize("start", [TEN, ELEVEN, NOW + datetime.timedelta(days=1, hours=2)])
    def test_to_a_time_that_staff_offered_needs_no_notice(self, client, admin_user, start):
        make_clinic(notice_hours=24)
        request = staff_acts.offer(make_request(), [start], by=admin_user)

        response = client.post(request.private_path() + "change/", {"time": text_of(start)})

        assert response.status_code == 302
        assert request.held_visit().start == start

    def test_to_an_offered_time_is_possible_after_a_visit_that_was_missed(self, client, read, admin_user, time_machine):
        request = make_request(TEN)
        time_machine.move_to(ELEVEN, tick=False)
        request = staff_acts.offer(staff_acts.missed(request, by=admin_user), [WEDNESDAY], by=admin_user)
        page = read(request.private_path())
        assert words(page.h1) == "Choose a time"
        assert [radio["value"] for radio in page.select("[name=time]")] == [text_of(WEDNESDAY)]
        assert words(read(request.private_path() + "change/").h1) == "Choose a time"

        response = client.post(request.private_path() + "change/", {"time": text_of(WEDNESDAY)})

        assert response.status_code == 302
        assert request.held_visit().start == WEDNESDAY

    def test_offers_the_nearest_times_if_it_is_gone(self, client):
        request = make_request(TEN)
        make_request(ELEVEN, email="b@example.org")

        response = client.post(request.private_path() + "change/", {"time": text_of(ELEVEN)})

        assert response.status_code == 409
        assert response.content.count(b'type="radio" name="time"') > 3
        assert request.held_visit().start == TEN

    @pytest.mark.parametrize("time", ["", "x", "2026-06-01", "9" * 5000, "0001-01-01T00:00Z", "9999-12-31T23:59Z"])
    def test_to_nothing_or_nonsense_is_told(self, client, time):
        request = make_request(TEN)

        assert client.post(request.private_path() + "change/", {"time": time}).status_code in (409, 422)
        assert request.held_visit().start == TEN


class TestCancelling:
    def test_asks_first_and_then_does_it(self, client, read):
        request = make_request(TEN)

        assert words(read(request.private_path() + "cancel/").h1) == "Cancel?"
        client.post(request.private_path() + "cancel/")

        assert words(read(request.private_path()).h1) == "This is cancelled"
        assert request.held_visit() is None

    def test_of_an_offer_is_possible_after_a_visit_that_was_missed(self, client, read, admin_user, time_machine):
        request = make_request(TEN)
        time_machine.move_to(ELEVEN, tick=False)
        request = staff_acts.offer(staff_acts.missed(request, by=admin_user), [WEDNESDAY], by=admin_user)
        page = read(request.private_path() + "cancel/")
        assert "will be free for someone else" not in words(page.main)

        client.post(request.private_path() + "cancel/")

        request.refresh_from_db()
        assert request.state == "cancelled"

    @pytest.mark.parametrize("how", ["cancelled", "spoken", "begun"])
    def test_is_not_asked_about_where_it_cannot_be_done(self, client, admin_user, time_machine, how):
        request = make_request(TEN if how == "begun" else None, phone="+60123456789")
        if how == "cancelled":
            booking.cancel(request)
        elif how == "spoken":
            staff_acts.called(request, Act.SPOKE, by=admin_user)
        else:
            time_machine.move_to(TEN, tick=False)

        response = client.get(request.private_path() + "cancel/")

        page = BeautifulSoup(response.content, "html.parser")
        assert response.status_code == 409
        assert "cannot be done any more" in words(page.find(role="alert"))
        assert "Yes, cancel" not in words(page.main)


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
        assert "METHOD:PUBLISH" in file
        assert "Aisha" not in file
        assert request.signature() not in file.replace("\r\n ", "")

    def test_is_the_same_entry_after_the_site_has_moved(self, client, settings):
        request = make_request(TEN)
        settings.SITE_URL = "http://www.clinic.example"
        before = client.get(request.private_path() + "appointment.ics").content.decode()

        settings.SITE_URL = "http://clinic.example"
        after = client.get(request.private_path() + "appointment.ics").content.decode()

        assert f"UID:{request.public_id}\r\n" in before
        assert before == after

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


class TestAMomentThatIsNotFree:
    """Is called taken only where somebody else can have taken it."""

    @pytest.mark.parametrize(
        ("start", "says"),
        [
            (TEN, "This time has just been taken"),
            (NOW.replace(day=6, hour=10), "This time cannot be had any more"),
            (NOW.replace(year=2019), "This time cannot be had any more"),
            (TEN + datetime.timedelta(days=400), "This time cannot be had any more"),
        ],
    )
    def test_says_so_in_the_form_and_on_the_private_page(self, client, start, says):
        make_request(TEN, email="b@example.org")
        own = make_request(WEDNESDAY)
        values = {"name": "Cem", "email": "c@example.org", "consent": "on", "time": text_of(start)}

        form = client.post("/consultation/details/", {**values, "form_key": make_form_key()})
        change = client.post(own.private_path() + "change/", {"time": text_of(start)})

        for response in (form, change):
            assert response.status_code == 409
            assert words(BeautifulSoup(response.content, "html.parser").h2) == says

    @pytest.mark.parametrize("page", ["/consultation/", "change/"])
    def test_on_a_day_that_is_closed_says_so_of_that_day_alone(self, read, page):
        path = page if page.startswith("/") else make_request().private_path() + page

        text = words(read(f"{path}?day=2026-06-06").main)

        assert "No time is free on this day. Choose another" in text
        assert "No time is free on these days" not in text


class TestTheDetails:
    def send(self, client, query="", **changes):
        answers: dict[str, Any] = {"name": "Aisha", "phone": "+60123456789", "email": "a@example.org"}
        notice = Notice.objects.newest("consent")
        answers |= {"best_time": "any", "consent": "on", "notice": notice.pk if notice else ""}
        return client.post(f"/consultation/details/{query}", {**answers, "form_key": make_form_key(), **changes})

    def test_of_a_chosen_time_hold_it(self, client):
        response = self.send(client, time=text_of(TEN))

        request = ConsultationRequest.objects.get()
        assert response.headers["Location"] == request.private_path()
        assert request.held_visit().start == TEN

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
        request = ConsultationRequest.objects.get()
        assert b"You already asked" in response.content
        assert request.public_id.encode() not in response.content
        assert request.reference.encode() not in response.content
        assert request.name == "Aisha"

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

    @pytest.mark.parametrize("changes", [{"leave_empty": "x"}, {"form_key": ""}, {"form_key": "forged"}])
    def test_that_a_machine_filled_in_are_set_apart(self, client, changes):
        response = self.send(client, time=text_of(TEN), **changes)

        request = ConsultationRequest.objects.get()
        assert response.headers["Location"] == request.private_path()
        assert (request.is_set_apart, request.wished_at, request.held_visit()) == (True, TEN, None)
        assert not Message.objects.exists()

    def test_filled_in_by_a_password_manager_are_taken_as_they_are(self, client):
        self.send(client, time=text_of(TEN), website="https://example.org", username="aisha", url="x")

        assert ConsultationRequest.objects.get().held_visit()

    def test_sent_once_more_from_a_new_form_hold_no_second_place(self, client):
        make_clinic(seats=2)
        self.send(client, time=text_of(TEN))

        response = self.send(client, time=text_of(TEN), name="AISHA ")

        assert response.status_code == 409
        assert ConsultationRequest.objects.count() == 1
        assert "the time may be yours already" in words(BeautifulSoup(response.content, "html.parser").main)

    def test_sent_faster_than_anyone_types_are_set_apart(self, client):
        self.send(client, best_time="any", form_key=make_form_key(age=1))

        assert ConsultationRequest.objects.get().is_set_apart

    def test_show_the_card_of_a_yes_before_they_are_taken(self, client):
        row: dict[str, Any] = {"situation": "Pregnant", "advice": "wait", "says": "Please wait."}
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

    def test_hold_a_yes_in_words(self, read):
        request = make_request(precautions="pregnant mole-or-dark-spot", needs_clinician=True)

        assert held_by(read, request)["Said yes to"] == "pregnant, mole or dark spot"
        assert personal_data.held_about(request, Clinic.objects.current())["precautions"] == request.precautions

    def test_hold_the_best_time_to_call(self, read):
        request = make_request(best_time="morning")

        assert held_by(read, request)["Best time to call"] == "In the morning"
        assert personal_data.held_about(request, Clinic.objects.current())["best_time"] == "morning"

    def test_hold_the_wished_time_and_the_note_of_staff_too(self, read):
        request = booking.ask(
            {"name": "Aisha", "email": "a@example.org", "phone": ""}, start=TEN, form_key="k", looks_like_spam=True
        )
        ConsultationRequest.objects.update(note="Called twice.")
        request.refresh_from_db()

        held = held_by(read, request)

        assert held["Wished time"] == "Monday 1 June 2026, 10:00"
        assert held["Note"] == "Called twice."


def held_by(read, request):
    """What the page “What we hold about you” says: values by their names."""
    rows = read(request.private_path() + "held/").dl.find_all("div")
    return {words(row.dt): words(row.dd) for row in rows}


class TestSendMeMyLinkAgain:
    @pytest.mark.parametrize("email", ["aisha@example.org", "nobody@example.org"])
    def test_answers_the_same_whether_or_not_there_is_one(self, client, email):
        make_request()

        response = client.post("/consultation/link/", {"email": email})

        assert (response.status_code, response.headers["Location"]) == (302, "/consultation/link/sent/")

    def test_does_the_same_work_whether_or_not_there_is_one(self, client):
        make_request()
        numbers = []
        for email in ("nobody@example.org", "aisha@example.org", "someone@example.org"):
            with CaptureQueriesContext(connection) as queries:
                client.post("/consultation/link/", {"email": email})
            numbers.append([query["sql"].split(" ")[0] for query in queries])

        # The first one finds the page store empty.
        assert numbers[1] == numbers[2]
        assert LinkAsked.objects.count() == 3
        assert not Message.objects.filter(kind="link").exists()

    @pytest.mark.parametrize("email", ["", "x", "a@b", "jörg@example.org", "anna@straße.de", "\0", "x" * 5000])
    def test_refuses_what_is_no_address(self, client, email):
        assert client.post("/consultation/link/", {"email": email}).status_code == 422
        assert not LinkAsked.objects.exists()

    def test_is_answered_with_one_letter_that_has_every_open_link(self, client):
        requests = [make_request(name=name) for name in ("oldest", "older", "cancelled", "newest", "erased")]
        booking.cancel(requests[2])
        booking.erase(requests[4])

        client.post("/consultation/link/", {"email": "AISHA@example.org"})

        assert links.answer(NOW) == 1
        (message,) = Message.objects.filter(kind="link")
        text = letters.letter_of(message).body
        assert [request.letter_link() in text for request in requests] == [True, True, False, True, False]

    def test_brings_the_patients_own_link_before_those_that_were_set_apart(self, client):
        mine = make_request(TEN)
        for n in range(30):
            answers = {"name": f"Fake {n}", "email": "aisha@example.org", "phone": ""}
            booking.ask(answers, form_key=f"{n}", looks_like_spam=True)

        client.post("/consultation/link/", {"email": "aisha@example.org"})
        links.answer(NOW)

        assert mine.letter_link() in letters.letter_of(Message.objects.get(kind="link")).body

    def test_writes_to_nobody_who_is_unknown_and_keeps_no_address(self, client):
        client.post("/consultation/link/", {"email": "nobody@example.org"})

        assert links.answer(NOW) == 0
        asked = LinkAsked.objects.get()
        assert (asked.email, asked.answered_at) == ("", NOW)

    def test_is_answered_once_in_ten_minutes_however_the_address_is_spelt(self, client):
        make_request()

        for email in ("aisha@example.org", "AISHA@example.org", "aisha+x@example.org"):
            client.post("/consultation/link/", {"email": email})
            links.answer(NOW)
        assert Message.objects.filter(kind="link").count() == 1
        client.post("/consultation/link/", {"email": "aisha@example.org"})
        links.answer(NOW + datetime.timedelta(minutes=10))

        assert Message.objects.filter(kind="link").count() == 2

    def test_is_refused_to_one_network_address_after_twenty_in_an_hour(self, client):
        answers = [client.post("/consultation/link/", {"email": f"{n}@example.org"}) for n in range(21)]

        assert [answer.status_code for answer in answers] == [302] * 20 + [429]
        assert answers[-1].headers["Retry-After"] == "3600"
        other = client.post("/consultation/link/", {"email": "a@example.org"}, REMOTE_ADDR="203.0.113.9")
        assert other.status_code == 302
