"""Two hundred patients send the same time at once: as many win as there are seats, and nobody else is left in doubt."""

import collections
import contextlib
import datetime
import http.client
import multiprocessing
import os
import re
import signal
import threading
import time
import urllib.parse
from pathlib import Path

import pytest

from treatments.tests.journeys.serving import serving

pytestmark = pytest.mark.race

CLIENTS = 200
PROCESSES = 4
ROUNDS = 3
SEATS = 2
#: Longer than the shortest time in which a form may be filled in, in seconds.
PATIENCE = 2.2


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with three web workers, on whichever database the environment names: its process and its port."""
    with serving(tmp_path_factory.mktemp("data"), WEB_CONCURRENCY="3") as (process, port, _said):
        yield process, port


@pytest.fixture
def port(site):
    return site[1]


def children(process):
    """The ids of the processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def free_times(port):
    """The times that the site offers on the first free day."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", "/consultation/")
        page = connection.getresponse().read().decode()
    return re.findall(r'name="time" value="([^"]+)"', page)


class Patient:
    """One client with a network address of its own, that has the form open."""

    def __init__(self, port, number, wished):
        self.number = number
        address = f"127.0.{1 + number // 200}.{1 + number % 200}"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120, source_address=(address, 0))
        self.path = f"/consultation/details/?time={urllib.parse.quote(wished)}"
        self.connection.request("GET", self.path)
        response = self.connection.getresponse()
        self.cookie = response.headers["Set-Cookie"].partition(";")[0]
        self.hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', response.read().decode()))
        # The server would close an idle connection at any moment.
        self.connection.close()

    def send(self):
        """Send the form; the status of the answer, whether the name came back and how many other times are offered."""
        answers = {**self.hidden, "name": f"Patient {self.number}", "email": f"p{self.number}@example.org"}
        body = urllib.parse.urlencode({**answers, "consent": "on", "best_time": "any"})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": self.cookie}
        self.connection.request("POST", self.path, body, headers)
        response = self.connection.getresponse()
        page = response.read().decode()
        self.connection.close()
        self.private_path = response.headers["Location"]
        return response.status, f"Patient {self.number}" in page, page.count('type="radio" name="time"')


def patients(port, numbers, wished, gate, answers):
    """One process of patients: each opens the form, all wait at the gate, and send at once."""
    waiting = []
    with_form = [Patient(port, number, wished) for number in numbers]

    def send(patient):
        gate.wait()
        try:
            answers.put(patient.send())
        except OSError as fault:
            answers.put((type(fault).__name__, False, 0))

    for patient in with_form:
        waiting.append(threading.Thread(target=send, args=[patient]))
        waiting[-1].start()
    for thread in waiting:
        thread.join()


def race(port, wished, first):
    """What every one of the patients was answered."""
    context = multiprocessing.get_context("fork")
    gate, answers = context.Event(), context.Queue()
    share = CLIENTS // PROCESSES
    starts = range(first, first + CLIENTS, share)
    processes = [
        context.Process(target=patients, args=[port, range(start, start + share), wished, gate, answers])
        for start in starts
    ]
    for process in processes:
        process.start()
    time.sleep(PATIENCE + CLIENTS / 40)
    gate.set()
    found = [answers.get(timeout=60) for _client in range(CLIENTS)]
    for process in processes:
        process.join()
    return found


class TestARace:
    @pytest.mark.parametrize("turn", range(ROUNDS))
    def test_has_as_many_winners_as_seats_and_leaves_nobody_in_doubt(self, port, turn):
        wished = free_times(port)[turn]
        assert datetime.datetime.fromisoformat(wished.replace("Z", "+00:00"))

        found = race(port, wished, turn * CLIENTS)

        assert collections.Counter(status for status, _name, _others in found) == {302: SEATS, 409: CLIENTS - SEATS}
        assert all(name and others == 3 for status, name, others in found if status == 409)
        assert wished not in free_times(port)


class TestAWebWorkerThatIsKilled:
    def test_takes_no_acknowledged_request_with_it(self, site):
        process, port = site
        waiting = [Patient(port, 10_000 + number, "") for number in range(60)]
        time.sleep(PATIENCE)
        acknowledged = []

        def send_some(patients):
            for patient in patients:
                # A patient whose connection breaks has been told nothing.
                with contextlib.suppress(OSError, http.client.HTTPException):
                    if patient.send()[0] == 302:
                        acknowledged.append(patient)

        threads = [threading.Thread(target=send_some, args=[waiting[number::6]]) for number in range(6)]
        for thread in threads:
            thread.start()
        commands = {child: Path(f"/proc/{child}/cmdline").read_bytes() for child in children(process.pid)}
        (master,) = (child for child, command in commands.items() if b"gunicorn" in command)
        for _kill in range(3):
            time.sleep(0.3)
            os.kill(children(master)[0], signal.SIGKILL)
        for thread in threads:
            thread.join()

        assert len(acknowledged) > 30
        for patient in acknowledged:
            patient.connection.request("GET", patient.private_path)
            response = patient.connection.getresponse()
            assert (response.status, b"We will call you" in response.read()) == (200, True)
            patient.connection.close()
