"""The worker sends what is due: nothing is lost when sending fails, and nothing goes out twice without need."""

import asyncio
import datetime
import smtplib
import socket
import ssl
import time

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import OperationalError
from django.utils import timezone

from treatments.consultation import booking, contact, staff_acts
from treatments.follow_up import letters, outbox, sending, settling
from treatments.follow_up import mail as mail_backends
from treatments.models import Clinic, ConsultationRequest, Message, MessageState, Task, TaskKind
from treatments.models.private_link import new_secret
from treatments.tests.builders import make_clinic, make_open_clinic, make_request
from treatments.tests.monday import DAY, FRIDAY, HOUR, MINUTE, NOW
from treatments.tests.tables import one_in
from treatments.tests.waiting import until

CLINIC = "desk@clinic.example"


@pytest.fixture(autouse=True)
def _clinic(monday_morning, db):
    make_open_clinic(email=CLINIC)


def outcome(kind):
    """The state of the only letter of a kind, and after how many attempts."""
    message = Message.objects.get(kind=kind)
    return message.state, message.attempts


def make_call(email):
    """A request to be called that has no letter yet."""
    return ConsultationRequest.objects.create(way="call", name="Aisha", email=email)


def receivers():
    return [letter.to[0] for letter in mail.outbox]


class Answering:
    """A mail server that takes a letter or answers with a error, by the address to which it goes."""

    def __init__(self, *errors, **by_address):
        self.always, self.by_address, self.taken = errors[0] if errors else None, by_address, []

    def __call__(self, **options):
        return self

    def send_messages(self, sent):
        for letter in sent:
            error = self.by_address.get(letter.to[0].partition("@")[0], self.always)
            if error:
                raise error
            self.taken.append(letter)


@pytest.fixture
def serve(monkeypatch):
    """Let letters go to this server from now on."""

    def use(server):
        monkeypatch.setattr(sending, "get_connection", server)
        return server

    return use


def refused(code, text):
    return smtplib.SMTPRecipientsRefused({"x@example.org": (code, text)})


class TestWhatIsDue:
    def test_goes_out_and_the_rest_waits(self):
        make_request(FRIDAY)

        assert sending.send_due("me") == 2

        assert set(receivers()) == {"aisha@example.org", CLINIC}
        assert outcome("reminder-1-day") == ("queued", 0)

    def test_goes_out_once(self):
        make_request(FRIDAY)

        assert [sending.send_due("me"), sending.send_due("other")] == [2, 0]

    def test_of_a_later_day_goes_out_then(self, time_machine):
        make_clinic(bring="Your list of medicines")
        make_request(FRIDAY)
        sending.send_due("me")

        for days in (3, 1):
            time_machine.move_to(FRIDAY - days * DAY, tick=False)
            assert sending.send_due("me") == 1

        assert [letter.subject for letter in mail.outbox[2:]] == [
            "Your clinic appointment is in 3 days",
            "Your clinic appointment is tomorrow",
        ]
        assert "Your list of medicines" in mail.outbox[-1].body

    def test_that_was_taken_back_is_not_sent(self):
        request = make_request(FRIDAY)
        booking.cancel(request)

        sending.send_due("me")

        assert [letter.subject for letter in mail.outbox if letter.to == ["aisha@example.org"]] == [
            "Your clinic appointment is cancelled"
        ]

    def test_stops_after_the_letter_in_hand_when_the_worker_is_told_to(self):
        make_request(FRIDAY)
        make_request(FRIDAY + HOUR, email="b@example.org")

        sent = sending.send_due("me", is_stopped=lambda: bool(mail.outbox))

        assert (sent, len(mail.outbox)) == (1, 1)

    @pytest.mark.parametrize("kind", one_in(3, ["confirmed", "reminder-3-days", "clinic-notice"]))
    def test_is_written_anew_and_not_sent_if_it_is_untrue_by_then(self, kind):
        """Also where no act has taken it back, as when a database was restored or the clinic has lost its address."""
        request = make_request(FRIDAY)
        Message.objects.exclude(kind=kind).delete()
        Message.objects.update(not_before=NOW)
        ConsultationRequest.objects.filter(pk=request.pk).update(state="cancelled", is_set_apart=True)

        assert sending.send_due("me") == 0

        assert (outcome(kind)[0], mail.outbox) == ("cancelled", [])

    @pytest.mark.parametrize("late", one_in(3, [DAY, 2 * DAY, 30 * DAY]))
    def test_goes_out_never_when_the_mail_server_was_away_until_it_was_over(self, serve, time_machine, late):
        make_request(FRIDAY)
        serve(Answering(ConnectionRefusedError()))
        sending.send_due("me")

        server = serve(Answering())
        time_machine.move_to(FRIDAY + late, tick=False)
        sending.send_due("me")

        assert [letter.to for letter in server.taken] == [[CLINIC]]

    def test_that_reminds_and_comes_too_late_becomes_a_call(self, serve, time_machine):
        request = make_request(FRIDAY, phone="+60123456789")
        sending.send_due("me")
        Message.objects.filter(kind="reminder-3-days").delete()
        serve(Answering(ConnectionRefusedError()))
        time_machine.move_to(FRIDAY - DAY, tick=False)
        sending.send_due("me")

        serve(Answering())
        time_machine.move_to(FRIDAY - HOUR, tick=False)
        sending.send_due("me")

        assert outcome("reminder-1-day")[0] == "cancelled"
        assert [task.kind for task in request.tasks.open()] == ["call-to-remind"]


