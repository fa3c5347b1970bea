"""Letters are rows first, queued only if they are true; and what they say is so when they are written."""

import datetime
import re
import zoneinfo
from email import message_from_bytes, policy

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command

from treatments.consultation import booking, personal_data, staff_acts, undelivered, undoing
from treatments.follow_up import letters, outbox, sending
from treatments.models import Act, Clinic, Message, MessageKind, MessageState
from treatments.models.message import PAYLOADS
from treatments.running import retention
from treatments.tests.builders import change, make_clinic, make_open_clinic, make_request
from treatments.tests.monday import DAY, FRIDAY, HOUR, NOW
from treatments.tests.tables import one_in


@pytest.fixture(autouse=True)
def _clinic(monday_morning, db):
    make_open_clinic(email="desk@example.org", phone="+60 3 1234 5678", bring="Your list of medicines")


@pytest.fixture
def rosa():
    return get_user_model().objects.create_user("rosa", is_staff=True)


def states(request):
    """The state of each letter to the patient, by kind."""
    found = request.messages.exclude(kind=MessageKind.CLINIC_NOTICE)
    return dict(found.values_list("kind", "state"))


def true_bodies():
    """The texts of all letters that are true now."""
    return [letter.body for letter in map(letters.letter_of, Message.objects.all()) if letter]


class TestQueueing:
    """What an act has to say becomes rows in its own transaction, each with what its kind needs."""

    def test_a_visit_says_that_it_is_held_and_reminds_of_it(self):
        request = make_request(FRIDAY)

        assert states(request) == dict.fromkeys(["confirmed", "reminder-3-days", "reminder-1-day"], "queued")
        assert set(request.messages.values_list("payload__start", flat=True)) == {"2026-06-05T02:00:00+00:00", None}

    @pytest.mark.parametrize("days", one_in(3, [0, 1, 2, 3]))
    def test_no_reminder_goes_out_for_whoever_books_later_than_it(self, days):
        request = make_request(NOW + datetime.timedelta(days=days, hours=1))

        assert len(request.messages.filter(kind__startswith="reminder")) == (days >= 1) + (days >= 3)

    @pytest.mark.parametrize(
        "local", one_in(3, ["2027-03-29 00:30", "2027-10-31 23:30", "2027-03-29 02:30", "2027-04-01 10:00"])
    )
    def test_reminders_go_out_at_the_hour_of_the_visit_when_the_clocks_change_before_it(
        self, rosa, time_machine, local
    ):
        berlin = zoneinfo.ZoneInfo("Europe/Berlin")
        change(Clinic.objects.current(), time_zone="Europe/Berlin")
        start = datetime.datetime.fromisoformat(local).replace(tzinfo=berlin)
        time_machine.move_to(start - 5 * DAY, tick=False)
        request = booking.ask(
            {"name": "Aisha", "email": "a@example.org", "phone": ""}, start=start, form_key="k" * 22, by=rosa
        )

        reminders = request.messages.filter(kind__startswith="reminder").order_by("kind")

        assert [message.not_before.astimezone(berlin).date() for message in reminders] == [
            start.date() - DAY * days for days in (1, 3)
        ]

    def test_a_call_back_says_that_we_call(self):
        assert states(make_request(phone="+60123456789")) == {"promise": "queued"}

    def test_writes_to_nobody_without_an_address(self):
        request = make_request(FRIDAY, email="", phone="+60123456789")

        assert states(request) == {}

    @pytest.mark.parametrize("start", [None, FRIDAY])
    def test_writes_to_nobody_about_what_was_set_apart(self, start):
        answers = {"name": "Win", "email": "victim@example.org", "phone": "+60123456789"}

        request = booking.ask(answers, start=start, form_key="k" * 22, looks_like_spam=True)

        assert not request.messages.exists()
        assert request.wished_at == start

    @pytest.mark.parametrize(
        ("kind", "payload"),
        one_in(
            4,
            [
                ("confirmed", {}),
                ("confirmed", {"start": None, "end": None}),
                ("promise", {"start": None}),
                ("offer", {}),
            ],
        ),
    )
    def test_refuses_a_letter_without_what_its_kind_holds(self, kind, payload):
        event = make_request(FRIDAY).events.get()

        with pytest.raises(TypeError, match="holds"):
            outbox.queue(event, kind, **payload)

    def test_keeps_what_every_kind_holds_as_plain_data(self, rosa):
        request = make_request(FRIDAY)
        booking.change_time(request, FRIDAY + HOUR)
        staff_acts.offer(request, [FRIDAY], by=rosa)
        booking.cancel(request, by=rosa)
        make_request(email="b@example.org", phone="+60123456789")

        for message in Message.objects.all():
            assert set(message.payload) == PAYLOADS[message.kind]
            assert all(value is None or isinstance(value, str) for value in message.payload.values())

    def test_of_what_staff_do_waits_two_minutes_and_of_what_patients_do_does_not(self, rosa):
        request = make_request(FRIDAY)
        booking.cancel(request, by=rosa)
        other = booking.cancel(make_request(FRIDAY, email="b@example.org"))

        assert request.messages.get(kind="cancelled").not_before == NOW + outbox.UNDO
        assert other.messages.get(kind="cancelled").not_before == NOW


