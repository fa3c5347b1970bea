"""What the figures for Prometheus say of the database at this moment."""

import datetime
import threading

import pytest

from treatments.models import Clinic, Message, MessageKind, MessageState, Task
from treatments.running import metrics, readiness
from treatments.running.backups import nightly
from treatments.tests.builders import make_open_clinic, make_request
from treatments.tests.monday import FRIDAY, NOW

HOUR = datetime.timedelta(hours=1)


def figures():
    """{(name, the values of its labels): value} of what waits in the database."""
    samples = [sample for metric in metrics.of_the_database() for sample in metric.samples]
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


@pytest.fixture
def _monday(monday_morning):
    make_open_clinic()


@pytest.mark.django_db
@pytest.mark.usefixtures("_monday")
class TestFigures:
    def test_are_nought_where_nothing_waits(self):
        assert set(figures().values()) == {0}

    def test_count_letters_that_are_due_and_how_long_the_oldest_has_been(self):
        request = make_request(FRIDAY, email="a@example.org")
        Message.objects.all().delete()
        due, failed = MessageState.QUEUED, MessageState.FAILED
        for number, (state, hours) in enumerate([(due, -1), (due, 1), (failed, -2)]):
            moment = NOW + hours * HOUR
            Message.objects.create(
                kind=MessageKind.CONFIRMED, key=f"{number}", request=request, state=state, not_before=moment
            )

        assert figures()["clinic_letters", "queued"] == figures()["clinic_letters", "failed"] == 1
        assert figures()["clinic_oldest_letter_seconds",] == 3600

    def test_count_tasks_whose_moment_is_over(self):
        make_request(phone="+60123456789", email="")
        assert figures()["clinic_tasks_overdue",] == 0

        Task.objects.update(due_at=NOW - HOUR)

        assert figures()["clinic_tasks_overdue",] == 1

    def test_say_how_long_the_worker_has_been_silent(self):
        Clinic.objects.update(worker_seen_at=NOW - HOUR)

        assert figures()["clinic_worker_silent_seconds",] == 3600

    def test_say_how_old_the_newest_backup_is(self, settings, tmp_path):
        settings.BACKUP_FOLDER = tmp_path
        assert list(metrics.backups()) == []

        for hours in (30, 6):
            made = (NOW - hours * HOUR).astimezone(datetime.UTC)
            (tmp_path / f"nightly-{made.strftime(nightly.MOMENT)}.backup").touch()

        assert [sample.value for metric in metrics.backups() for sample in metric.samples] == [6 * 3600]

    def test_do_not_wait_for_a_folder_of_backups_that_hangs(self, monkeypatch):
        monkeypatch.setattr(readiness, "PATIENCE", 0.05)
        hangs, found = threading.Event(), []
        monkeypatch.setattr(nightly, "there", lambda: hangs.wait(3) and [])
        asking = threading.Thread(target=lambda: found.append(metrics.backups()), daemon=True)

        asking.start()
        asking.join(1)
        hangs.set()

        assert found == [[]]