class TestALease:
    def test_leaves_a_letter_to_whoever_claimed_it_until_it_ends(self):
        make_request(FRIDAY)
        Message.objects.update(lease_owner="other", lease_until=timezone.now() + MINUTE)

        assert sending.send_due("me") == 0
        Message.objects.update(lease_until=timezone.now() - datetime.timedelta(seconds=1))
        assert sending.send_due("me") == 2

    def test_is_longer_than_any_step_and_renewed_between_them(self, serve, time_machine):
        make_request(FRIDAY)
        message = Message.objects.get(kind="confirmed")
        tried = []

        class Slow:
            """Takes nine minutes for each step, in which another worker looks."""

            def __init__(self, between_steps):
                self.between_steps = between_steps

            def send_messages(self, sent):
                for _step in range(4):
                    self.between_steps()
                    time_machine.shift(9 * MINUTE)
                    tried.append(sending.send(message.pk, "other"))

        serve(Slow)

        assert sending.send(message.pk, "me")
        assert tried == [False] * 4
        assert outcome("confirmed") == ("sent", 1)

    def test_that_another_worker_holds_by_now_is_not_given_back(self):
        make_request(FRIDAY)
        message = Message.objects.get(kind="confirmed")
        Message.objects.filter(pk=message.pk).update(lease_owner="other", lease_until=NOW + MINUTE)

        sending.renew([message], "me")

        assert sending.release(message, "me", state="failed") == 0
        message.refresh_from_db()
        assert (message.lease_owner, message.lease_until, message.state) == ("other", NOW + MINUTE, "queued")

    def test_that_ended_does_not_hide_that_the_letter_went_out(self):
        make_request(FRIDAY)
        message = Message.objects.get(kind="confirmed")
        Message.objects.filter(pk=message.pk).update(lease_owner="other", lease_until=NOW + MINUTE)

        sending.finish(message)

        assert outcome("confirmed")[0] == "sent"

    def test_keeps_a_letter_that_is_being_sent_from_being_taken_back(self, serve):
        request = make_request(FRIDAY)
        message = Message.objects.get(kind="confirmed")

        class Meanwhile:
            def send_messages(self, sent):
                booking.cancel(request)

        serve(lambda **options: Meanwhile())
        sending.send(message.pk, "me")

        assert outcome("confirmed")[0] == "sent"
        assert outcome("cancelled") == ("queued", 0)