class TestALetterThatIsNotTrueAnyMore:
    """It is taken back by the act that makes it untrue, whether it waits or had failed."""

    ACTS = {
        "cancelling": lambda request, rosa: booking.cancel(request),
        "cancelling by staff": lambda request, rosa: booking.cancel(request, by=rosa),
        "moving": lambda request, rosa: booking.change_time(request, FRIDAY + HOUR),
        "offering": lambda request, rosa: staff_acts.offer(request, [FRIDAY + HOUR], by=rosa),
        "erasing": lambda request, rosa: booking.erase(request),
    }

    @pytest.mark.parametrize("state", one_in(3, [MessageState.QUEUED, MessageState.FAILED]))
    @pytest.mark.parametrize("act", one_in(3, ACTS))
    def test_is_taken_back(self, rosa, act, state):
        request = make_request(FRIDAY)
        before = request.messages.filter(kind__in=["confirmed", "reminder-3-days", "reminder-1-day"])
        before.update(state=state)
        kept = list(before.values_list("pk", flat=True))

        self.ACTS[act](request, rosa)

        assert set(Message.objects.filter(pk__in=kept).values_list("state", flat=True)) == {"cancelled"}

    @pytest.mark.parametrize("kind", ["confirmed", "reminder-1-day"])
    def test_that_had_failed_is_not_sent_again_and_says_so(self, kind):
        request = make_request(FRIDAY)
        message = request.messages.get(kind=kind)
        booking.cancel(request)
        Message.objects.filter(pk=message.pk).update(state="failed")

        assert not undelivered.send_again(message)

        message.refresh_from_db()
        assert message.state == "cancelled"

    def test_of_an_offer_is_taken_back_when_the_patient_was_booked_by_phone(self, rosa):
        request = staff_acts.offer(make_request(FRIDAY), [FRIDAY + HOUR], by=rosa)
        Message.objects.filter(kind="offer").update(state="failed")

        booking.change_time(request, FRIDAY, by=rosa)

        assert states(request)["offer"] == "cancelled"
        assert not undelivered.send_again(Message.objects.get(kind="offer"))

    def test_of_an_offer_is_taken_back_when_we_spoke_meanwhile(self, rosa):
        request = staff_acts.offer(make_request(phone="+60123456789"), [FRIDAY], by=rosa)

        staff_acts.called(request, Act.SPOKE, by=rosa)

        assert states(request) == {"promise": "cancelled", "offer": "cancelled"}

    def test_of_a_promise_is_taken_back_when_we_called_before_it_went(self, rosa):
        request = make_request(phone="+60123456789")

        staff_acts.called(request, Act.SPOKE, by=rosa)

        assert states(request) == {"promise": "cancelled"}

    def test_does_not_come_back_by_an_undo_unless_it_is_true_again(self, rosa):
        request = make_request(FRIDAY)

        booking.cancel(request, by=rosa)
        undoing.undo(request.events.last(), by=rosa)

        assert states(request)["confirmed"] == "queued"
        assert "cancelled" not in states(request)


def calendar_in(letter):
    """The text of the calendar file that goes with a letter."""
    return letter.attachments[0].get_payload(decode=True).decode()


