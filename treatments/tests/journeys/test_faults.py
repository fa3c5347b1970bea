"""What hangs, is full, locked or killed holds up nobody for long, and the probe says what it is."""

import contextlib
import http.client
import itertools
import os
import signal
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.server import children
from treatments.tests.journeys.patients_of_http import Patient, take_time
from treatments.tests.journeys.serving import serving, start
from treatments.tests.postgres import free_port, postgres
from treatments.tests.waiting import until

pytestmark = pytest.mark.race


#: Readers or patients who come at once to what does not answer.
CLIENTS = 12


def get(port, path, patience=60, on_sent=lambda: None):
    """The status and the text of an answer, and how long it took in seconds; `on_sent` is called before it comes."""
    begun = time.monotonic()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=patience)) as connection:
        connection.request("GET", path)
        on_sent()
        response = connection.getresponse()
        return response.status, response.read().decode(), time.monotonic() - begun


def is_ready(port):
    return get(port, "/readyz")[0] == 200


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site on SQLite just after its first start: its process, port and folder."""
    folder = tmp_path_factory.mktemp("data")
    with serving(folder, without=["DATABASE_URL"]) as (process, port, _said):
        until(lambda: is_ready(port))
        yield SimpleNamespace(process=process, port=port, folder=folder)


class TestASupervisorAfterAFirstStart:
    def test_keeps_nothing_of_its_memory(self, site):
        status = Path(f"/proc/{site.process.pid}/status").read_text()

        (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
        assert int(kilobytes) < 100_000


class TestADatabaseThatHangs:
    def test_is_given_up_and_the_probe_tells_meanwhile(self, tmp_path):
        with (
            postgres() as database,
            serving(tmp_path, DATABASE_URL=database.url) as (_process, port, _said),
        ):
            until(lambda: is_ready(port))
            master = int((Path(database.folder) / "data" / "postmaster.pid").read_text().split()[0])
            hung = [master, *children(master)]
            for process in hung:
                os.kill(process, signal.SIGSTOP)
            try:
                have_asked = threading.Barrier(CLIENTS + 1, timeout=60)
                with ThreadPoolExecutor(CLIENTS) as pool:
                    answers = [
                        pool.submit(get, port, "/consultation/", on_sent=have_asked.wait) for _client in range(CLIENTS)
                    ]
                    have_asked.wait()
                    status, text, took = get(port, "/readyz")
                    assert (status, took < 2) == (503, True)
                    assert "database: does not answer in time" in text
                    assert "disk: ok" in text
                    for answer in answers:
                        status, _text, took = answer.result()
                        # So long for an answer, then so long for a new connection; and what this machine takes itself.
                        assert (status, took < 20) == (503, True)
            finally:
                for process in hung:
                    # One that had just ended is gone as soon as the master goes on.
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(process, signal.SIGCONT)
            until(lambda: get(port, "/consultation/")[0] == 200)


class TestALockedDatabase:
    def test_holds_up_neither_the_probe_nor_readers(self, site):
        waiting = [Patient(site.port, "") for _form in range(CLIENTS)]
        take_time(waiting)
        have_asked = threading.Barrier(CLIENTS + 1, timeout=60)
        with contextlib.closing(sqlite3.connect(site.folder / "clinic.sqlite3", isolation_level=None)) as database:
            until(lambda: begins(database))
            with ThreadPoolExecutor(CLIENTS) as pool:
                answers = [pool.submit(patient.send, on_sent=have_asked.wait) for patient in waiting]
                have_asked.wait()
                for path in ("/readyz", "/treatments/"):
                    status, _text, took = get(site.port, path)
                    assert (status, took < 2) == (200, True)
                assert {answer.result()[0] for answer in answers} == {503}
            database.execute("ROLLBACK")
        assert waiting[0].send()[0] == 302


def begins(database):
    with contextlib.suppress(sqlite3.OperationalError):
        database.execute("BEGIN IMMEDIATE")
        return True


class TestAWorkerThatIsGone:
    def test_is_named_by_the_probe_and_missed_by_nobody_else(self, site):
        commands = {child: Path(f"/proc/{child}/cmdline").read_bytes() for child in children(site.process.pid)}
        (worker,) = (child for child, command in commands.items() if command.endswith(b"work\0"))
        os.kill(worker, signal.SIGSTOP)
        try:
            with contextlib.closing(sqlite3.connect(site.folder / "clinic.sqlite3", timeout=20)) as database:
                database.execute("UPDATE treatments_clinic SET worker_seen_at = '2026-01-01 00:00:00'")
                database.commit()

            status, text, _took = get(site.port, "/readyz")

            assert status == 503
            assert "database: ok\ntables: ok\ndisk: ok\nworker: was last there" in text
            assert get(site.port, "/treatments/")[0] == 200
        finally:
            os.kill(worker, signal.SIGCONT)
        until(lambda: is_ready(site.port))


class TestWhatAPatientErases:
    def test_is_gone_from_the_disk_soon_while_others_read_and_book(self, site):
        patient = Patient(site.port, "")
        patient.email = "zebedee-quux@example.org"
        take_time([patient])
        assert patient.send()[0] == 302
        assert holds(site.folder, b"zebedee-quux")
        is_over = threading.Event()

        def read_and_book():
            while not is_over.is_set():
                other = Patient(site.port, "")
                for path in itertools.islice(itertools.cycle(["/consultation/", "/treatments/"]), 40):
                    get(site.port, path)
                other.send()

        clients = [threading.Thread(target=read_and_book) for _client in range(4)]
        for client in clients:
            client.start()
        try:
            assert patient.erase() == 302
            until(lambda: not holds(site.folder, b"zebedee-quux"), patience=30)
        finally:
            is_over.set()
            for client in clients:
                client.join()


def holds(folder, words):
    """Whether any file of the data holds these words."""
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError, IsADirectoryError):
            if words in path.read_bytes():
                return True
    return False


def lines_until(process, words):
    said = []
    for line in process.stdout:
        said.append(line)
        if words in line:
            return said
    raise AssertionError("".join(said))


class TestASupervisorThatWasKilled:
    def test_comes_up_by_itself_when_it_is_started_again_at_once(self, tmp_path):
        port = free_port()
        first = start(tmp_path, port, without=["DATABASE_URL"])
        lines_until(first, "Ctrl-C")
        first.kill()
        first.wait()

        second = start(tmp_path, port, without=["DATABASE_URL"])
        try:
            said = lines_until(second, "Ctrl-C")
            assert get(port, "/healthz")[0] == 200
            assert len([line for line in said if "waiting up to" in line]) <= 1
        finally:
            second.terminate()
            assert second.wait(40) == 0
            for process in (first, second):
                process.stdout.close()