class TestAMailServerThatFails:
    @pytest.mark.parametrize(
        "error",
        one_in(
            6,
            [
                ConnectionRefusedError(111, "refused"),
                TimeoutError("slow"),
                ssl.SSLError("handshake"),
                smtplib.SMTPServerDisconnected("gone"),
                smtplib.SMTPConnectError(554, b"no service here"),
                smtplib.SMTPConnectError(421, b"busy"),
                smtplib.SMTPHeloError(501, b"who?"),
                smtplib.SMTPSenderRefused(451, b"later", "clinic@example.org"),
                smtplib.SMTPDataError(421, b"later"),
                smtplib.SMTPDataError(452, b"4.3.1 full"),
                refused(450, b"greylisted"),
                refused(452, b"too many"),
            ],
        ),
    )
    def test_for_now_loses_nothing_and_is_asked_again_later(self, serve, time_machine, error):
        make_request(FRIDAY)
        serve(Answering(error))
        assert sending.send_due("me") == 0
        message = Message.objects.get(kind="confirmed")
        assert (message.state, message.attempts, message.is_of_our_account) == ("queued", 1, False)
        assert message.not_before > NOW
        assert "example.org" not in message.error

        server = serve(Answering())
        time_machine.move_to(message.not_before, tick=False)
        assert sending.send_due("me") == 2
        assert [letter.extra_headers["Message-ID"] for letter in server.taken] == [
            letters.letter_of(message, at=NOW).extra_headers["Message-ID"],
            letters.letter_of(Message.objects.get(kind="clinic-notice")).extra_headers["Message-ID"],
        ]

    @pytest.mark.parametrize(
        "error",
        one_in(
            3,
            [refused(550, b"5.1.1 no such user"), refused(553, b"5.1.3 bad"), smtplib.SMTPDataError(552, b"too large")],
        ),
    )
    def test_for_good_is_told_to_the_desk_once(self, serve, error):
        request = make_request(FRIDAY, phone="+60123456789")
        serve(Answering(aisha=error))

        sending.send_due("me")
        settling.sweep(NOW)

        assert outcome("confirmed") == ("failed", 1)
        (task,) = request.tasks.open()
        assert (task.kind, task.message.kind) == ("not-delivered", "confirmed")
        assert "example.org" not in task.message.error

    @pytest.mark.parametrize("domain", one_in(2, ["é" * 60 + ".com", "\uff61a.com"]))
    def test_for_an_address_without_a_form_for_the_network_keeps_no_other_letter(self, domain):
        make_request(FRIDAY, email=f"x@{domain}")

        assert sending.send_due("me") == 1

        assert outcome("confirmed") == ("failed", 1)
        assert receivers() == [CLINIC]
        assert "Check the address" in Message.objects.get(kind="confirmed").error

    @pytest.mark.slow
    def test_is_given_up_after_many_attempts(self, serve, time_machine):
        make_request(FRIDAY + 7 * DAY)
        serve(Answering(OSError(113, "no route")))

        for _attempt in range(sending.MOST_ATTEMPTS):
            time_machine.move_to(Message.objects.get(kind="confirmed").not_before, tick=False)
            sending.send_due("me")

        assert outcome("confirmed") == ("failed", sending.MOST_ATTEMPTS)
        assert DAY < timezone.now() - NOW < 3 * DAY

    def test_for_one_letter_keeps_no_other_request_waiting(self, serve):
        make_request(FRIDAY)
        make_request(FRIDAY + HOUR, email="b@example.org")
        server = serve(Answering(aisha=refused(450, b"busy")))

        sending.send_due("me")

        assert ["b@example.org"] in [letter.to for letter in server.taken]

    def test_for_the_patients_letter_keeps_the_clinics_of_the_same_request_not_waiting(self, serve):
        make_request(FRIDAY)
        server = serve(Answering(aisha=refused(450, b"busy")))

        sending.send_due("me")

        assert [letter.to for letter in server.taken] == [[CLINIC]]

    def test_for_the_clinics_letter_keeps_the_patients_of_the_same_request_not_waiting(self, serve):
        request = make_request(FRIDAY)
        server = serve(Answering(desk=refused(452, b"full")))
        sending.send_due("me")

        booking.change_time(request, FRIDAY + HOUR)
        sending.send_due("me")

        assert [letter.subject for letter in server.taken] == [
            "Your clinic appointment",
            "Your clinic appointment has changed",
        ]


