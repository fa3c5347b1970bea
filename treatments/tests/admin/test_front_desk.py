"""The front desk sees what is due, oldest promise first, and does everything with verbs that show what they say."""

import datetime

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from treatments.consultation import booking, search, staff_acts
from treatments.follow_up import outbox, sending, settling, tasks
from treatments.models import Act, Clinic, ConsultationRequest, Message, Task, TaskKind
from treatments.models.private_link import new_secret
from treatments.tests import monday
from treatments.tests.builders import make_form_key, make_open_clinic, make_request
from treatments.tests.meaning import words
from treatments.tests.meanwhile import after_first_read
from treatments.tests.monday import HOUR
from treatments.tests.screens import page_of, typed
from treatments.tests.signing import make_staff

pytestmark = pytest.mark.slow

NOW = monday.TEN
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
    names = [f"{verb}_{noun}" for verb in ("view", "add", "change") for noun in ("consultationrequest", "message")]
    user = make_staff("rosa", may=names)
    client.force_login(user)
    return user


@pytest.fixture
def open_page(read, rosa):
    """Get a page of the desk and parse it."""
    return read


def promised(hours, **answers):
    """A call that was promised until so many hours from now."""
    request = make_request(**answers)
    request.tasks.update(due_at=NOW + hours * HOUR)
    return request


def set_apart(**answers):
    """A request that looks like a machine's."""
    answers = {"name": "Bot", "email": "bot@example.org", **answers}
    start = answers.pop("start", None)
    return booking.ask(answers, start=start, form_key=new_secret(), looks_like_spam=True)


def tasks_on(page):
    return [words(task) for task in page.select(".task")]


def counts(page):
    return [words(link) for link in page.select(".worklist__lists a")]