class TestALetter:
    def of(self, kind):
        """The letter of the only message of a kind, as it is when it falls due."""
        message = Message.objects.get(kind=kind)
        return letters.letter_of(message, at=max(NOW, message.not_before))

    def test_has_text_html_a_calendar_file_and_a_lasting_id(self):
        request = make_request(FRIDAY)

        letter = self.of("confirmed")

        assert request.letter_link() in letter.body
        assert "Friday 5 June 2026 at 10:00" in letter.body
        assert [kind for _content, kind in letter.alternatives] == ["text/html"]
        (part,) = letter.attachments
        assert (part.get_filename(), part.get_content_type()) == ("appointment.ics", "text/calendar")
        assert "SEQUENCE:0" in calendar_in(letter)
        assert letter.extra_headers["Message-ID"] == self.of("confirmed").extra_headers["Message-ID"]

    def test_is_answered_by_the_clinic_and_by_no_machine(self):
        make_request(FRIDAY)

        for kind, reply_to in [("confirmed", ["desk@example.org"]), ("clinic-notice", [])]:
            letter = self.of(kind)
            assert letter.reply_to == reply_to
            assert letter.extra_headers["Auto-Submitted"] == "auto-generated"

    def test_names_nobody_to_answer_to_where_the_clinic_has_no_address(self):
        make_request(FRIDAY)
        make_clinic(email="")

        assert self.of("confirmed").reply_to == []

    @pytest.mark.parametrize(
        "name",
        one_in(
            8,
            [
                *("You won: evil.com", "Win money at evil-casino.com/x now", "write to a@evil.com", "t.me/evil"),
                *(
                    "\uff57\uff57\uff57.evil.com",
                    "evil\u3002com",
                    "www\u2024evil\u2024com",
                    "call 0900 123456",
                    "J.R. Ewing",
                ),
                *("Aisha a/l Bala", "x" * 41, "Ann, click here", "A(evil)", "http:evil", "evil\uff0ecom"),
            ],
        ),
    )
    def test_greets_without_a_name_of_which_a_mail_program_could_make_a_link(self, name):
        make_request(FRIDAY, name=name)

        letter = self.of("confirmed")

        assert letter.body.startswith("Hello,\n")
        assert name not in letter.body
        (html, _kind) = letter.alternatives[0]
        assert name not in html

    @pytest.mark.parametrize(
        "name",
        [
            *one_in(4, ["Aisha", "Zoë d'Souza", "Nguyễn Thị Minh-Khai", "王小明", "முருகன்", "O’Brien", "é" * 40]),
            *("علی\u200cرضا", "Anne\u2011Marie"),
        ],
    )
    def test_greets_with_a_name_of_letters_as_people_write_it(self, name):
        make_request(FRIDAY, name=name)

        assert self.of("confirmed").body.startswith(f"Hello {name},\n")

    def test_links_our_own_addresses_alone(self):
        make_clinic(address="1 Road, see maps.example.com", bring="https://elsewhere.example/form")
        make_request(FRIDAY, message="https://evil.example", name="Aisha")

        (html, _kind) = self.of("confirmed").alternatives[0]

        addresses = re.findall(r'href="([^"]+)"', html)
        assert addresses
        assert all(address.startswith("http://127.0.0.1:8000/") for address in addresses)

    @pytest.mark.parametrize("act", one_in(3, ["asked", "changed", "cancelled"]))
    def test_to_the_clinic_says_that_a_health_answer_waits_and_not_which(self, act):
        request = make_request(FRIDAY, needs_clinician=True, precautions="new-spot")
        if act == "changed":
            booking.change_time(request, FRIDAY + HOUR)
        if act == "cancelled":
            booking.cancel(request)

        letter = letters.letter_of(Message.objects.get(kind="clinic-notice", payload__act=act))

        assert "A health answer waits to be looked at." in letter.body
        assert "new-spot" not in letter.body

    def test_to_the_clinic_without_a_health_answer_says_nothing_of_one(self):
        make_request(FRIDAY)

        assert "health" not in self.of("clinic-notice").body

    @pytest.mark.parametrize("kind", ["confirmed", "clinic-notice"])
    def test_names_no_treatment_and_no_person_in_its_subject(self, kind):
        make_request(FRIDAY, name="Zebedee")

        assert "Zebedee" not in self.of(kind).subject

    def test_to_the_clinic_holds_nothing_personal(self):
        make_request(FRIDAY, name="Zebedee", message="My secret")

        letter = self.of("clinic-notice")

        assert not {"Zebedee", "My secret", "aisha"} & set(letter.body.split())
        assert letter.to == ["desk@example.org"]

    def test_of_a_cancelled_visit_cancels_it_in_the_calendar(self):
        request = make_request(FRIDAY)
        booking.cancel(request)

        letter = self.of("cancelled")

        assert "Some calendars keep it: then delete it there." in letter.body
        assert letter.attachments[0].get_param("method") == "CANCEL"
        found = calendar_in(letter)
        assert "STATUS:CANCELLED" in found
        assert "SEQUENCE:1" in found
        assert "DTSTART:20260605T020000Z" in found
        assert f"UID:{request.public_id}\r\n" in found

    def test_holds_no_private_link_in_its_calendar_file(self):
        request = make_request(FRIDAY)

        found = calendar_in(self.of("confirmed")).replace("\r\n ", "")

        assert request.signature() not in found
        assert "http" not in found

    @pytest.mark.parametrize(
        ("kind", "late"), one_in(3, [("reminder-3-days", 1), ("reminder-1-day", 1), ("reminder-1-day", 3)])
    )
    def test_that_reminds_is_none_on_another_day_than_it_says(self, kind, late):
        make_request(FRIDAY)
        message = Message.objects.get(kind=kind)
        assert self.of(kind) is not None

        assert letters.letter_of(message, at=message.not_before + datetime.timedelta(days=late)) is None

    @pytest.mark.parametrize(
        ("kind", "late"),
        one_in(
            3,
            [
                ("promise", datetime.timedelta(hours=6)),
                ("promise", datetime.timedelta(days=4)),
                ("confirmed", datetime.timedelta(days=4, hours=2)),
                ("confirmed", datetime.timedelta(days=9)),
                ("cancelled", datetime.timedelta(days=5)),
                ("offer", datetime.timedelta(days=4, hours=4)),
            ],
        ),
    )
    def test_is_none_when_its_moment_is_over(self, rosa, kind, late):
        request = make_request(None if kind == "promise" else FRIDAY, phone="+60123456789")
        if kind == "cancelled":
            booking.cancel(request)
        if kind == "offer":
            staff_acts.offer(request, [FRIDAY + HOUR], by=rosa)
        message = Message.objects.get(kind=kind)
        assert letters.letter_of(message, at=NOW) is not None

        assert letters.letter_of(message, at=NOW + late) is None

    @pytest.mark.parametrize("start", [None, FRIDAY])
    @pytest.mark.parametrize("facts", one_in(2, [{"address": "", "access": "", "phone": "", "bring": ""}, {}]))
    def test_has_one_blank_line_between_its_paragraphs(self, rosa, start, facts):
        make_clinic(**facts)
        request = make_request(start)
        bodies = true_bodies()
        outbox.link_again(request, NOW)
        bodies += true_bodies()
        staff_acts.offer(request, [FRIDAY + HOUR], by=rosa)
        bodies += true_bodies()
        booking.cancel(request)
        bodies += true_bodies()

        assert len(bodies) > 4
        assert [body for body in bodies if "\n\n\n" in body] == []

    def test_that_offers_names_only_what_is_still_free(self, rosa):
        staff_acts.offer(make_request(), [FRIDAY, FRIDAY + HOUR], by=rosa)
        make_request(FRIDAY, email="b@example.org")

        body = letters.letter_of(Message.objects.get(kind="offer")).body

        assert "- Friday 5 June 2026, 11:00" in body
        assert "- Friday 5 June 2026, 10:00" not in body

    def test_that_offers_is_none_when_nothing_of_it_is_free(self, rosa):
        staff_acts.offer(make_request(), [FRIDAY], by=rosa)
        make_request(FRIDAY, email="b@example.org")

        assert letters.letter_of(Message.objects.get(kind="offer")) is None

    def test_that_asks_to_press_for_a_time_is_none_when_someone_else_has_it(self):
        make_clinic(unheard_share=1)
        make_request(FRIDAY + HOUR, email="first@example.org")
        make_request(FRIDAY)
        assert "you asked for this time. It is free, and not held for you yet:\n\nFriday 5 June 2026 at 10:00\n" in (
            self.of("wished").body
        )

        make_clinic(unheard_share=12)
        make_request(FRIDAY, email="b@example.org")

        assert self.of("wished") is None

    def test_with_links_brings_every_open_one_to_that_address(self):
        requests = [make_request(FRIDAY), make_request(email="AISHA@example.org", phone="+60123456789")]
        closed, other = booking.cancel(make_request()), make_request(email="b@example.org", phone="+60123456788")
        outbox.link_again(requests[0], NOW)

        body = self.of("link").body

        assert all(request.letter_link() in body for request in requests)
        assert not any(request.letter_link() in body for request in (closed, other))

    def test_with_links_is_none_when_nothing_is_open_any_more(self):
        request = make_request(FRIDAY)
        outbox.link_again(request, NOW)

        booking.cancel(request)

        assert letters.letter_of(Message.objects.get(kind="link")) is None

    def test_is_none_when_there_is_nobody_left_to_write_to(self):
        request = make_request(FRIDAY)
        message = Message.objects.get(kind="confirmed")
        booking.erase(request)
        message.refresh_from_db()

        assert letters.letter_of(message) is None


