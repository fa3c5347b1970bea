"""Whoever has lost the private link is sent it again; nobody learns from the answer whether there is one."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from treatments.consultation import booking, limits, links
from treatments.follow_up import sending
from treatments.models import ConsultationRequest, LinkAsked, Message
from treatments.tests.builders import make_request
from treatments.tests.monday import HOUR, MINUTE, NOW, TEN
from treatments.tests.tables import one_in
from treatments.values import addresses, digests

PAGE = "/consultation/link/"


pytestmark = pytest.mark.usefixtures("monday_morning", "clinic")


@pytest.fixture
def known():
    """A request of aisha@example.org whose letters have gone out an hour ago."""
    request = make_request(TEN + 24 * HOUR)
    sending.send_due("me")
    Message.objects.filter(state="sent").update(sent_at=NOW - HOUR)
    mail.outbox.clear()
    return request


class TestAsking:
    @pytest.mark.parametrize("email", one_in(3, ["aisha@example.org", "nobody@example.org", "aisha@elsewhere.example"]))
    def test_does_the_same_for_known_and_unknown_addresses(self, known, email):
        with CaptureQueriesContext(connection) as queries:
            links.ask(email, client="192.0.2.1", now=NOW)

        (asking,) = LinkAsked.objects.all()
        assert (asking.email, asking.answered_at) == (email, None)
        assert [query["sql"].split()[0] for query in queries] == ["SAVEPOINT", "SELECT", "INSERT", "RELEASE"]
        assert not Message.objects.filter(kind="link").exists()

    def test_is_answered_with_the_same_page(self, client, known):
        pages = [
            client.post(PAGE, {"email": email}, follow=True) for email in ("aisha@example.org", "nobody@example.org")
        ]

        assert len({page.status_code for page in pages}) == 1
        without_address = [
            page.content.replace(b"aisha@example.org", b"").replace(b"nobody@example.org", b"") for page in pages
        ]
        assert without_address[0] == without_address[1]

    @pytest.mark.parametrize("stored", ["anna@münchen.de", "anna@xn--mnchen-3ya.de"])
    @pytest.mark.parametrize("typed", ["Anna@München.de", "anna@xn--mnchen-3ya.de"])
    def test_finds_either_spelling_of_a_domain(self, stored, typed):
        request = make_request(TEN + 24 * HOUR, email=stored)

        assert list(ConsultationRequest.objects.of_contact(email=addresses.folded(typed))) == [request]

    def test_stores_no_network_address(self):
        links.ask("aisha@example.org", client="192.0.2.1", now=NOW)

        assert "192.0.2.1" not in str(LinkAsked.objects.values().get())

    def test_is_turned_away_after_twenty_in_an_hour_from_one_network_address(self):
        for number in range(20):
            links.ask(f"p{number}@example.org", client="192.0.2.1", now=NOW)

        with pytest.raises(limits.TooMany):
            links.ask("aisha@example.org", client="192.0.2.1", now=NOW + 59 * MINUTE)
        links.ask("aisha@example.org", client="192.0.2.2", now=NOW)
        links.ask("aisha@example.org", client="192.0.2.1", now=NOW + 61 * MINUTE)

        assert LinkAsked.objects.count() == 22


class TestTheAnswer:
    def test_is_one_letter_with_every_open_link(self, known):
        second = make_request(email="AISHA@example.org", phone="+60123456789")
        closed = booking.cancel(make_request(TEN + 26 * HOUR))
        Message.objects.all().delete()
        links.ask("aisha@example.org", now=NOW)

        assert links.answer(NOW) == 1
        sending.send_due("me")

        (letter,) = mail.outbox
        assert letter.to == [second.email]
        assert all(request.letter_link() in letter.body for request in (known, second))
        assert closed.letter_link() not in letter.body

    @pytest.mark.slow
    def test_brings_the_patients_own_link_also_among_many_that_others_made_up(self, known):
        for _fake in range(25):
            booking.ask(
                {"name": "Fake", "email": "aisha@example.org"},
                form_key=digests.digest_of(_fake)[:22],
                looks_like_spam=True,
            )
        links.ask("aisha@example.org", now=NOW)
        links.answer(NOW)
        sending.send_due("me")

        (letter,) = mail.outbox
        assert known.letter_link() in letter.body

    @pytest.mark.parametrize(
        "email", one_in(3, ["nobody@example.org", "aisha@example.com", "aisha@example.org.evil.example"])
    )
    def test_to_an_unknown_address_is_none(self, known, email):
        links.ask(email, now=NOW)

        assert links.answer(NOW) == 0
        assert not Message.objects.filter(kind="link").exists()

    @pytest.mark.parametrize("email", ["aisha@example.org", "nobody@example.org"])
    def test_empties_the_address(self, known, email):
        links.ask(email, now=NOW)
        links.answer(NOW)

        (asking,) = LinkAsked.objects.all()
        assert (asking.email, asking.answered_at) == ("", NOW)

    def test_comes_once_in_ten_minutes_for_a_mailbox_in_whatever_spelling(self, known, time_machine):
        for email in ("aisha@example.org", "Aisha@Example.org", "aisha+x@example.org"):
            links.ask(email, now=NOW)

        assert links.answer(NOW) == 1
        links.ask("aisha@example.org", now=NOW + 9 * MINUTE)
        assert links.answer(NOW + 9 * MINUTE) == 0
        links.ask("aisha@example.org", now=NOW + 11 * MINUTE)
        assert links.answer(NOW + 11 * MINUTE) == 1

    def test_goes_to_the_address_that_was_given_with_the_request_and_no_other(self, known):
        links.ask("AISHA@EXAMPLE.ORG", now=NOW)
        links.answer(NOW)
        sending.send_due("me")

        assert [letter.to for letter in mail.outbox] == [["aisha@example.org"]]

    @pytest.mark.slow
    def test_counts_for_the_limit_of_the_mailbox(self, known, time_machine):
        for number in range(8):
            now = NOW + number * 11 * MINUTE / 2
            time_machine.move_to(now, tick=False)
            links.ask("aisha@example.org", now=now)
            links.answer(now)
            sending.send_due("me")

        assert len(mail.outbox) <= 5

    def test_is_not_sent_when_nothing_is_open_any_more(self, known):
        links.ask("aisha@example.org", now=NOW)
        links.answer(NOW)
        booking.cancel(known)
        sending.send_due("me")

        assert [letter.subject for letter in mail.outbox] == ["Your clinic appointment is cancelled"]


class TestForgetting:
    def test_deletes_askings_that_no_limit_needs(self):
        links.ask("a@example.org", client="192.0.2.1", now=NOW - 3 * HOUR)
        links.ask("b@example.org", client="192.0.2.1", now=NOW - HOUR)

        links.forget(NOW)

        assert [asking.email for asking in LinkAsked.objects.all()] == ["b@example.org"]


class TestAnAskingThatWaits:
    @pytest.fixture
    def request_of_aisha(self, known):
        for email in ("Aisha+skin@example.org", "aisha@example.org", "b@example.org"):
            links.ask(email, client="192.0.2.1", now=NOW)
        return known

    def test_is_emptied_when_the_request_is_erased(self, request_of_aisha):
        booking.erase(request_of_aisha)

        emptied = LinkAsked.objects.filter(email="", mailbox_digest="", answered_at__isnull=False)
        assert emptied.count() == 2
        assert LinkAsked.objects.get(email="b@example.org").answered_at is None

    def test_stays_where_another_request_of_its_address_is_open(self, request_of_aisha):
        make_request(TEN + 48 * HOUR)

        booking.erase(request_of_aisha)

        assert set(LinkAsked.objects.values_list("email", flat=True)) == {"", "aisha@example.org", "b@example.org"}
