"""The front desk sees what is due, oldest promise first, and does everything with verbs that show what they say."""

import datetime
import zoneinfo

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from treatments import booking, desk, outbox
from treatments.admin import consultation
from treatments.models import Act, ConsultationRequest, Message
from treatments.tests.builders import make_form_key, make_open_clinic, make_request
from treatments.tests.meaning import words
from treatments.tests.meanwhile import after_first_read

pytestmark = pytest.mark.scale

#: A Monday, ten o'clock at the clinic.
NOW = datetime.datetime(2026, 6, 1, 10, tzinfo=zoneinfo.ZoneInfo("Asia/Kuala_Lumpur"))
HOUR = datetime.timedelta(hours=1)
NOON = NOW + 2 * HOUR
LIST = "/admin/treatments/consultationrequest/"
MESSAGES = "/admin/treatments/message/"


@pytest.fixture(autouse=True)
def _monday_morning(time_machine, db):
    time_machine.move_to(NOW, tick=False)
    make_open_clinic()


@pytest.fixture
def rosa(client):
    """A member of staff who may do everything with requests, signed in."""
    user = get_user_model().objects.create_user("rosa", is_staff=True)
    names = [f"{verb}_{noun}" for verb in ("view", "add", "change") for noun in ("consultationrequest", "message")]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    return user


@pytest.fixture
def open_page(read, rosa):
    """Get a page of the desk and parse it."""
    return read


def promised(hours, **answers):
    """A call that was promised until so many hours from now."""
    request = make_request(**answers)
    ConsultationRequest.objects.filter(pk=request.pk).update(promised_at=NOW + hours * HOUR)
    return request


def tasks(page):
    return [words(task) for task in page.select(".task")]


def counts(page):
    return [words(link) for link in page.select(".worklist__lists a")]


class TestTheWorklist:
    def test_opens_on_what_is_due_with_the_oldest_promise_first(self, open_page):
        promised(-1, name="Aisha", email="", phone="+60123456789")
        promised(-3, name="Mei Ling", email="m@example.org")
        promised(2, name="Priya", email="p@example.org")

        page = open_page("/admin/")

        first, second = tasks(page)
        assert first.startswith("3 hours late Call: Mei Ling")
        assert second.startswith("1 hour late Call: Aisha")
        assert page.select_one(".task__reach a")["href"] == "tel:+60123456789"
        assert counts(page) == ["Due now 2", "Today 1", "Waiting for the patient 0", "All"]

    def test_has_calls_to_make_and_letters_that_did_not_arrive(self, open_page):
        make_request(NOW + 4 * 24 * HOUR, name="No Email", email="", phone="+60123456789")
        make_request(NOON, name="Bounced", email="b@example.org")
        Message.objects.filter(kind="confirmed").update(state="failed")

        found = " ".join(tasks(open_page("/admin/")))

        assert "Call to confirm: No Email" in found
        assert "Not delivered: Your time is held: Bounced" in found

    def test_of_today_has_promises_and_visits_in_order(self, open_page):
        make_request(NOON, name="Visitor", email="v@example.org")
        promised(1, name="Caller")

        found = tasks(open_page("/admin/?list=today"))

        assert [task.split(",")[0] for task in found] == ["11:00 Call: Caller", "12:00 Visit: Visitor"]

    def test_of_those_who_wait_has_whoever_was_sent_times(self, open_page, rosa):
        desk.offer(make_request(name="Mei Ling"), [NOON], by=rosa)

        assert "Was sent times: Mei Ling" in tasks(open_page("/admin/?list=waiting"))[0]

    def test_leaves_out_what_looks_like_spam_and_says_how_much_of_it_there_is(self, open_page):
        booking.ask({"name": "Bot", "email": "bot@example.org"}, form_key="k" * 22, looks_like_spam=True)

        page = open_page("/admin/")

        assert tasks(page) == []
        assert "Set apart as possible spam: 1" in words(page)

    def test_costs_the_same_queries_with_one_task_and_with_many(self, client, rosa):
        def queries():
            with CaptureQueriesContext(connection) as captured:
                assert client.get("/admin/").status_code == 200
            return len(captured)

        promised(-1, email="a@example.org")
        make_request(NOON, email="b@example.org")
        queries()
        one = queries()
        for number in range(20):
            promised(-number, email=f"{number}@example.org")

        assert queries() == one

    def test_is_not_for_staff_who_may_not_see_requests(self, client):
        promised(-1)
        client.force_login(get_user_model().objects.create_user("editor", is_staff=True))

        assert "Due now" not in client.get("/admin/").content.decode()