class TestTheWorklist:
    def test_opens_on_what_is_due_with_the_oldest_promise_first(self, open_page):
        promised(-1, name="Aisha", email="", phone="+60123456789")
        # Since Friday, four o'clock: an hour then and an hour today.
        promised(-66, name="Mei Ling", email="m@example.org")
        promised(2, name="Priya", email="p@example.org")

        page = open_page("/admin/")

        first, second = tasks_on(page)
        assert first.startswith("2 hours late Call: Mei Ling")
        assert second.startswith("1 hour late Call: Aisha")
        assert page.select_one(".task__reach a")["href"] == "tel:+60123456789"
        assert counts(page) == ["Due now 2", "Today 1", "Waiting for the patient 0", "All"]

    def test_has_calls_to_make_and_letters_that_did_not_arrive(self, open_page):
        make_request(NOW + 4 * 24 * HOUR, name="No Email", email="", phone="+60123456789")
        make_request(NOON, name="Bounced", email="b@example.org")
        Message.objects.filter(kind="confirmed").update(state="failed")
        settling.sweep(NOW)

        found = " ".join(tasks_on(open_page("/admin/")))

        assert "Call to confirm: No Email" in found
        assert "Not delivered: Your time is confirmed: Bounced" in found

    def test_of_today_has_promises_and_visits_in_order(self, open_page):
        make_request(NOON, name="Visitor", email="v@example.org")
        promised(1, name="Caller")

        found = tasks_on(open_page("/admin/?list=today"))

        assert [task.split(",")[0] for task in found] == ["11:00 Call: Caller", "12:00 Visit: Visitor"]

    def test_of_those_who_wait_has_whoever_was_sent_times(self, open_page, rosa):
        staff_acts.offer(make_request(name="Mei Ling"), [NOON], by=rosa)

        assert "Was sent times: Mei Ling" in tasks_on(open_page("/admin/?list=waiting"))[0]

    def test_leaves_out_what_was_set_apart_and_says_how_much_of_it_there_is_and_since_when(self, open_page):
        for number in range(3):
            set_apart(email=f"{number}@example.org")

        page = open_page("/admin/")

        assert tasks_on(page) == []
        assert "To check: 3 set apart the oldest to be called by Mon 1 Jun, 14:00" in words(page)

    def test_says_when_a_patient_wants_to_be_called(self, open_page):
        request = make_request(best_time="afternoon", phone="+60123456789")
        request.tasks.update(due_at=NOW - HOUR)

        (task,) = tasks_on(open_page("/admin/"))

        assert "In the afternoon" in task

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
        request.reference = "TEA763"
        request.save()
        search.note(request)

        response = client.get(LIST, {"q": term})

        assert response.context["cl"].result_count == 1

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

        for text in ("Confirmed: Monday 1 June 2026, 12:00", "+60 12-345 6789", "Evenings", "Came in, the patient"):
            assert text in page
        assert "Your time is confirmed" in page

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

        assert (
            "your consultation is cancelled. You need not do anything. It was on: Monday 1 June 2026 at 12:00"
            in words(page.select_one(".letter"))
        )
        request.refresh_from_db()
        assert request.state == "confirmed"

    @pytest.mark.parametrize(
        ("verb", "outcome"),
        [
            ("cancel/", "Afterwards: Cancelled"),
            ("book/?time=2026-06-01T05:00Z", "Afterwards: Confirmed: Monday 1 June 2026, 13:00"),
            ("called/?outcome=spoke", "Afterwards: Confirmed"),
        ],
    )
    def test_says_what_it_does_also_when_no_letter_goes_out(self, open_page, verb, outcome):
        request = make_request(NOON, email="", phone="+60123456789")

        page = words(open_page(f"{LIST}{request.pk}/act/{verb}"))

        assert "Now: Confirmed: Monday 1 June 2026, 12:00" in page
        assert outcome in page
        assert "No letter goes out for this." in page

    @pytest.mark.parametrize(
        ("verb", "answers", "to_do"),
        [
            ("cancel/", {}, "Call to say that it is cancelled (by Monday 1 June 2026, 10:00)"),
            ("called/?outcome=no-answer", {}, "Call to confirm (by Monday 1 June 2026, 12:00)"),
            ("offer/?time=2026-06-02T04:00Z", {"email": "a@example.org"}, "Call (by Tuesday 2 June 2026, 12:00)"),
        ],
    )
    def test_shows_every_task_that_it_puts_on_the_list(self, open_page, verb, answers, to_do):
        request = make_request(NOON, **{"email": "", "phone": "+60123456789", **answers})

        page = words(open_page(f"{LIST}{request.pk}/act/{verb}"))

        assert f"On the list then: {to_do}" in page
        assert page.count("On the list then") == 1

    @pytest.mark.parametrize(
        ("outcome", "said"), [("spoke", "Called and spoke"), ("left-message", "Called, left a message")]
    )
    def test_repeats_how_the_call_went(self, open_page, outcome, said):
        page = words(open_page(f"{LIST}{make_request(NOON).pk}/act/called/?outcome={outcome}"))

        assert f"The call: {said}" in page

    def test_repeats_who_it_is_and_how_to_reach_them_before_that_is_corrected(self, client, rosa):
        request = make_request(NOON)
        given = {"name": "Siti", "phone": "012-345 6789", "email": "", "preview": "Continue"}

        page = words(page_of(client.post(f"{LIST}{request.pk}/act/correct/", given)))

        assert "Name: Siti Phone: +60 12-345 6789 Email: –" in page

    @pytest.mark.parametrize("verb", ["remove", "cancel"])
    def test_shows_the_time_that_is_wished_and_not_held(self, open_page, verb):
        ConsultationRequest.objects.filter(pk=make_request(NOON).pk).update(state="requested", is_set_apart=True)
        request = ConsultationRequest.objects.get()
        request.cells.all().delete()
        ConsultationRequest.objects.update(wished_at=NOON)

        page = words(open_page(f"{LIST}{request.pk}/act/{verb}/"))

        assert "Requested · Wished time, not held: Monday 1 June 2026, 12:00" in page
        assert page.count("Wished time") == 1

    def test_that_sends_nothing_says_so(self, open_page):
        request = make_request(NOON, email="", phone="+60123456789")

        assert "No letter goes out for this." in words(open_page(f"{LIST}{request.pk}/act/cancel/"))

    def test_is_done_and_its_message_waits_two_minutes(self, client, rosa, time_machine):
        request = make_request(NOON)
        sending.send_due("me")

        self.do(client, request, "cancel")
        sending.send_due("me")
        assert (request.state, len(mail.outbox)) == ("cancelled", 1)

        time_machine.shift(outbox.UNDO)
        sending.send_due("me")
        assert len(mail.outbox) == 2

    def test_books_offers_and_notes_calls(self, client, rosa):
        call, offer, book = (make_request(email=f"{name}@example.org") for name in ("call", "offer", "book"))

        self.do(client, call, "called", outcome="no-answer", next_try="2026-06-01T15:00")
        self.do(client, offer, "offer", time=["2026-06-01T04:00Z", "2026-06-02T04:00Z"])
        self.do(client, book, "book", time="2026-06-01T04:00Z")

        assert (call.state, call.open_promise()) == ("requested", NOW + 5 * HOUR)
        assert (offer.state, offer.offered_times) == ("offered", "2026-06-01T04:00Z 2026-06-02T04:00Z")
        assert (book.state, book.held_visit().start) == ("confirmed", NOON)

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

        assert "no place at this time any more" in words(page.select_one("[role=alert]"))

    def test_by_the_second_of_two_is_told_who_was_quicker(self, client, rosa):
        request = make_request(NOON)
        seen = request.events.last().pk
        self.do(client, request, "cancel", seen=seen)

        page = self.do(client, request, "cancel", status=409, seen=seen)

        assert "rosa did something meanwhile, at 10:00: Cancelled" in words(page.select_one("[role=alert]"))
        assert request.messages.filter(kind="cancelled").count() == 1

    def test_whose_screen_was_drawn_while_another_acted_is_not_done(self, client, rosa):
        request = make_request(NOON)
        with after_first_read(ConsultationRequest, lambda: staff_acts.called(request, Act.SPOKE, by=rosa)):
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

        assert "No letter goes out for this." in words(page)

    @pytest.mark.parametrize("verb", ["confirm", "attended", "missed"])
    def test_that_makes_no_sense_is_refused(self, client, rosa, verb):
        self.do(client, make_request(), verb, status=409)

    def test_is_offered_only_where_it_makes_sense(self, open_page):
        request = make_request(email="", phone="+60123456789")

        labels = [words(link) for link in open_page(f"{LIST}{request.pk}/change/").select(".request__verbs a")]

        assert labels == [
            *("Called…", "Book a time…", "Cancel…"),
            *("Correct name, phone, email…", "Note…", "Revoke the private link", "Erase…"),
        ]

    def test_of_a_visit_that_was_is_still_there_to_put_a_wrong_button_right(
        self, client, open_page, rosa, time_machine
    ):
        request = make_request(NOON)
        time_machine.move_to(NOON + HOUR, tick=False)
        staff_acts.attended(request, by=rosa)
        time_machine.shift(3 * HOUR / 60)
        client.force_login(rosa)

        labels = [words(link) for link in open_page(f"{LIST}{request.pk}/change/").select(".request__verbs a")]

        assert "Missed" in labels
        assert "Attended" not in labels

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
        assert (request.state, request.held_visit().start) == ("confirmed", NOON)

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
        assert (request.phone, request.state, request.held_visit().start) == ("+60123456789", "confirmed", NOON)
        assert request.events.get().by == rosa
        assert not request.messages.exists()

    def test_without_a_time_is_a_call(self, client, rosa):
        self.send(client, best_time="any")

        assert ConsultationRequest.objects.get().open_promise() == NOW + 4 * HOUR

    def test_for_a_time_that_is_gone_keeps_what_was_typed(self, client, rosa):
        make_request(NOON)

        response = self.send(client, time="2026-06-01T04:00Z")

        assert response.status_code == 422
        assert b'value="Aisha"' in response.content
        assert b"just been taken" in response.content

    @pytest.mark.parametrize(
        "refused", [{"time": "2026-06-01T04:00Z"}, {"other_start_0": "2026-06-01", "other_start_1": "12:02"}]
    )
    def test_for_a_time_that_is_refused_is_no_call_that_needs_a_number(self, client, rosa, refused):
        make_request(NOON)

        response = self.send(client, phone="", email="a@example.org", **refused)

        assert response.status_code == 422
        assert "phone" not in response.context["form"].errors

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
        request = make_request(NOON, phone="+60123456789")
        Message.objects.filter(kind="confirmed").update(state="failed", attempts=3, error="Refused")
        message = request.messages.get(kind="confirmed")
        tasks.not_delivered(message)
        return message

    def test_is_one_task_on_its_requests_screen_with_three_ways_to_end_it(self, open_page, failed):
        page = open_page(f"{LIST}{failed.request_id}/change/")

        (task,) = page.select(".request__tasks li")
        assert [words(button) for button in task.select("button")] == [
            "Send again",
            "Call instead",
            "The patient knows",
        ]
        assert "Refused" in words(page)

    def test_is_sent_again(self, client, rosa, failed):
        client.post(f"{MESSAGES}{failed.pk}/again/")

        assert sending.send_due("me") == 1
        assert mail.outbox[0].to == ["aisha@example.org"]
        assert not Task.objects.open().exists()

    def test_is_not_sent_again_when_it_is_not_so_any_more_and_says_so(self, client, rosa, failed):
        booking.cancel(failed.request)
        Message.objects.filter(pk=failed.pk).update(state="failed")

        response = client.post(f"{MESSAGES}{failed.pk}/again/", follow=True)

        assert "what it says is not so any more" in response.content.decode()
        assert [message.kind for message in Message.objects.filter(state="queued")] == ["cancelled"]

    def test_becomes_a_call(self, client, rosa, failed):
        for _time in range(2):
            client.post(f"{MESSAGES}{failed.pk}/call/")

        assert [task.kind for task in Task.objects.open()] == ["call-to-confirm"]
        assert not Message.objects.failed().exists()

    def test_of_a_cancelled_request_becomes_a_call_that_speaking_ends(self, client, rosa):
        request = booking.cancel(make_request(NOON, phone="+60123456789"))
        request.messages.filter(kind="cancelled").update(state="failed")
        settling.sweep(NOW)
        client.post(f"{MESSAGES}{request.messages.get(kind='cancelled').pk}/call/")
        assert [task.kind for task in Task.objects.open()] == ["call-to-tell"]

        values = {"outcome": "spoke", "seen": request.events.last().pk}
        assert client.post(f"{LIST}{request.pk}/act/called/", values).status_code == 302

        assert not Task.objects.open().exists()

    def test_is_off_the_list_after_a_call_in_which_we_spoke(self, client, rosa, failed):
        values = {"outcome": "spoke", "seen": failed.request.events.last().pk}
        client.post(f"{LIST}{failed.request_id}/act/called/", values)

        assert "Not delivered" not in client.get("/admin/").content.decode()

    def test_of_a_request_that_was_erased_is_no_task(self, client, rosa, failed):
        booking.erase(failed.request)

        page = BeautifulSoup(client.get("/admin/").content, "html.parser")

        (task,) = tasks_on(page)
        assert "A visit on Mon 1 Jun, 12:00 was erased with its request" in task
        assert "Aisha" not in task

    @pytest.mark.parametrize("verb", ["again", "call"])
    def test_is_not_touched_by_a_link_that_someone_follows(self, client, rosa, failed, verb):
        client.get(f"{MESSAGES}{failed.pk}/{verb}/")

        assert Message.objects.failed().exists()


