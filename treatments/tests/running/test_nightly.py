"""The backup of each night: when it is due, what is kept, and who is told how old it is."""

import datetime
import subprocess
from types import SimpleNamespace
from typing import ClassVar

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from clinic_site import journal
from clinic_site.environment import Environment
from treatments.management.commands import work
from treatments.models import Clinic
from treatments.running import checklist, readiness
from treatments.running.backups import nightly
from treatments.tests.builders import make_open_clinic
from treatments.tests.monday import DAY, HOUR, MINUTE, NOW


@pytest.fixture
def folder(tmp_path, settings):
    settings.BACKUP_FOLDER = tmp_path
    return tmp_path


def backup_of(folder, moment):
    path = folder / f"nightly-{moment.astimezone(datetime.UTC).strftime(nightly.MOMENT)}.backup"
    path.write_text("x")
    return path


@pytest.fixture
def made(monkeypatch):
    """Where backups were made, in the place of making them."""
    paths = []

    def make(path, say):
        path.write_text("x")
        paths.append(path)

    monkeypatch.setattr(nightly, "make", make)
    return paths


#: Three o'clock in the night before NOW, at the clinic.
NIGHT = NOW - 5 * HOUR


@pytest.mark.django_db
class TestABackupOfTheNight:
    @pytest.mark.parametrize(
        ("last", "is_due"),
        [(None, True), (NIGHT - MINUTE, True), (NIGHT + MINUTE, False), (NOW - 10 * DAY, True), (NOW, False)],
    )
    def test_is_due_once_after_three_at_the_clinic(self, clinic, folder, last, is_due):
        if last:
            backup_of(folder, last)

        assert nightly.is_due(NOW) == is_due

    def test_is_not_due_before_three_if_one_is_there_of_the_night_before(self, clinic, folder):
        backup_of(folder, NIGHT - DAY + MINUTE)

        assert not nightly.is_due(NIGHT - MINUTE)
        assert nightly.is_due(NIGHT)

    def test_is_not_due_without_a_folder(self, clinic):
        assert not nightly.is_due(NOW)

    def test_is_made_once_and_the_newest_fourteen_stay(self, clinic, folder, made, time_machine):
        time_machine.move_to(NOW, tick=False)
        kept = [backup_of(folder, NOW - days * DAY) for days in range(1, 14)]
        old = [backup_of(folder, NOW - days * DAY - HOUR) for days in (14, 15, 400)]
        others = [folder / "before-the-move.backup", folder / journal.NAME]
        for path in others:
            path.write_text("x")

        nightly.make_if_due(print)
        nightly.make_if_due(print)

        assert len(made) == 1
        assert sorted(folder.iterdir()) == sorted([*kept, *made, *others])
        assert not set(old) & set(folder.iterdir())
        assert folder.stat().st_mode & 0o77 == 0

    def test_that_fails_costs_none_of_those_that_are_there(self, clinic, folder, monkeypatch):
        def fail(_path, _say):
            raise CommandError("the disk is full")

        monkeypatch.setattr(nightly, "make", fail)
        old = backup_of(folder, NOW - 400 * DAY)

        with pytest.raises(CommandError):
            nightly.make_if_due(print)

        assert old.exists()

    def test_is_refused_without_a_folder_by_the_command(self, clinic):
        with pytest.raises(CommandError, match="BACKUP_FOLDER"):
            call_command("backup", "--nightly", skip_checks=True)