@pytest.mark.slow
class TestAFaultOfOurOwnAccount:
    FAULTS = [
        smtplib.SMTPAuthenticationError(535, b"5.7.8 wrong"),
        smtplib.SMTPAuthenticationError(454, b"4.7.0 later"),
        smtplib.SMTPAuthenticationError(534, b"5.7.9 mechanism too weak"),
        smtplib.SMTPNotSupportedError("SMTP AUTH extension not supported by server."),
        smtplib.SMTPSenderRefused(530, b"5.7.0 Must issue a STARTTLS command first", "clinic@example.org"),
        smtplib.SMTPSenderRefused(550, b"5.4.5 Daily user sending limit exceeded", "clinic@example.org"),
        smtplib.SMTPSenderRefused(553, b"5.7.1 sender address rejected: not owned by user", "clinic@example.org"),
        smtplib.SMTPDataError(550, b"5.4.5 quota"),
        smtplib.SMTPDataError(554, b"5.7.1 account suspended"),
        refused(530, b"authentication required"),
        refused(554, b"Relay access denied"),
        refused(550, b"5.7.1 relaying denied"),
        refused(550, b"5.7.26 unauthenticated mail is prohibited"),
    ]

    @pytest.mark.parametrize("error", FAULTS)
    def test_keeps_every_letter_waiting_with_one_task_for_the_manager(self, serve, error):
        request = make_request(FRIDAY)
        make_request(FRIDAY + HOUR, email="b@example.org")
        serve(Answering(error))

        sending.send_due("me")

        # The clinic's notices are one letter.
        assert Message.objects.filter(state="queued", attempts=1, is_of_our_account=True).count() == 4
        assert not Message.objects.filter(state="failed").exists()
        (task,) = Task.objects.open()
        assert (task.kind, task.request) == (TaskKind.MAIL_FAILS, None)
        assert "Our own mail account was refused" in request.messages.get(kind="clinic-notice").error

    def test_in_our_own_sender_keeps_letters_waiting_with_one_task(self, serve, settings):
        settings.DEFAULT_FROM_EMAIL = "Nexus: Clinic <clinic@example.org>"
        request = make_request(FRIDAY)
        make_request(FRIDAY + HOUR, email="b@example.org")
        serve(Answering(ValueError("Invalid address")))

        sending.send_due("me")

        assert Message.objects.filter(state="queued", attempts=1, is_of_our_account=True).count() == 4
        assert not Message.objects.filter(state="failed").exists()
        assert Task.objects.open().get().kind == TaskKind.MAIL_FAILS
        assert "The sender of our letters cannot be written" in request.messages.get(kind="confirmed").error

    def test_is_never_given_up(self, serve, time_machine):
        make_request(FRIDAY + 21 * DAY)
        serve(Answering(smtplib.SMTPAuthenticationError(535, b"5.7.8 wrong")))

        for _attempt in range(sending.MOST_ATTEMPTS + 3):
            time_machine.move_to(Message.objects.get(kind="confirmed").not_before, tick=False)
            sending.send_due("me")

        assert outcome("confirmed") == ("queued", sending.MOST_ATTEMPTS + 3)
        assert Task.objects.open().get().kind == TaskKind.MAIL_FAILS

    def test_is_over_when_letters_go_out_again_and_its_task_lapses(self, serve):
        make_request(FRIDAY)
        serve(Answering(smtplib.SMTPDataError(550, b"5.4.5 quota")))
        sending.send_due("me")

        server = serve(Answering())
        assert sending.try_again_now() == 2
        sending.send_due("me")
        settling.sweep(timezone.now())

        assert len(server.taken) == 2
        assert Task.objects.get(kind=TaskKind.MAIL_FAILS).state == "lapsed"

    @pytest.mark.parametrize(
        "error", [refused(550, b"5.1.1 no such user"), refused(552, b"5.2.2 mailbox full"), refused(550, b"5.4.1 no")]
    )
    def test_is_not_what_the_server_says_of_one_address(self, serve, error):
        make_request(FRIDAY)
        serve(Answering(aisha=error))

        sending.send_due("me")

        assert outcome("confirmed")[0] == "failed"
        assert not Task.objects.filter(kind=TaskKind.MAIL_FAILS).exists()

    def test_in_the_clinics_own_address_is_one_task_and_its_verb_sends_them_to_the_right_one(self, serve):
        for number in range(3):
            make_request(FRIDAY + number * HOUR, email=f"p{number}@example.org")
        serve(Answering(desk=refused(550, b"no such user")))
        sending.send_due("me")
        (task,) = Task.objects.open()
        assert (task.kind, task.payload) == (TaskKind.MAIL_FAILS, {"reason": "clinic-address"})

        make_clinic(email="right@clinic.example")
        server = serve(Answering())
        sending.try_again_now()
        sending.send_due("me")
        settling.sweep(timezone.now())

        assert [letter.to for letter in server.taken] == [["right@clinic.example"]]
        task.refresh_from_db()
        assert task.state == "lapsed"