class TestSearching:
    @pytest.mark.parametrize(
        "term",
        ["Aisha", "aish", "+60 12-345 6789", "012 345 6789", "0060123456789", "AISHA@example.org", "{reference}"],
    )
    def test_finds_a_name_a_phone_in_any_spelling_an_email_and_a_reference(self, client, rosa, term):
        request = make_request(phone="+60123456789")
        make_request(name="Mei Ling", email="m@example.org")

        page = client.get(LIST, {"q": term.format(reference=request.reference.lower())}).content.decode()

        assert "Aisha" in page
        assert "Mei Ling" not in page

    @pytest.mark.parametrize("term", ["TEA763", "tea763", "Test 123"])
    def test_finds_what_has_digits_and_is_no_phone(self, client, rosa, term):
        request = make_request(name="Test 123")
        ConsultationRequest.objects.filter(pk=request.pk).update(reference="TEA763")

        response = client.get(LIST, {"q": term})

        assert response.context["cl"].result_count == 1

    def test_looks_for_names_among_the_newest_and_for_references_among_all(self, client, rosa, monkeypatch):
        monkeypatch.setattr(consultation, "MOST_SEARCHED", 2)
        old, *_others = [make_request(name=f"Farid {number}") for number in range(3)]
        ConsultationRequest.objects.filter(pk=old.pk).update(requested_at=NOW - HOUR)

        for term, found in (("Farid", 2), ("Farid 0", 0), (old.reference, 1)):
            assert client.get(LIST, {"q": term}).context["cl"].result_count == found

    def test_finds_the_messages_of_a_request_by_its_reference(self, client, rosa):
        request = make_request(NOON)
        make_request(NOON + HOUR, email="m@example.org")

        response = client.get(MESSAGES, {"q": f" {request.reference.lower()} "})

        assert {message.request for message in response.context["cl"].result_list} == {request}

    @pytest.mark.parametrize("address", [LIST, LIST + "?_facets=True", MESSAGES])
    def test_of_a_long_list_counts_no_further_than_anyone_looks(self, client, rosa, address):
        make_request()

        with CaptureQueriesContext(connection) as captured:
            client.get(address)

        counted = [query["sql"] for query in captured if "COUNT(" in query["sql"]]
        assert counted
        assert all("LIMIT 10000" in sql for sql in counted)


class TestARequest:
    def test_says_what_holds_what_was_done_and_what_was_said(self, open_page):
        request = make_request(NOON, name="Aisha", phone="+60123456789", message="Evenings")

        page = words(open_page(f"{LIST}{request.pk}/change/"))

        for text in ("Confirmed: Monday 1 June 2026, 12:00", "+60123456789", "Evenings", "Asked, the patient"):
            assert text in page
        assert "Your time is held" in page

    def test_names_others_of_the_same_contact_and_merges_nothing(self, open_page):
        request = make_request(name="Aisha", email="family@example.org")
        other = make_request(name="Farid", email="FAMILY@example.org")

        page = open_page(f"{LIST}{request.pk}/change/")

        assert page.find("a", href=f"{LIST}{other.pk}/change/")

    @pytest.mark.parametrize("number", ["0", "999999", "9" * 40, "x"])
    def test_that_does_not_exist_is_not_found(self, open_page, number):
        open_page(f"{LIST}{number}/change/", status=404)

    def test_runs_nothing_that_a_patient_typed(self, client, rosa):
        request = make_request(NOON, name="<script>alert(1)</script>", message="<img src=x onerror=alert(1)>")

        for path in ("change/", "act/cancel/", "act/book/"):
            page = client.get(f"{LIST}{request.pk}/{path}").content
            assert b"<script>alert" not in page
            assert b"<img src=x" not in page