@pytest.mark.django_db
class TestTheWorker:
    @pytest.fixture
    def worker(self, monkeypatch):
        """A worker, and what it has started, each of which ends with the `status` of it."""

        class Worker(work.Command):
            started: ClassVar[list[list[str]]] = []
            status = 0

        command = Worker()
        monkeypatch.setattr(command, "stopping", SimpleNamespace(wait=lambda _pause: False), raising=False)

        class Process:
            def __init__(self, arguments, **options):
                command.started.append(arguments[-2:])
                self.returncode = command.status

            def __enter__(self):
                return self

            def __exit__(self, *_error):
                pass

            def poll(self):
                return self.returncode

        monkeypatch.setattr(subprocess, "Popen", Process)
        return command

    def test_starts_it_in_a_process_of_its_own_when_it_is_due(self, clinic, folder, worker):
        worker.back_up()

        assert worker.started == [["backup", "--nightly"]]

    def test_starts_none_where_no_folder_is_named(self, clinic, worker):
        worker.back_up()

        assert worker.started == []

    def test_waits_an_hour_after_one_that_failed(self, clinic, folder, worker, monkeypatch):
        worker.status = 1
        worker.back_up()
        worker.back_up()
        assert len(worker.started) == 1

        worker.failed_at -= HOUR.total_seconds()
        worker.back_up()
        assert len(worker.started) == 2


@pytest.mark.django_db(transaction=True)
class TestWhoIsTold:
    @pytest.fixture(autouse=True)
    def _monday(self, time_machine):
        time_machine.move_to(NOW, tick=False)
        make_open_clinic(worker_seen_at=NOW)

    def line(self):
        (line,) = [line for line in checklist.lines(Clinic.objects.current()) if "ackup" in str(line.says)]
        return str(line.says), line.is_right, line.is_required

    def test_is_the_checklist_which_recommends_it_and_relies_on_it_once_it_is_set(self, settings, tmp_path):
        assert self.line() == ("Backups are made every night.", False, False)
        settings.BACKUP_FOLDER = tmp_path
        assert self.line() == ("There is a backup of last night.", False, True)
        backup_of(tmp_path, NOW - 50 * HOUR)
        assert self.line() == ("The newest backup is 50 hours old.", False, True)
        backup_of(tmp_path, NOW - HOUR)
        assert self.line() == ("The newest backup is 1 hour old.", True, True)

    def test_is_the_probe_whose_status_stays(self, client, settings, tmp_path):
        assert "backup" not in client.get("/readyz").content.decode()
        settings.BACKUP_FOLDER = tmp_path
        for age, says in ((None, "none yet"), (50 * HOUR, "50 hours old"), (HOUR, "1 hour old")):
            if age:
                backup_of(tmp_path, NOW - age)
            status, told = client.get("/readyz").status_code, readiness.backup()
            assert (status, told) == (200, says)
            assert f"backup: {says}" in client.get("/readyz").content.decode()

    def test_is_nobody_of_a_folder_that_cannot_be_read(self, settings, tmp_path):
        settings.BACKUP_FOLDER = tmp_path / "not" / "there"

        assert readiness.backup() == "none yet"


class TestTheFolderInTheSettings:
    def test_is_no_folder_unless_it_is_named(self):
        assert Environment({}).folder_if_named("BACKUP_FOLDER") is None


class TestTheJournal:
    def test_takes_lines_that_were_cut_off_for_none(self, settings, tmp_path):
        settings.DATA_DIR = tmp_path
        journal.note(journal.REQUEST, "one")
        with (tmp_path / journal.NAME).open("a") as file:
            file.write("2026-06-01T00:00:00+00:00 reque")
        journal.note(journal.REQUEST, "two")

        assert [entry.public_id for entry in journal.merge([tmp_path / journal.NAME])] == ["one", "two"]
        assert (tmp_path / journal.NAME).stat().st_mode & 0o77 == 0

    def test_goes_on_without_the_folder_of_backups_and_gives_it_later_what_it_lacks(self, settings, tmp_path, caplog):
        settings.DATA_DIR, settings.BACKUP_FOLDER = tmp_path, tmp_path / "away"
        journal.note(journal.REQUEST, "one")
        assert "cannot be written" in caplog.text
        settings.BACKUP_FOLDER.mkdir()

        journal.level()

        assert journal.read(settings.BACKUP_FOLDER / journal.NAME) == journal.read(tmp_path / journal.NAME)

    def test_fails_the_act_if_it_cannot_be_written_beside_the_data(self, settings, tmp_path):
        settings.DATA_DIR = tmp_path / "away"

        with pytest.raises(OSError, match="No such file"):
            journal.note(journal.REQUEST, "one")