class TestWhatWasSetApart:
    def test_is_on_a_list_of_its_own_with_the_wished_time(self, open_page):
        set_apart(start=NOON, phone="+60123456789")

        page = open_page(f"{LIST}to-check/")

        (row,) = page.select("tbody tr")
        assert "Mon 1 Jun, 12:00" in words(row)
        assert "+60 12-345 6789" in words(row)

    def test_is_removed_in_one_press_but_for_those_that_are_not_ticked(self, client, rosa):
        requests = [set_apart(email=f"{number}@example.org") for number in range(40)]
        page = BeautifulSoup(client.get(f"{LIST}to-check/").content, "html.parser")
        ticked = [box["value"] for box in page.select("[name=request][checked]")]
        assert len(ticked) == 40

        response = client.post(f"{LIST}to-check/", {"request": ticked[1:]}, follow=True)

        assert "Removed: 39. Nobody was written to." in response.content.decode()
        assert [request.pk for request in ConsultationRequest.objects.set_apart()] == [requests[0].pk]
        assert not Message.objects.exists()

    @pytest.mark.parametrize("chosen", [[], ["x"], ["0"], ["-1"], ["9" * 15], ["٣"]])
    def test_is_not_removed_by_nonsense(self, client, rosa, chosen):
        set_apart()

        assert client.post(f"{LIST}to-check/", {"request": chosen}).status_code == 302

        assert ConsultationRequest.objects.set_apart().count() == 1

    def test_is_not_removed_when_it_is_a_patients_after_all(self, client, rosa):
        real = make_request(NOON)

        client.post(f"{LIST}to-check/", {"request": [real.pk]})

        real.refresh_from_db()
        assert real.state == "confirmed"

    def test_says_that_it_was_on_every_list_and_on_its_own_screen(self, client, rosa):
        request = set_apart()

        assert "(set apart)" in client.get(LIST).content.decode()
        page = BeautifulSoup(client.get(f"{LIST}{request.pk}/change/").content, "html.parser")
        assert "set apart: taken for a machine’s" in words(page)
        labels = [words(link) for link in page.select(".request__verbs a")]
        assert labels[:2] == ["It is real", "Remove"]

    def test_takes_its_wished_time_when_it_is_real(self, client, rosa):
        request = set_apart(start=NOON)
        page = BeautifulSoup(client.get(f"{LIST}{request.pk}/act/real/").content, "html.parser")
        assert "the time is yours alone: Monday 1 June 2026 at 12:00" in words(page.select_one(".letter"))

        client.post(f"{LIST}{request.pk}/act/real/", {"seen": request.events.last().pk})

        request.refresh_from_db()
        assert (request.state, request.held_visit().start) == ("confirmed", NOON)