@pytest.mark.slow
class TestTheLimitOfAMailbox:
    """Strangers can cause so many letters to one mailbox, across requests, and no more."""

    SPELLINGS = ["aisha@example.org", "Aisha@Example.ORG", "aisha+a@example.org", "AISHA+spam+b@example.org"]

    def cause(self, number, spellings=SPELLINGS):
        """So many letters that a stranger can cause, of requests in these spellings of the address."""
        for place in range(number):
            email = spellings[place % len(spellings)]
            request = ConsultationRequest.objects.filter(email=email).first() or make_call(email)
            outbox.link_again(request, timezone.now())

    def sent(self):
        return Message.objects.filter(kind="link", state="sent").count()

    def test_is_five_an_hour_in_every_spelling(self, time_machine):
        self.cause(8)

        assert [sending.send_due("me"), sending.send_due("other")] == [5, 0]

        waiting = Message.objects.filter(state="queued")
        assert set(waiting.values_list("not_before", "attempts", "error")) == {(NOW + HOUR, 0, "")}
        time_machine.move_to(NOW + HOUR, tick=False)
        assert sending.send_due("me") == 3

    def test_is_ten_a_day_and_loses_none(self, time_machine):
        self.cause(23)

        found = []
        for hours in range(0, 50):
            time_machine.move_to(NOW + hours * HOUR, tick=False)
            sending.send_due("me")
            if hours in (0, 1, 23, 24, 25, 48, 49):
                found.append(self.sent())

        assert found == [5, 10, 10, 15, 20, 23, 23]

    @pytest.mark.parametrize(
        "other", ["aisha@example.com", "aisha.b@example.org", "b@example.org", "xaisha@example.org"]
    )
    def test_is_another_for_another_mailbox(self, other):
        self.cause(6)
        self.cause(1, [other])

        assert sending.send_due("me") == 6
        assert other in receivers()

    def test_counts_what_the_form_the_private_page_and_the_asking_for_a_link_cause(self):
        request = make_request(FRIDAY)
        booking.change_time(request, FRIDAY + HOUR)
        sending.send_due("me")
        booking.change_time(request, FRIDAY + 2 * HOUR)
        booking.cancel(request)
        self.cause(1)

        counted = Message.objects.filter(mailbox_digest__gt="").values_list("kind", flat=True)
        assert set(counted) == {"confirmed", "changed", "cancelled", "link"}

    def test_does_not_count_reminders_nor_what_staff_do_nor_notices_to_the_clinic(self, time_machine):
        rosa = get_user_model().objects.create_user("rosa")
        request = make_request(FRIDAY)
        self.cause(8)
        sending.send_due("me")
        before = len(receivers())

        booking.change_time(request, FRIDAY + DAY * 3, by=rosa)
        contact.resend_link(request, by=rosa)
        staff_acts.offer(request, [FRIDAY], by=rosa)
        time_machine.shift(outbox.UNDO)
        sending.send_due("me")

        assert [letter.subject for letter in mail.outbox[before:]] == [
            "Your private link",
            "Times for your clinic appointment",
        ]

    def test_keeps_of_a_request_only_the_newest_true_letter_waiting(self, time_machine):
        self.cause(6)
        sending.send_due("me")
        request = make_request(FRIDAY)
        for hours in (1, 2, 3):
            booking.change_time(request, FRIDAY + hours * HOUR)
            sending.send_due("me")

        waiting = request.messages.filter(state="queued", mailbox_digest__gt="")
        assert [(message.kind, message.payload["start"]) for message in waiting] == [
            ("changed", (FRIDAY + 3 * HOUR).astimezone(datetime.UTC).isoformat())
        ]

    def test_makes_a_call_of_a_letter_that_could_not_go_before_its_visit(self, time_machine):
        self.cause(10)
        sending.send_due("me")
        time_machine.move_to(NOW + HOUR, tick=False)
        sending.send_due("me")

        request = make_request(NOW + 3 * HOUR, email="aisha@example.org", phone="+60123456789")
        sending.send_due("me")

        assert request.messages.get(kind="confirmed").state == "cancelled"
        assert [task.kind for task in request.tasks.open()] == ["call-to-confirm"]

    def test_tells_the_desk_of_such_a_letter_where_nobody_can_be_called(self, time_machine):
        self.cause(10)
        sending.send_due("me")
        time_machine.move_to(NOW + HOUR, tick=False)
        sending.send_due("me")

        request = make_request(NOW + 3 * HOUR, email="aisha@example.org")
        sending.send_due("me")

        assert request.messages.get(kind="confirmed").state == "failed"
        assert [task.kind for task in request.tasks.open()] == ["not-delivered"]

    def test_holds_for_two_workers_at_once(self, monkeypatch):
        self.cause(4)
        sending.send_due("me")
        self.cause(2)
        first, second = Message.objects.filter(state="queued").order_by("pk")
        meanwhile: list[bool] = []

        class InHand:
            def send_messages(self, sent):
                if not meanwhile:
                    meanwhile.append(sending.send(second.pk, "other"))

        monkeypatch.setattr(sending, "get_connection", lambda **options: InHand())

        assert sending.send(first.pk, "me")
        assert meanwhile == [False]
        assert self.sent() == 5