class TestWithoutAMailServer:
    @pytest.fixture(autouse=True)
    def _folder(self, settings, tmp_path):
        settings.MAIL_FOLDER = tmp_path / "mail"
        settings.EMAIL_BACKEND = "treatments.follow_up.mail.FolderBackend"

    def test_letters_are_files_that_are_erased_with_their_request(self, settings, django_capture_on_commit_callbacks):
        request = make_request(FRIDAY)

        call_command("work", once=True)

        files = list(settings.MAIL_FOLDER.iterdir())
        found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        assert {letter["To"] for letter in found} == {"aisha@example.org", "desk@example.org"}
        with django_capture_on_commit_callbacks(execute=True):
            booking.erase(request)
        assert list(settings.MAIL_FOLDER.iterdir()) == []

    @pytest.mark.parametrize("kind", one_in(2, ["confirmed", "clinic-notice"]))
    def test_a_letter_whose_request_is_erased_while_it_is_written_leaves_no_file(
        self, settings, monkeypatch, django_capture_on_commit_callbacks, kind
    ):
        request = make_request(FRIDAY)
        message = Message.objects.get(kind=kind)
        write = letters.letter_of

        def erase_meanwhile(*arguments, **options):
            letter = write(*arguments, **options)
            with django_capture_on_commit_callbacks(execute=True):
                booking.erase(request)
            return letter

        monkeypatch.setattr(letters, "letter_of", erase_meanwhile)

        sending.send(message.pk, "me")

        assert list(settings.MAIL_FOLDER.iterdir()) == []

    def test_a_test_letter_is_a_file_too(self, settings):
        assert sending.send_test("boss@example.org") == ""

        (file,) = settings.MAIL_FOLDER.iterdir()
        assert b"Letters from your site arrive." in file.read_bytes()