class TestPeopleAndTheirData:
    def post(self, client, request, verb, status=302, **values):
        values = {"seen": request.events.last().pk, **values}
        response = client.post(f"{LIST}{request.pk}/act/{verb}/", values)
        assert response.status_code == status
        request.refresh_from_db()
        return BeautifulSoup(response.content, "html.parser")

    def test_are_put_right(self, client, rosa):
        request = make_request(NOON)

        self.post(client, request, "correct", name="Aishah", phone="012 345 6789 ext 5", email="New@Example.ORG")

        assert (request.name, request.phone, request.email) == ("Aishah", "+60123456789;ext=5", "New@example.org")

    @pytest.mark.parametrize(
        "values",
        [
            {"name": "Aisha", "phone": "", "email": ""},
            {"name": "", "phone": "0123456789", "email": ""},
            {"name": "Aisha", "phone": "12", "email": ""},
            {"name": "Aisha", "phone": "", "email": "jörg@example.org"},
            {"name": "Aisha", "phone": "", "email": "anna@straße.de"},
            {"name": "😀", "phone": "0123456789", "email": ""},
        ],
    )
    def test_are_not_put_wrong(self, client, rosa, values):
        request = make_request(NOON)

        page = self.post(client, request, "correct", status=422, **values)

        assert page.select(".errorlist")
        assert (request.name, request.email, request.events.count()) == ("Aisha", "aisha@example.org", 1)

    def test_are_asked_about_before_they_are_put_right(self, client, rosa):
        request = make_request(NOON)
        values = {"name": "Aishah", "phone": "", "email": "new@example.org", "preview": "Continue"}

        page = words(self.post(client, request, "correct", status=200, **values))

        assert "Check two facts with the patient first" in page
        assert "This cannot be undone." in page
        assert request.name == "Aisha"

    def test_are_shown_with_what_goes_to_another_address(self, client, rosa):
        request = make_request(NOON)
        request.messages.filter(kind="confirmed").update(state="failed")
        values = {"name": "Aisha", "phone": "", "email": "new@example.org", "preview": "Continue"}

        page = self.post(client, request, "correct", status=200, **values)

        shown = [letter["aria-label"] for letter in page.select(".letter")]
        assert shown == ["Your time is confirmed", "Your private link"]
        assert request.messages.get(kind="confirmed").state == "failed"

    def test_have_a_note_that_is_no_medical_record(self, client, rosa):
        request = make_request(NOON)
        page = words(BeautifulSoup(client.get(f"{LIST}{request.pk}/act/note/").content, "html.parser"))
        assert "Not a medical record: erased on 1 June 2027" in page

        self.post(client, request, "note", note="Likes mornings")

        assert request.note == "Likes mornings"

    def test_are_erased_after_asking(self, client, rosa):
        request = make_request(NOON)
        page = words(BeautifulSoup(client.get(f"{LIST}{request.pk}/act/erase/").content, "html.parser"))
        assert "are erased for good" in page
        assert request.name == "Aisha"

        self.post(client, request, "erase")

        assert (request.name, request.email, request.held_visit()) == ("", "", None)

    @pytest.mark.parametrize("verb", ["resend", "revoke"])
    def test_have_a_link_that_is_sent_again_and_revoked(self, client, rosa, verb):
        request = make_request(NOON)
        nonce = request.nonce

        self.post(client, request, verb)

        assert request.messages.filter(kind="link").exists() == (verb == "resend")
        assert (request.nonce == nonce) == (verb == "resend")

    @pytest.mark.parametrize("verb", ["correct", "note", "resend", "revoke", "erase"])
    def test_are_not_touched_by_the_second_of_two_or_by_a_link(self, client, rosa, verb):
        request = make_request(NOON)
        seen = request.events.last().pk
        staff_acts.called(request, Act.SPOKE, by=rosa)
        values = {"name": "B", "email": "b@example.org", "note": "x"}

        client.get(f"{LIST}{request.pk}/act/{verb}/", values)
        self.post(client, request, verb, status=409, seen=seen, **values)

        assert (request.name, request.email, request.note) == ("Aisha", "aisha@example.org", "")


