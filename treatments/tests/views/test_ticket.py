"""The private page as something to keep: when, where, what to bring, where we wrote, and the ways out of it."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command

from treatments.consultation import booking
from treatments.models import Message, MessageState
from treatments.tests.builders import make_clinic, make_open_clinic, make_published_treatment, make_request
from treatments.tests.meaning import words
from treatments.tests.monday import DAY, FRIDAY, HOUR, TEN
from treatments.values.moments import text_of


@pytest.fixture(autouse=True)
def _clinic(monday_morning, db):
    make_open_clinic(
        phone="+60 3-2161 1234",
        whatsapp="012-345 6789",
        address="12 Jalan Ampang\n50450 Kuala Lumpur",
        access="Lift to the third floor",
        bring="Your list of medicines\nPhotographs, if you have any",
    )


def link_called(page, text):
    """The one link of this name in the main part."""
    (link,) = (link for link in page.main.find_all("a") if words(link) == text)
    return link


class TestATicket:
    def test_says_when_how_long_where_what_it_costs_and_what_to_bring(self, read):
        ticket = read(make_request(FRIDAY).private_path()).select_one(".ticket")

        assert words(ticket.select_one(".ticket__day")) == "Friday 5 June 2026"
        assert words(ticket.select_one(".ticket__time")) == "10:00"
        for told in ("30 minutes, clinic time", "free", "12 Jalan Ampang", "Lift to the third floor", "medicines"):
            assert told in words(ticket)

    @pytest.mark.parametrize(("by_hand", "state"), [(False, "Confirmed"), (True, "Requested")])
    def test_says_the_state_in_the_word_of_everywhere(self, read, by_hand, state):
        make_clinic(confirms_by_hand=by_hand)
        request = make_request(FRIDAY)

        assert words(read(request.private_path()).select_one(".state")) == state
        assert state in words(read(f"{request.private_path()}held/").main)

    def test_leads_to_map_calendar_and_chat_and_loads_nothing_of_them(self, read):
        page = read(make_request(FRIDAY).private_path())

        place = link_called(page, "Show it on a map")
        assert place["href"].startswith("https://www.google.com/maps/search/?api=1&query=")
        assert parse_qs(urlsplit(place["href"]).query)["query"] == ["Nexus Clinic, 12 Jalan Ampang, 50450 Kuala Lumpur"]
        assert link_called(page, "Write to us on WhatsApp")["href"] == "https://wa.me/60123456789"
        assert link_called(page, "Calendar file")["href"].endswith("/appointment.ics")
        away = [link for link in page.find_all("a", href=True) if link["href"].startswith("https:")]
        assert len(away) == 3
        assert all(link["rel"] == ["noreferrer"] for link in away)
        assert not [found for found in page.find_all(src=True) if "//" in found["src"]]

    def test_tells_google_the_time_the_place_and_the_phone_and_no_more(self, read):
        request = make_request(FRIDAY, name="Zebedee", treatment=make_published_treatment())

        link = link_called(read(request.private_path()), "Google Calendar")["href"]

        told = {name: value for name, (value,) in parse_qs(urlsplit(link).query).items()}
        assert told == {
            "action": "TEMPLATE",
            "text": "Clinic appointment",
            "dates": "20260605T020000Z/20260605T023000Z",
            "location": "12 Jalan Ampang 50450 Kuala Lumpur",
            "details": "Our phone: +60 3-2161 1234\nTo change or cancel, use the link in our letter.",
        }
        assert request.public_id not in link

    def test_leaves_out_what_the_clinic_did_not_say(self, read):
        make_clinic(address="", access="", bring="", whatsapp="", phone="")

        page = read(make_request(FRIDAY).private_path())

        named = {words(link) for link in page.main.find_all("a")}
        assert not {"Show it on a map", "Write to us on WhatsApp"} & named
        assert "Please bring" not in words(page.main)
        assert not [found for found in page.select(".ticket dd") if not words(found)]

    @pytest.mark.parametrize("number", ["999", "call us"])
    def test_shows_a_number_that_nobody_can_write_to_without_a_link(self, read, number):
        make_clinic(whatsapp=number)

        page = read(make_request(FRIDAY).private_path())

        assert number in words(page.main)
        assert not page.find("a", href=lambda url: url and "wa.me" in url)

    def test_says_from_when_to_when_it_has_moved(self, client, read):
        request = make_request(FRIDAY)

        answer = client.post(f"{request.private_path()}change/", {"time": text_of(FRIDAY + HOUR)})

        page = read(answer.url)
        assert "Moved from Friday 5 June 2026, 10:00 to Friday 5 June 2026, 11:00." in words(page.main)
        assert "Moved" not in words(read(request.private_path()).main)

    @pytest.mark.parametrize("was", ["nonsense", text_of(FRIDAY), "2026-06-05T10:00", "9999-99-99T99:99Z", "<b>"])
    def test_of_nothing_that_moved_says_nothing(self, read, was):
        page = read(f"{make_request(FRIDAY).private_path()}?was={was}")

        assert "Moved" not in words(page.main)

    @pytest.mark.parametrize(("email", "is_there"), [("aisha@example.org", False), ("", True)])
    def test_has_its_private_link_on_paper_only_where_no_letter_has_it(self, read, email, is_there):
        request = make_request(FRIDAY, email=email, phone="+60123456789")

        printed = " ".join(words(part) for part in read(request.private_path()).select(".printed"))

        assert (request.private_path() in printed) is is_there

    def test_of_a_past_visit_is_none(self, read, time_machine):
        request = make_request(FRIDAY)
        time_machine.move_to(FRIDAY + DAY)

        assert read(request.private_path()).select_one(".ticket .ticket__day") is None


class TestWhereWeWrote:
    def test_is_said_once_the_letter_has_gone(self, read, settings):
        request = make_request(FRIDAY)
        assert "A letter to aisha@example.org is on its way." in words(read(request.private_path()).main)

        call_command("work", once=True)

        assert "We wrote to aisha@example.org." in words(read(request.private_path()).main)

    def test_is_said_of_a_letter_that_did_not_arrive_with_a_way_to_put_it_right(self, read):
        request = make_request(FRIDAY)
        Message.objects.filter(request=request, kind="confirmed").update(state=MessageState.FAILED)

        page = read(request.private_path())

        assert "Our letter to aisha@example.org did not arrive." in words(page.main)
        assert link_called(page, "Correct it")["href"] == f"{request.private_path()}correct/"
        assert link_called(page, "Send me my link again")["href"] == "/consultation/link/"

    def test_may_be_asked_again_where_the_letter_did_not_come(self, read):
        assert link_called(read("/consultation/link/sent/"), "Send me my link again")["href"] == "/consultation/link/"

    def test_names_the_days_on_which_we_remind(self, read):
        page = read(make_request(FRIDAY).private_path())

        assert "We remind you by letter on Tuesday 2 June and on Thursday 4 June." in words(page.main)

    def test_of_a_visit_tomorrow_promises_no_reminder(self, read):
        page = read(make_request(TEN + HOUR).private_path())

        assert "remind" not in words(page.main)


class TestSomethingWorriesYou:
    WAYS = ("", "change/", "cancel/", "held/", "erase/", "correct/")

    @pytest.mark.parametrize("way", WAYS)
    def test_leads_from_every_private_page_to_the_help_of_the_treatment(self, read, way):
        treatment = make_published_treatment()

        page = read(make_request(FRIDAY, treatment=treatment).private_path() + way)

        assert link_called(page, "Something worries you?")["href"] == f"{treatment.get_absolute_url()}#warning-signs"

    def test_leads_to_the_home_page_where_the_page_of_a_treatment_is_not_public(self, read):
        treatment = make_published_treatment()
        treatment.withdrawn_at = FRIDAY - 30 * DAY
        treatment.save()

        for request in (make_request(FRIDAY, treatment=treatment), make_request(email="b@example.org")):
            assert link_called(read(request.private_path()), "Something worries you?")["href"] == "/#worried"


class TestCorrecting:
    def test_an_address_sends_the_link_there_and_ends_the_old_one(self, client, read):
        request = make_request(FRIDAY, email="aisha@gmial.com")
        call_command("work", once=True)
        old = request.private_path()

        answer = client.post(f"{old}correct/", {"email": "aisha@gmail.com", "phone": ""})

        request.refresh_from_db()
        assert request.email == "aisha@gmail.com"
        assert answer.url == request.private_path() != old
        assert client.get(old).status_code == 404
        assert [letter.kind for letter in request.messages.filter(state="queued", kind="link")] == ["link"]
        assert "A letter to aisha@gmail.com is on its way." in words(read(answer.url).main)

    def test_counts_the_letters_that_it_causes(self, client):
        request = make_request(FRIDAY)

        client.post(f"{request.private_path()}correct/", {"email": "other@example.org", "phone": ""})

        caused = request.messages.filter(kind__in=("link", "confirmed"), state="queued")
        assert len(caused) == 2
        assert len(set(caused.values_list("mailbox_digest", flat=True)) - {""}) == 1

    def test_a_phone_number_keeps_the_link(self, client):
        request = make_request(FRIDAY)

        answer = client.post(f"{request.private_path()}correct/", {"email": request.email, "phone": "012-345 6789"})

        request.refresh_from_db()
        assert request.phone == "+60123456789"
        assert answer.url == request.private_path()
        assert not request.messages.filter(kind="link").exists()

    def test_needs_one_way_to_reach_somebody(self, client):
        request = make_request(FRIDAY)

        answer = client.post(f"{request.private_path()}correct/", {"email": "", "phone": ""})

        assert answer.status_code == 422
        request.refresh_from_db()
        assert request.email == "aisha@example.org"

    def test_is_possible_three_times(self, client):
        request = make_request(FRIDAY)
        for number in range(3):
            answer = client.post(f"{request.private_path()}correct/", {"email": f"{number}@example.org", "phone": ""})
            assert answer.status_code == 302
            request.refresh_from_db()

        answer = client.post(f"{request.private_path()}correct/", {"email": "4@example.org", "phone": ""})

        assert answer.status_code == 409
        request.refresh_from_db()
        assert request.email == "2@example.org"

    def test_is_offered_for_nothing_that_is_over(self, client, read):
        request = booking.cancel(make_request(FRIDAY))

        assert "Correct it" not in words(read(request.private_path()).main)
        assert client.post(f"{request.private_path()}correct/", {"email": "b@example.org"}).status_code == 409
