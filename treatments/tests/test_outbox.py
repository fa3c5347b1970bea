"""Messages are rows first: nothing is lost when sending fails, and nothing goes out twice without need."""

import datetime
import smtplib
import zoneinfo
from email import message_from_bytes, policy

import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from treatments import booking, desk, letters, outbox, retention
from treatments.models import Act, Clinic, Message
from treatments.models.message import MessageKind
from treatments.tests.builders import make_open_clinic, make_request

NOW = datetime.datetime(2026, 6, 1, 8, tzinfo=zoneinfo.ZoneInfo("Asia/Kuala_Lumpur"))
FRIDAY = NOW + datetime.timedelta(days=4, hours=2)


@pytest.fixture(autouse=True)
def _monday_morning(time_machine, db):
    time_machine.move_to(NOW, tick=False)
    make_open_clinic(email="desk@example.org", phone="+60 3 1234 5678", bring="Your list of medicines")


def state_of(kind):
    message = Message.objects.get(kind=kind)
    return message.state, message.attempts


class Refusing:
    """A mail server that answers every letter with this fault."""

    def __init__(self, fault):
        self.fault = fault

    def send_messages(self, letters):
        raise self.fault


class TestWhatIsDue:
    def test_goes_out_and_the_rest_waits(self):
        make_request(FRIDAY)

        assert outbox.send_due("me") == 2

        assert {letter.to[0] for letter in mail.outbox} == {"aisha@example.org", "desk@example.org"}
        assert state_of("reminder-1-day") == ("queued", 0)

    def test_goes_out_once(self):
        make_request(FRIDAY)

        assert [outbox.send_due("me"), outbox.send_due("other")] == [2, 0]

    def test_of_a_later_day_goes_out_then(self, time_machine):
        make_request(FRIDAY)
        outbox.send_due("me")

        for days in (3, 1):
            time_machine.move_to(FRIDAY - datetime.timedelta(days=days), tick=False)
            assert outbox.send_due("me") == 1

        assert [letter.subject for letter in mail.outbox[2:]] == [
            "Your clinic appointment is in 3 days",
            "Your clinic appointment is tomorrow",
        ]
        assert "Your list of medicines" in mail.outbox[-1].body

    def test_is_left_to_whoever_claimed_it_until_the_lease_ends(self):
        make_request(FRIDAY)
        Message.objects.update(lease_owner="other", lease_until=timezone.now() + datetime.timedelta(minutes=1))

        assert outbox.send_due("me") == 0
        Message.objects.update(lease_until=timezone.now() - datetime.timedelta(seconds=1))
        assert outbox.send_due("me") == 2

    def test_is_not_marked_by_someone_whose_lease_is_gone(self):
        make_request(FRIDAY)
        message = Message.objects.get(kind="confirmed")
        Message.objects.filter(pk=message.pk).update(lease_owner="other")

        assert outbox.finish(message, "me", state="sent", sent_at=NOW) == 0

    def test_that_was_taken_back_is_not_sent(self):
        request = make_request(FRIDAY)
        booking.cancel(request)

        outbox.send_due("me")

        subjects = sorted(letter.subject for letter in mail.outbox)
        assert subjects == ["A consultation request", "Your clinic appointment is cancelled"]

    def test_by_hand_is_never_sent(self):
        make_request(FRIDAY, email="", phone="+60123456789")

        outbox.send_due("me")

        assert {letter.to[0] for letter in mail.outbox} == {"desk@example.org"}
        assert [message.kind for message in Message.objects.by_hand(NOW)] == [MessageKind.CALL_TO_CONFIRM]


class TestAMailServerThatFails:
    @pytest.mark.parametrize(
        "fault",
        [
            ConnectionRefusedError(111, "refused"),
            TimeoutError("slow"),
            smtplib.SMTPServerDisconnected("gone"),
            smtplib.SMTPDataError(451, b"later"),
            smtplib.SMTPRecipientsRefused({"aisha@example.org": (450, b"busy")}),
        ],
    )
    def test_for_now_loses_nothing_and_is_asked_again_later(self, monkeypatch, time_machine, fault):
        make_request(FRIDAY)
        with monkeypatch.context() as patch:
            patch.setattr(outbox, "get_connection", lambda: Refusing(fault))
            assert outbox.send_due("me") == 0
        message = Message.objects.get(kind="confirmed")
        assert (message.state, message.attempts) == ("queued", 1)
        assert message.not_before > NOW
        assert "aisha" not in message.fault

        time_machine.move_to(message.not_before, tick=False)
        assert outbox.send_due("me") == 2

    def test_for_good_is_told_to_the_desk(self, monkeypatch):
        make_request(FRIDAY)
        fault = smtplib.SMTPRecipientsRefused({"aisha@example.org": (550, b"no such user")})
        monkeypatch.setattr(outbox, "get_connection", lambda: Refusing(fault))

        outbox.send_due("me")

        assert state_of("confirmed") == ("failed", 1)

    @pytest.mark.parametrize("domain", ["é" * 60 + ".com", "\uff61a.com"])
    def test_for_an_address_without_a_form_for_the_network_keeps_no_other_letter(self, domain):
        make_request(FRIDAY, email=f"x@{domain}")

        assert outbox.send_due("me") == 1

        assert state_of("confirmed") == ("failed", 1)
        assert [letter.to[0] for letter in mail.outbox] == ["desk@example.org"]
        assert "Check the address" in Message.objects.get(kind="confirmed").fault

    def test_is_given_up_after_many_attempts(self, monkeypatch, time_machine):
        make_request(FRIDAY + datetime.timedelta(days=7))
        monkeypatch.setattr(outbox, "get_connection", lambda: Refusing(OSError(113, "no route")))

        for _attempt in range(outbox.MOST_ATTEMPTS):
            time_machine.move_to(Message.objects.get(kind="confirmed").not_before, tick=False)
            outbox.send_due("me")

        assert state_of("confirmed") == ("failed", outbox.MOST_ATTEMPTS)
        assert timezone.now() - NOW > datetime.timedelta(days=1)