class TestAnyOtherStart:
    """Staff are not held by the limits of patients."""

    @pytest.mark.parametrize(
        ("date", "time", "is_outside"),
        [("2026-06-06", "9:35", True), ("2026-06-01", "18:00", True), ("2027-05-31", "10:05", False)],
    )
    def test_is_booked_after_saying_so(self, client, rosa, date, time, is_outside):
        request = make_request(phone="+60123456789")

        values = {"start_0": date, "start_1": time, "seen": request.events.last().pk}
        response = client.post(f"{LIST}{request.pk}/act/book/", values)

        request.refresh_from_db()
        assert response.status_code == 302
        assert (request.held_visit() is not None, request.is_outside_hours) == (True, is_outside)

    @pytest.mark.parametrize(
        ("date", "time", "says"),
        [
            ("28.13.2026", "10:00", "Enter the date as 2026-12-28."),
            ("2026-06-02", "nine", "Enter the time as 9:00 or 16:35."),
            ("2026-06-02", "10:02", "multiple of five minutes"),
        ],
    )
    def test_that_is_none_names_the_format(self, client, rosa, date, time, says):
        request = make_request(phone="+60123456789")

        values = {"start_0": date, "start_1": time, "seen": request.events.last().pk}
        response = client.post(f"{LIST}{request.pk}/act/book/", values)

        assert response.status_code == 422
        assert says in response.content.decode()

    @pytest.mark.parametrize(("date", "time"), [("2026-05-31", "10:00"), ("2027-06-03", "10:00")])
    def test_that_is_over_or_too_far_is_refused(self, client, rosa, date, time):
        request = make_request(phone="+60123456789")

        values = {"start_0": date, "start_1": time, "seen": request.events.last().pk}

        assert client.post(f"{LIST}{request.pk}/act/book/", values).status_code == 409

    def test_is_entered_by_phone_only_after_saying_that_the_clinic_is_closed(self, client, rosa):
        answers = {
            **{"name": "Aisha", "phone": "012 345 6789", "consent": "on", "form_key": make_form_key()},
            **{"other_start_0": "2026-06-06", "other_start_1": "10:00", "best_time": "any"},
        }

        first = client.post(f"{LIST}add/", answers)
        assert (first.status_code, ConsultationRequest.objects.count()) == (422, 0)
        assert "The clinic is closed then" in first.content.decode()
        client.post(f"{LIST}add/", {**answers, "is_outside_hours": "on"})

        assert ConsultationRequest.objects.get().is_outside_hours