class TestAVerb:
    def do(self, client, request, verb, status=302, **values):
        if "seen" not in values:
            values["seen"] = request.events.last().pk
        response = client.post(f"{LIST}{request.pk}/act/{verb}/", values)
        assert response.status_code == status
        request.refresh_from_db()
        return BeautifulSoup(response.content, "html.parser")

    def test_shows_the_message_that_goes_out_and_does_nothing_yet(self, open_page):
        request = make_request(NOON)

        page = open_page(f"{LIST}{request.pk}/act/cancel/")

        assert "your consultation on Monday 1 June 2026 at 12:00 is cancelled" in words(page.select_one(".letter"))
        request.refresh_from_db()
        assert request.state == "confirmed"

    def test_that_sends_nothing_says_so(self, open_page):
        request = make_request(NOON, email="", phone="+60123456789")

        assert "No message goes out for this." in words(open_page(f"{LIST}{request.pk}/act/cancel/"))

    def test_is_done_and_its_message_waits_two_minutes(self, client, rosa, time_machine):
        request = make_request(NOON)
        outbox.send_due("me")

        self.do(client, request, "cancel")
        outbox.send_due("me")
        assert (request.state, len(mail.outbox)) == ("cancelled", 1)

        time_machine.shift(outbox.UNDO)
        outbox.send_due("me")
        assert len(mail.outbox) == 2

    def test_books_offers_and_notes_calls(self, client, rosa):
        call, offer, book = (make_request(email=f"{name}@example.org") for name in ("call", "offer", "book"))

        self.do(client, call, "called", outcome="no-answer", next_try="2026-06-01T15:00")
        self.do(client, offer, "offer", time=["2026-06-01T04:00Z", "2026-06-02T04:00Z"])
        self.do(client, book, "book", time="2026-06-01T04:00Z")

        assert (call.state, call.promised_at) == ("requested", NOW + 5 * HOUR)
        assert (offer.state, offer.offered_times) == ("offered", "2026-06-01T04:00Z 2026-06-02T04:00Z")
        assert (book.state, book.visit[0]) == ("confirmed", NOON)

    @pytest.mark.parametrize(
        ("verb", "values"),
        [
            ("called", {}),
            ("called", {"outcome": "shouted"}),
            ("called", {"outcome": "no-answer", "next_try": "2020-01-01T10:00"}),
            ("book", {}),
            ("book", {"time": "soon"}),
            ("offer", {}),
            ("offer", {"time": ["2026-06-01T04:00Z"] * 2 + ["x"]}),
            ("offer", {"time": [f"2026-06-0{day}T04:00Z" for day in range(1, 8)]}),
        ],
    )
    def test_with_nothing_or_nonsense_is_told_and_does_nothing(self, client, rosa, verb, values):
        request = make_request()

        page = self.do(client, request, verb, status=422, **values)

        assert page.select(".errornote, .errorlist")
        assert (request.state, request.events.count()) == ("requested", 1)

    def test_for_a_time_that_is_gone_is_told(self, client, rosa):
        request = make_request()
        make_request(NOON, email="b@example.org")

        page = self.do(client, request, "book", status=409, time="2026-06-01T04:00Z")

        assert "just been taken" in words(page.select_one("[role=alert]"))

    def test_by_the_second_of_two_is_told_who_was_quicker(self, client, rosa):
        request = make_request(NOON)
        seen = request.events.last().pk
        self.do(client, request, "cancel", seen=seen)

        page = self.do(client, request, "cancel", status=409, seen=seen)

        assert "rosa did something meanwhile, at 10:00: Cancelled" in words(page.select_one("[role=alert]"))
        assert request.messages.filter(kind="cancelled").count() == 1

    def test_whose_screen_was_drawn_while_another_acted_is_not_done(self, client, rosa):
        request = make_request(NOON)
        with after_first_read(ConsultationRequest, lambda: desk.called(request, Act.SPOKE, by=rosa)):
            response = client.get(f"{LIST}{request.pk}/act/cancel/")
        seen = BeautifulSoup(response.content, "html.parser").find("input", attrs={"name": "seen"})["value"]

        page = self.do(client, request, "cancel", status=409, seen=seen)

        assert "rosa did something meanwhile" in words(page.select_one("[role=alert]"))
        assert request.is_active

    @pytest.mark.parametrize("seen", ["", "x", "0", "-1", "9" * 5000, "٣"])
    def test_of_someone_who_has_seen_nothing_is_not_done(self, client, rosa, seen):
        request = make_request(NOON)

        self.do(client, request, "cancel", status=409, seen=seen)

        assert request.state == "confirmed"

    def test_works_for_a_request_that_came_about_without_an_event(self, client, rosa):
        request = ConsultationRequest.objects.create(way="call", name="Old", email="old@example.org")

        assert client.get(f"{LIST}{request.pk}/change/").status_code == 200
        assert client.get(f"{LIST}{request.pk}/act/called/?outcome=spoke").status_code == 200
        assert client.post(f"{LIST}{request.pk}/undo/", {"event": "1"}).status_code == 302
        self.do(client, request, "called", outcome="spoke", seen="0")
        assert request.state == "called"

    def test_that_moves_a_visit_to_where_it_is_says_nothing(self, open_page):
        request = make_request(NOON)

        page = open_page(f"{LIST}{request.pk}/act/book/?time=2026-06-01T04:00Z")

        assert "No message goes out for this." in words(page)

    @pytest.mark.parametrize("verb", ["confirm", "attended", "missed"])
    def test_that_makes_no_sense_is_refused(self, client, rosa, verb):
        self.do(client, make_request(), verb, status=409)

    def test_is_offered_only_where_it_makes_sense(self, open_page):
        request = make_request(email="", phone="+60123456789")

        labels = [words(link) for link in open_page(f"{LIST}{request.pk}/change/").select(".request__verbs a")]

        assert labels == ["Called…", "Book a time…", "Cancel…"]

    def test_of_another_name_is_not_found(self, open_page):
        open_page(f"{LIST}{make_request().pk}/act/dance/", status=404)

    def test_is_not_for_those_who_may_only_look(self, client):
        viewer = get_user_model().objects.create_user("viewer", is_staff=True)
        viewer.user_permissions.add(Permission.objects.get(codename="view_consultationrequest"))
        client.force_login(viewer)
        request = make_request(NOON)

        assert b"request__verbs" not in client.get(f"{LIST}{request.pk}/change/").content
        self.do(client, request, "cancel", status=403)
        assert client.post(f"{LIST}{request.pk}/undo/").status_code == 403