@pytest.mark.slow
class TestLettersThatAskForAPress:
    def wished(self, start, **answers):
        """A request above the share of people not heard from, which holds nothing and gets one letter."""
        return make_request(start, **answers)

    @pytest.fixture(autouse=True)
    def _share_is_used_up(self):
        make_clinic(unheard_share=1)
        make_request(FRIDAY + HOUR, email="first@example.org")
        sending.send_due("me")

    def already(self, number, at):
        """So many such letters have gone out before."""
        first = ConsultationRequest.objects.first()
        Message.objects.bulk_create(
            Message(request=first, kind="wished", state="sent", sent_at=at, key=new_secret()) for _n in range(number)
        )

    def test_are_at_most_sixty_an_hour_for_the_whole_site(self, time_machine):
        self.already(59, NOW - 30 * MINUTE)
        for number in range(3):
            self.wished(FRIDAY + (2 + number) * HOUR, email=f"w{number}@example.org")

        sending.send_due("me")
        now = [message.not_before for message in Message.objects.filter(kind="wished", state="queued")]
        time_machine.move_to(NOW + 30 * MINUTE, tick=False)
        sending.send_due("me")

        assert now == [NOW + 30 * MINUTE] * 2
        assert not Message.objects.filter(kind="wished", state="queued").exists()

    def test_keep_no_other_letter_waiting(self):
        self.already(60, NOW)
        self.wished(FRIDAY, email="w@example.org")
        make_request(email="c@example.org", phone="+60123456789")

        sending.send_due("me")

        assert "c@example.org" in receivers()
        assert "w@example.org" not in receivers()

    def test_become_a_call_when_the_wished_time_is_over_before_they_went(self, time_machine):
        self.already(60, NOW)
        request = self.wished(FRIDAY, email="w@example.org", phone="+60123456789")
        time_machine.move_to(FRIDAY + MINUTE, tick=False)

        sending.send_due("me")
        settling.sweep(timezone.now())

        assert request.messages.get(kind="wished").state == "cancelled"
        assert [task.kind for task in request.tasks.open()] == ["call"]


class TestLettersOfOneRequest:
    def test_go_in_order_also_when_the_first_has_to_be_tried_again(self, serve, time_machine):
        request = make_request(FRIDAY)
        serve(Answering(aisha=refused(451, b"later")))
        sending.send_due("me")
        outbox.link_again(request, NOW)

        server = serve(Answering())
        sending.send_due("me")
        assert "link" not in [letter.subject for letter in server.taken]
        assert outcome("link") == ("queued", 0)
        time_machine.move_to(Message.objects.get(kind="confirmed").not_before, tick=False)
        for _round in range(2):
            sending.send_due("me")

        assert [letter.subject for letter in server.taken if letter.to != [CLINIC]] == [
            "Your clinic appointment",
            "Your private link",
        ]

    def test_are_not_sent_by_two_workers_at_once(self, serve):
        request = make_request(FRIDAY)
        outbox.link_again(request, NOW)
        link = Message.objects.get(kind="link")
        meanwhile: list[bool] = []

        class InHand:
            def send_messages(self, sent):
                if not meanwhile:
                    meanwhile.append(sending.send(link.pk, "other"))

        serve(lambda **options: InHand())
        sending.send(Message.objects.get(kind="confirmed").pk, "me")

        assert meanwhile == [False]