class TestChangingTheClinic:
    ADDRESS = "/admin/treatments/clinic/1/change/"

    def save(self, client, **changes):
        page = BeautifulSoup(client.get(self.ADDRESS).content, "html.parser")
        return client.post(self.ADDRESS, {**typed(page), **changes}, follow=True)

    @pytest.fixture
    def owner(self, client):
        user = get_user_model().objects.create_superuser("owner", password="x")
        client.force_login(user)
        return user

    def test_lists_the_visits_that_no_longer_fit_before_it_is_saved_and_puts_each_on_the_list(self, client, owner):
        Clinic.objects.update(seats=2)
        first, last = make_request(NOON), make_request(NOON, email="b@example.org")

        response = self.save(client, seats="1")
        page = BeautifulSoup(response.content, "html.parser")

        assert Clinic.objects.current().seats == 2
        assert last.reference in words(page)
        assert first.reference not in words(page)
        agreed = page.select_one("[name=agreed]")["value"]
        client.post(self.ADDRESS, {**typed(page), "seats": "1", "agreed": agreed})
        assert Clinic.objects.current().seats == 1
        assert [(task.kind, task.request) for task in Task.objects.open()] == [(TaskKind.LOOK_AGAIN, last)]

    def test_takes_no_agreement_to_another_list(self, client, owner):
        Clinic.objects.update(seats=2)
        make_request(NOON)
        make_request(NOON, email="b@example.org")

        self.save(client, seats="1", agreed="on")

        assert Clinic.objects.current().seats == 2

    @pytest.mark.parametrize(("told_times", "hour"), [("told", 12), ("moments", 11)])
    def test_of_its_time_zone_keeps_the_time_that_patients_were_told_unless_it_is_said_otherwise(
        self, client, owner, told_times, hour
    ):
        request = make_request(NOON)
        page = BeautifulSoup(self.save(client, time_zone="Asia/Jakarta").content, "html.parser")
        assert request.reference in words(page)
        assert Clinic.objects.current().time_zone == "Asia/Kuala_Lumpur"

        agreed = page.select_one("[name=agreed]")["value"]
        values = {**typed(page), "time_zone": "Asia/Jakarta", "agreed": agreed, "told_times": told_times}
        client.post(self.ADDRESS, values)

        clinic = Clinic.objects.current()
        assert (clinic.time_zone, request.held_visit().start.astimezone(clinic.zone).hour) == ("Asia/Jakarta", hour)
        assert Task.objects.open().filter(kind=TaskKind.LOOK_AGAIN).exists() == (told_times == "moments")

    def test_of_what_collides_with_nothing_is_saved_at_once(self, client, owner):
        make_request(NOON)

        self.save(client, seats="3")

        assert Clinic.objects.current().seats == 3
        assert not Task.objects.exists()


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