class TestUndo:
    def test_is_offered_for_two_minutes_and_puts_everything_back(self, client, rosa, time_machine):
        request = make_request(NOON)
        booking.cancel(request, by=rosa)
        page = BeautifulSoup(client.get(f"{LIST}{request.pk}/change/").content, "html.parser")

        client.post(f"{LIST}{request.pk}/undo/", {"event": page.select_one("[name=event]")["value"]})

        request.refresh_from_db()
        assert (request.state, request.visit[0]) == ("confirmed", NOON)

    def test_is_not_offered_later(self, open_page, rosa, time_machine):
        request = booking.cancel(make_request(NOON), by=rosa)
        time_machine.shift(outbox.UNDO + datetime.timedelta(seconds=1))

        assert not open_page(f"{LIST}{request.pk}/change/").select("[name=event]")

    def test_of_a_time_that_has_gone_says_so(self, client, rosa):
        request = booking.cancel(make_request(NOON), by=rosa)
        make_request(NOON, email="b@example.org")

        response = client.post(f"{LIST}{request.pk}/undo/", {"event": request.events.last().pk}, follow=True)

        assert "The time has been taken by someone else" in response.content.decode()


class TestARequestByPhone:
    def send(self, client, **changes):
        answers = {"name": "Aisha", "phone": "012 345 6789", "consent": "on", "form_key": make_form_key()}
        return client.post(f"{LIST}add/", {**answers, **changes}, follow=True)

    def test_is_entered_with_a_time_and_nobody_is_told_what_they_know(self, client, rosa):
        response = self.send(client, time="2026-06-01T04:00Z")

        request = ConsultationRequest.objects.get()
        assert response.redirect_chain[0][0] == f"{LIST}{request.pk}/change/"
        assert (request.phone, request.state, request.visit[0]) == ("+60123456789", "confirmed", NOON)
        assert request.events.get().by == rosa
        assert not request.messages.exists()

    def test_without_a_time_is_a_call(self, client, rosa):
        self.send(client, best_time="any")

        assert ConsultationRequest.objects.get().promised_at

    def test_for_a_time_that_is_gone_keeps_what_was_typed(self, client, rosa):
        make_request(NOON)

        response = self.send(client, time="2026-06-01T04:00Z")

        assert response.status_code == 422
        assert b'value="Aisha"' in response.content
        assert b"just been taken" in response.content

    def test_needs_the_patients_consent(self, client, rosa):
        assert self.send(client, consent="").status_code == 422
        assert not ConsultationRequest.objects.exists()

    def test_is_not_for_those_who_may_only_look(self, client):
        viewer = get_user_model().objects.create_user("viewer", is_staff=True)
        viewer.user_permissions.add(Permission.objects.get(codename="view_consultationrequest"))
        client.force_login(viewer)

        assert self.send(client).status_code == 403