class TestNoticesToTheClinic:
    def notices(self):
        return [letter for letter in mail.outbox if letter.to == [CLINIC]]

    def test_are_gathered_into_one_letter_in_ten_minutes(self, time_machine):
        requests = [make_request(FRIDAY + number * HOUR, email=f"p{number}@example.org") for number in range(3)]
        sending.send_due("me")
        (letter,) = self.notices()
        assert all(request.reference in letter.body for request in requests)

        late = [make_request(FRIDAY + number * HOUR, email=f"p{number}@example.org") for number in (3, 4)]
        sending.send_due("me")
        assert len(self.notices()) == 1
        time_machine.shift(10 * MINUTE)
        sending.send_due("me")

        assert len(self.notices()) == 2
        assert all(request.reference in self.notices()[1].body for request in late)
        assert not any(request.reference in self.notices()[1].body for request in requests)
        assert not Message.objects.filter(kind="clinic-notice").exclude(state="sent").exists()

    @pytest.mark.slow
    def test_count_no_attempt_while_they_wait(self):
        make_request(FRIDAY)
        sending.send_due("me")
        make_request(FRIDAY + HOUR, email="b@example.org")
        sending.send_due("me")

        waiting = Message.objects.get(kind="clinic-notice", state="queued")
        assert (waiting.attempts, waiting.not_before, waiting.lease_until) == (0, NOW + 10 * MINUTE, None)

    @pytest.mark.slow
    def test_that_fail_are_all_tried_again(self, serve, time_machine):
        for number in range(3):
            make_request(FRIDAY + number * HOUR, email=f"p{number}@example.org")
        serve(Answering(desk=refused(451, b"later")))
        sending.send_due("me")
        notices = Message.objects.filter(kind="clinic-notice")
        assert set(notices.values_list("state", "attempts", "lease_until")) == {("queued", 1, None)}

        server = serve(Answering())
        time_machine.shift(HOUR)
        sending.send_due("me")

        assert [letter.to for letter in server.taken] == [[CLINIC]]

    @pytest.mark.parametrize("untrue", one_in(3, [0, 1, 2]))
    def test_leave_out_what_was_taken_for_a_machines_meanwhile_and_keep_no_other(self, untrue):
        requests = [make_request(FRIDAY + number * HOUR, email=f"p{number}@example.org") for number in range(3)]
        ConsultationRequest.objects.filter(pk=requests[untrue].pk).update(is_set_apart=True)

        sending.send_due("me")

        (letter,) = self.notices()
        assert [request.reference in letter.body for request in requests] == [number != untrue for number in range(3)]


class Wire:
    """A mail server on a wire of its own; `answers` says what it answers to a step, by the step's name."""

    def __init__(self, **answers):
        self.answers, self.taken = answers, []

    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server, session, envelope):
        self.taken.append(envelope)
        return self.answers.get("DATA", "250 OK")


class Closing(SMTP):
    """Takes the letter, and hangs up when told goodbye."""

    async def smtp_QUIT(self, argument):
        assert isinstance(self.transport, asyncio.Transport)
        self.transport.abort()


@pytest.fixture
def wire(settings):
    """Start a mail server that letters go to; it ends with the test."""
    running = []

    def start(handler, factory=SMTP):
        class Server(Controller):
            def factory(self):
                return factory(self.handler, hostname="mail.example", ident="test")

        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        controller = Server(handler, hostname="127.0.0.1", port=port)
        controller.start()
        running.append(controller)
        settings.EMAIL_BACKEND = "treatments.follow_up.mail.ServerBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        return handler

    yield start
    for controller in running:
        controller.stop()