class TestTheEndOfData:
    def test_comes_after_the_days_that_the_clinic_set(self, time_machine):
        call = make_request(email="b@example.org")
        visit = make_request(FRIDAY)
        dates = [personal_data.erased_on(request, Clinic.objects.current()) for request in (call, visit)]

        assert dates == [datetime.date(2026, 8, 30), datetime.date(2027, 6, 5)]
        booking.cancel(call)
        sending.send_due("me")
        time_machine.move_to(NOW + datetime.timedelta(days=91), tick=False)
        assert (retention.erase_expired(), retention.erase_expired()) == (1, 0)
        call.refresh_from_db()
        visit.refresh_from_db()
        assert (call.name, visit.name) == ("", "Aisha")
        time_machine.move_to(FRIDAY + datetime.timedelta(days=366), tick=False)
        sending.send_due("me")
        assert (retention.erase_expired(), retention.erase_expired()) == (1, 0)

    def test_of_the_network_address_and_the_mailbox_comes_after_a_day(self, time_machine):
        request = booking.ask({"name": "Aisha", "email": "a@example.org"}, form_key="a", client="192.0.2.1")
        sending.send_due("me")
        known = []
        for hours in (23, 25):
            time_machine.move_to(NOW + datetime.timedelta(hours=hours), tick=False)
            retention.erase_expired()
            request.refresh_from_db()
            mailbox = request.messages.get(kind="promise").mailbox_digest
            known.append([bool(digest) for digest in (request.client_digest, request.network_digest, mailbox)])

        assert known == [[True] * 3, [False] * 3]

    def test_is_only_counted_until_it_is_asked_for(self, time_machine, capsys):
        booking.cancel(make_request())
        sending.send_due("me")
        time_machine.move_to(NOW + datetime.timedelta(days=91), tick=False)

        call_command("erase_expired")
        call_command("erase_expired", now=True)
        call_command("erase_expired", now=True)

        assert [line.split(".")[0] for line in capsys.readouterr().out.splitlines()] == [
            "Would be erased: 1",
            "Erased: 1",
            "Erased: 0",
        ]