class TestALetterThatDidNotArrive:
    @pytest.fixture
    def failed(self):
        request = make_request(NOON)
        Message.objects.filter(kind="confirmed").update(state="failed", attempts=3, fault="Refused")
        return request.messages.get(kind="confirmed")

    def test_is_sent_again(self, client, rosa, failed):
        client.post(f"/admin/treatments/message/{failed.pk}/again/")

        assert outbox.send_due("me") == 1
        assert mail.outbox[0].to == ["aisha@example.org"]

    def test_becomes_a_call(self, client, rosa, failed):
        for _time in range(2):
            client.post(f"/admin/treatments/message/{failed.pk}/call/")

        assert [message.kind for message in Message.objects.by_hand(NOW)] == ["call-to-confirm"]
        assert not Message.objects.failed().exists()

    def test_of_a_request_that_was_erased_is_no_task(self, open_page, failed):
        booking.erase(failed.request)

        assert tasks(open_page("/admin/")) == []

    def test_is_not_touched_by_a_link_that_someone_follows(self, client, rosa, failed):
        client.get(f"/admin/treatments/message/{failed.pk}/again/")

        assert Message.objects.failed().exists()


class TestTheSheetOfADay:
    def test_has_the_visits_of_the_day_in_order(self, open_page):
        make_request(NOON, name="Second", email="b@example.org")
        make_request(NOW + HOUR, name="First", email="a@example.org")
        make_request(NOON + 24 * HOUR, name="Tomorrow", email="c@example.org")

        page = open_page(f"{LIST}day/?date=2026-06-01")

        assert [words(row.td).split(",")[0] for row in page.select(".day-sheet tbody tr")] == ["First", "Second"]

    @pytest.mark.parametrize("date", ["", "x", "9999-12-31", "0001-01-01"])
    def test_takes_any_date(self, open_page, date):
        assert open_page(f"{LIST}day/?date={date}").select_one(".day-sheet h2")