@pytest.mark.slow
class TestOnTheWire:
    @pytest.fixture
    def waits(self, monkeypatch):
        """Seconds that each answer of the server was waited for, in order."""
        found, read = [], smtplib.SMTP.getreply

        def noted(connection):
            found.append(connection.sock.gettimeout())
            return read(connection)

        monkeypatch.setattr(smtplib.SMTP, "getreply", noted)
        return found

    def test_waits_two_minutes_for_the_answer_to_the_letter_and_half_a_minute_for_each_other(self, wire, waits):
        wire(Wire())
        make_request(FRIDAY)

        sending.send(Message.objects.get(kind="confirmed").pk, "me")

        # The greeting, EHLO, MAIL, RCPT, DATA and the letter, QUIT.
        assert waits == [10, 30, 30, 30, 120, 120, 30]

    def test_a_server_that_looks_through_the_letter_first_gets_one_copy(self, wire, monkeypatch):
        monkeypatch.setattr(mail_backends, "STEP", 1)
        make_request(FRIDAY)

        class Scanning(Wire):
            async def handle_DATA(self, server, session, envelope):
                begun = time.monotonic()
                await asyncio.to_thread(until, lambda: time.monotonic() > begun + 1.5)
                return await super().handle_DATA(server, session, envelope)

        server = wire(Scanning())

        assert sending.send(Message.objects.get(kind="confirmed").pk, "me")
        assert [envelope.rcpt_tos for envelope in server.taken] == [["aisha@example.org"]]

    def test_the_lease_is_renewed_before_each_step(self, wire, monkeypatch):
        wire(Wire())
        renewed = []
        monkeypatch.setattr(sending, "renew", lambda message, owner: renewed.append(owner))
        make_request(FRIDAY)

        sending.send(Message.objects.get(kind="confirmed").pk, "me")

        assert len(renewed) >= 5

    @pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
    @pytest.mark.parametrize(
        ("answer", "state", "is_ours"),
        [
            ("451 4.7.1 greylisted, come again", "queued", False),
            ("421 4.3.2 closing", "queued", False),
            ("530 5.7.0 authentication required", "queued", True),
            ("550 5.4.5 daily sending quota exceeded", "queued", True),
            ("554 5.7.1 relay access denied", "queued", True),
            ("550 5.1.1 no such mailbox", "failed", False),
        ],
    )
    def test_an_answer_to_any_step_is_understood(self, wire, step, answer, state, is_ours):
        wire(Wire(**{step: answer}))
        make_request(FRIDAY)
        message = Message.objects.get(kind="confirmed")

        assert not sending.send(message.pk, "me")

        message.refresh_from_db()
        assert (message.state, message.is_of_our_account) == (state, is_ours)
        assert Task.objects.filter(kind=TaskKind.MAIL_FAILS).exists() == is_ours

    def test_a_server_that_hangs_up_after_taking_the_letter_gets_no_second_copy(self, wire):
        server = wire(Wire(), Closing)
        make_request(FRIDAY)

        assert sending.send(Message.objects.get(kind="confirmed").pk, "me")
        assert sending.send_due("me") == 1
        assert [envelope.rcpt_tos for envelope in server.taken] == [["aisha@example.org"], [CLINIC]]

    def test_a_line_that_breaks_after_the_letter_gives_at_most_a_copy_of_the_same_name(self, wire, time_machine):
        make_request(FRIDAY)
        message = Message.objects.get(kind="confirmed")

        class Breaking(Wire):
            async def handle_DATA(self, server, session, envelope):
                self.taken.append(envelope)
                server.transport.abort()
                return "250 OK"

        broken = wire(Breaking())
        assert not sending.send(message.pk, "me")
        whole = wire(Wire())
        message.refresh_from_db()
        time_machine.move_to(message.not_before, tick=False)
        assert sending.send(message.pk, "me")

        names = {
            line
            for envelope in (*broken.taken, *whole.taken)
            for line in envelope.content.splitlines()
            if line.startswith(b"Message-ID")
        }
        assert len(names) == 1

    def test_the_test_letter_says_in_words_what_the_server_says(self, wire):
        wire(Wire(RCPT="550 5.7.1 relaying denied"))

        assert "Our own mail account was refused (550)" in sending.send_test("boss@example.org")
        assert Clinic.objects.current().mail_tested_at is None


class TestAFaultOfTheDatabase:
    def test_is_not_taken_for_one_of_the_letter(self, serve):
        make_request(FRIDAY)
        serve(Answering(OperationalError("locked")))

        with pytest.raises(OperationalError):
            sending.send_due("me")

        assert Message.objects.get(kind="confirmed").state == MessageState.QUEUED