class TestALetter:
    def of(self, kind):
        return letters.letter_of(Message.objects.get(kind=kind))

    def test_has_text_html_a_calendar_file_and_a_lasting_id(self):
        request = make_request(FRIDAY)

        letter = self.of("confirmed")

        assert request.private_link() in letter.body
        assert "Friday 5 June 2026 at 10:00" in letter.body
        assert [kind for _content, kind in letter.alternatives] == ["text/html"]
        ((name, content, kind),) = letter.attachments
        assert (name, kind) == ("appointment.ics", "text/calendar")
        assert "SEQUENCE:0" in content
        assert letter.extra_headers["Message-ID"] == self.of("confirmed").extra_headers["Message-ID"]

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
        booking.cancel(make_request(FRIDAY))

        ((_name, content, _kind),) = self.of("cancelled").attachments

        assert "STATUS:CANCELLED" in content
        assert "SEQUENCE:1" in content
        assert "DTSTART:20260605T020000Z" in content

    @pytest.mark.parametrize(("kind", "late"), [("reminder-3-days", 1), ("reminder-1-day", 1), ("reminder-1-day", 3)])
    def test_that_reminds_is_none_on_another_day_than_it_says(self, time_machine, kind, late):
        make_request(FRIDAY)
        message = Message.objects.get(kind=kind)
        assert self.of(kind) is not None

        time_machine.move_to(message.not_before + datetime.timedelta(days=late), tick=False)

        assert self.of(kind) is None

    def test_that_promises_a_call_is_none_after_it(self, django_user_model):
        request = make_request()
        assert self.of("promise") is not None

        desk.called(request, Act.SPOKE, by=django_user_model.objects.create_user("rosa"))

        assert self.of("promise") is None

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
        settings.EMAIL_BACKEND = "treatments.mail.FolderBackend"

    def test_letters_are_files_that_are_erased_with_their_request(self, settings):
        request = make_request(FRIDAY)

        call_command("work", once=True)

        files = list(settings.MAIL_FOLDER.iterdir())
        found = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
        assert {letter["To"] for letter in found} == {"aisha@example.org", "desk@example.org"}
        booking.erase(request)
        assert list(settings.MAIL_FOLDER.iterdir()) == []

    def test_a_test_letter_is_a_file_too(self, settings):
        assert outbox.send_test("boss@example.org") == ""

        (file,) = settings.MAIL_FOLDER.iterdir()
        assert b"Letters from your site arrive." in file.read_bytes()


class TestTheEndOfData:
    def test_comes_after_the_days_that_the_clinic_set(self, time_machine):
        call = make_request(email="b@example.org")
        visit = make_request(FRIDAY)
        dates = [retention.erased_on(request, Clinic.objects.current()) for request in (call, visit)]

        assert dates == [datetime.date(2026, 8, 30), datetime.date(2027, 6, 5)]
        time_machine.move_to(NOW + datetime.timedelta(days=91), tick=False)
        assert (retention.erase_expired(), retention.erase_expired()) == (1, 0)
        call.refresh_from_db()
        visit.refresh_from_db()
        assert (call.name, visit.name) == ("", "Aisha")
        time_machine.move_to(FRIDAY + datetime.timedelta(days=366), tick=False)
        assert (retention.erase_expired(), retention.erase_expired()) == (1, 0)

    def test_of_the_network_address_comes_after_an_hour(self, time_machine):
        request = booking.ask({"name": "Aisha", "email": "a@example.org"}, form_key="a", client="192.0.2.1")
        known = []
        for minutes in (59, 61):
            time_machine.move_to(NOW + datetime.timedelta(minutes=minutes), tick=False)
            retention.erase_expired()
            request.refresh_from_db()
            known.append(bool(request.client_digest))

        assert known == [True, False]

    def test_is_only_counted_until_it_is_asked_for(self, time_machine, capsys):
        make_request()
        time_machine.move_to(NOW + datetime.timedelta(days=91), tick=False)

        call_command("erase_expired")
        call_command("erase_expired", now=True)
        call_command("erase_expired", now=True)

        assert [line.split(".")[0] for line in capsys.readouterr().out.splitlines()] == [
            "Would be erased: 1",
            "Erased: 1",
            "Erased: 0",
        ]
