"""The owner hears of trouble once, and once that it is over, by an account apart."""

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from treatments.models import Message, MessageKind
from treatments.running import alert, readiness
from treatments.running.alert import PATIENCE, QUIET, State, after_a_look
from treatments.tests.builders import make_open_clinic, make_request
from treatments.tests.monday import FRIDAY

START = 1_800_000_000


def told(looks):
    """[(moment, whether of trouble)] of the letters about looks: (moment, whether there is trouble)."""
    state, letters = State(), list[tuple[int, bool]]()
    for moment, is_in_trouble in looks:
        state, is_told = after_a_look(state, START + moment, is_in_trouble=is_in_trouble)
        if is_told:
            letters.append((moment, is_in_trouble))
    return letters


class TestALetter:
    def test_is_written_after_five_minutes_and_once(self):
        assert told((minute * 60, True) for minute in range(600)) == [(PATIENCE, True)]

    def test_is_not_written_about_a_short_trouble(self):
        assert told([(0, True), (240, True), (300, False), (360, True), (600, True)]) == []

    def test_tells_the_end_an_hour_after_the_last_at_the_earliest(self):
        looks = [(minute * 60, minute < 10) for minute in range(120)]

        assert told(looks) == [(PATIENCE, True), (PATIENCE + QUIET, False)]

    def test_is_one_an_hour_however_often_trouble_comes_and_goes(self):
        letters = told((minute * 60, minute % 20 < 10) for minute in range(24 * 60))

        gaps = [after[0] - before[0] for before, after in zip(letters, letters[1:], strict=False)]
        assert gaps
        assert min(gaps) >= QUIET

    def test_comes_though_the_clock_was_set_back(self):
        state = State(since=START + 10**6, told_at=START + 10**6)

        state, _told = after_a_look(state, START, is_in_trouble=True)

        assert after_a_look(state, START + PATIENCE, is_in_trouble=True)[1]


@pytest.fixture
def site(settings, tmp_path, monkeypatch):
    """A site with an account apart; gives the letters that left, and a list of what is wrong with the worker."""
    settings.DATA_DIR, settings.ALERT_TO, settings.ALERT_ACCOUNT = tmp_path, "owner@example.org", {}
    monkeypatch.setattr(alert, "PATIENCE", 0)
    wrong, letters = ["was last there 900 seconds ago"], list[object]()
    monkeypatch.setattr(alert, "QUESTIONS", [readiness.Question("worker", lambda: "".join(wrong))])
    monkeypatch.setattr(alert, "get_connection", lambda *_args, **_account: Account(letters))
    return letters, wrong


class Account:
    """A mail account; one that fails raises OSError."""

    fails = False

    def __init__(self, letters):
        self.letters = letters

    def send_messages(self, letters):
        if Account.fails:
            raise OSError
        self.letters += letters


class TestALook:
    def test_writes_once_across_processes_and_again_when_it_is_over(self, site, monkeypatch):
        letters, wrong = site
        call_command("alert")
        call_command("alert")
        monkeypatch.setattr(alert, "QUIET", 0)
        wrong.clear()
        call_command("alert")

        assert [letter.subject for letter in letters] == ["The site is in trouble", "The trouble is over"]
        assert letters[0].to == ["owner@example.org"]
        assert "worker: was last there 900 seconds ago" in letters[0].body

    def test_tries_again_when_the_letter_does_not_leave(self, site, monkeypatch):
        monkeypatch.setattr(Account, "fails", True)
        with pytest.raises(CommandError, match="No letter"):
            call_command("alert")
        monkeypatch.setattr(Account, "fails", False)
        call_command("alert")

        assert len(site[0]) == 1

    def test_writes_nothing_where_it_cannot_keep_that_it_did(self, site, monkeypatch):
        def full(_state):
            raise OSError

        monkeypatch.setattr(alert, "keep", full)
        with pytest.raises(CommandError):
            call_command("alert")

        assert site[0] == []


@pytest.mark.django_db
@pytest.mark.usefixtures("monday_morning")
def test_letters_do_not_leave_when_late_or_held_up_by_our_account():
    make_open_clinic()
    request = make_request(FRIDAY, email="a@example.org")
    Message.objects.all().delete()
    assert alert.letters() == ""

    late = timezone.now() - 2 * alert.LONGEST_DUE
    letter = Message.objects.create(kind=MessageKind.CONFIRMED, key="1", request=request, not_before=late)
    assert alert.letters() == "do not leave; 1 waiting"

    Message.objects.filter(pk=letter.pk).update(not_before=timezone.now() + alert.LONGEST_DUE, is_of_our_account=True)
    assert "mail account fails" in alert.letters()
