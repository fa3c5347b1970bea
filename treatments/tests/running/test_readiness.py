"""A probe hears which part is in trouble, soon, whatever hangs."""

import datetime
import errno
import tempfile
import threading

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from treatments.models import Clinic
from treatments.running import readiness
from treatments.tests.builders import make_clinic


@pytest.fixture
def parts(monkeypatch):
    """What the probe asks, in the place of the real parts: parts(database=lambda: "", ...)."""

    def put(**asked):
        questions = [readiness.Question(name, ask) for name, ask in asked.items()]
        monkeypatch.setattr(readiness.troubles, "__defaults__", (questions,))

    return put


def fine():
    return ""


class TestAProbeOfReadiness:
    def test_is_told_that_every_part_is_fine_under_any_host_name(self, client, parts):
        parts(database=fine, disk=fine)

        response = client.get("/readyz", headers={"host": "10.1.2.3:9999"})

        assert (response.status_code, response.content) == (200, b"ready\ndatabase: ok\ndisk: ok\n")
        assert response.headers["Cache-Control"] == "no-store"

    def test_is_told_which_part_is_in_trouble(self, client, parts):
        parts(database=fine, disk=lambda: "cannot be written (No space left on device)", worker=fine)

        response = client.get("/readyz")

        assert response.status_code == 503
        assert response.content.decode().splitlines() == [
            "not ready",
            "database: ok",
            "disk: cannot be written (No space left on device)",
            "worker: ok",
        ]

    def test_does_not_wait_for_a_part_that_hangs_and_asks_it_once(self, client, parts, monkeypatch):
        monkeypatch.setattr(readiness, "PATIENCE", 0.05)
        hangs, asked = threading.Event(), []

        def hang():
            asked.append(1)
            hangs.wait(30)
            return ""

        parts(database=hang, disk=fine)

        answers = [client.get("/readyz").content.decode().splitlines() for _time in range(3)]
        hangs.set()

        assert answers == [["not ready", "database: does not answer in time", "disk: ok"]] * 3
        assert asked == [1]

    def test_is_told_nothing_secret_by_a_part_that_fails(self, client, parts):
        def fail():
            raise RuntimeError("password=secret")

        parts(database=fail)

        assert client.get("/readyz").content == b"not ready\ndatabase: cannot be asked (RuntimeError)\n"


@pytest.mark.django_db(transaction=True)
class TestTheDatabase:
    def test_that_reads_and_writes_is_fine(self):
        assert readiness.database() == ""

    @pytest.mark.parametrize(
        ("error", "trouble"),
        [
            ("attempt to write a readonly database", "can be read, not written"),
            ("unable to open database file", "does not answer"),
            ("connection to server failed: secret-host", "does not answer"),
            ("database is locked", ""),
        ],
    )
    def test_in_trouble_is_told_apart(self, monkeypatch, error, trouble):
        def fail():
            raise OperationalError(error)

        monkeypatch.setattr(connection, "cursor", fail)

        assert readiness.database() == trouble


class TestTheDisk:
    def test_that_takes_what_is_written_is_fine(self):
        assert readiness.disk() == ""

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
    def test_that_takes_nothing_says_why(self, monkeypatch, number):
        class Full:
            def __init__(self, **options):
                raise OSError(number, "No more")

        monkeypatch.setattr(tempfile, "TemporaryFile", Full)

        assert readiness.disk() == "cannot be written (No more)"


@pytest.mark.django_db
class TestTheWorker:
    def test_that_was_there_lately_is_fine(self):
        make_clinic(worker_seen_at=timezone.now())

        assert readiness.worker() == ""

    def test_that_stopped_is_missed(self):
        make_clinic(worker_seen_at=timezone.now() - datetime.timedelta(seconds=90))

        assert readiness.worker().startswith("was last there 9")

    def test_that_never_came_is_missed(self):
        assert readiness.worker() == "has not been there yet"

    def test_is_not_blamed_for_a_database_in_trouble(self, monkeypatch):
        def fail(*arguments, **options):
            raise OperationalError("away")

        monkeypatch.setattr(Clinic.objects, "filter", fail)

        assert readiness.worker() == ""
