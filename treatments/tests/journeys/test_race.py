"""Two hundred patients send the same time at once: as many win as there are seats, and nobody else is left in doubt."""

import collections
import contextlib
import datetime
import http.client
import itertools
import multiprocessing
import os
import re
import signal
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench.server import children
from treatments.tests.builders import canonical_document, fit_document
from treatments.tests.journeys import at_the_desk, patients_of_http
from treatments.tests.journeys.patients_of_http import Patient, take_time
from treatments.tests.journeys.serving import serving
from treatments.tests.waiting import until

pytestmark = pytest.mark.race

CLIENTS = 200
PROCESSES = 4
SEATS = 2
CELL = datetime.timedelta(minutes=5)
DAY = datetime.timedelta(days=1)


def few_and_many(few, many):
    """A number for every run of the tests, and one for `make prove`."""
    return [few, pytest.param(many, marks=pytest.mark.prove)]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with three web workers, on whichever database the environment names: its process, port and desk."""
    folder = tmp_path_factory.mktemp("data")
    with (
        serving(folder, WEB_CONCURRENCY="3") as (process, port, _said),
        at_the_desk.desk(folder) as desk,
    ):
        yield SimpleNamespace(process=process, port=port, desk=desk)


def free_times(port, day=""):
    """The times that the site offers on a date, or on the first free day, as they travel in addresses."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request("GET", f"/consultation/?from={day}&day={day}")
        page = connection.getresponse().read().decode()
    return re.findall(r'name="time" value="([^"]+)"', page)


def workday(weeks):
    """A Wednesday so many weeks from now; each test has one of its own."""
    today = datetime.date.today()
    return today + DAY * (9 - today.isoweekday() + 7 * weeks)


def patients(port, numbers, wished, ready, gate, answers):
    """One process of patients: each opens the form, all wait at the gate, and send at once."""
    waiting = []
    with_form = [Patient(port, wished, number) for number in numbers]
    take_time(with_form)
    ready.release()

    def send(patient):
        gate.wait()
        try:
            answers.put(patient.send())
        except OSError as error:
            answers.put((type(error).__name__, False, 0))

    for patient in with_form:
        waiting.append(threading.Thread(target=send, args=[patient]))
        waiting[-1].start()
    for thread in waiting:
        thread.join()


@contextlib.contextmanager
def at_the_gate(port, wished, clients=CLIENTS):
    """Patients with open forms who all wait; gives what opens the gate, and then what every one was answered."""
    context = multiprocessing.get_context("fork")
    ready, gate, answers = context.Semaphore(0), context.Event(), context.Queue()
    of_all = list(itertools.islice(patients_of_http.numbers, clients))
    shares = [of_all[share::PROCESSES] for share in range(PROCESSES)]
    processes = [context.Process(target=patients, args=[port, share, wished, ready, gate, answers]) for share in shares]
    for process in processes:
        process.start()
    for _process in processes:
        assert ready.acquire(timeout=240), "the forms took too long"
    found: list[tuple[int | str, bool, int]] = []
    yield gate, found
    found += [answers.get(timeout=60) for _client in range(clients)]
    for process in processes:
        process.join()


def race(port, wished):
    """What every one of the patients was answered."""
    with at_the_gate(port, wished) as (gate, found):
        gate.set()
    return found


def are_told(found, *, winners):
    """Whether so many won, and everyone else has a page with what they typed and the three nearest times."""
    expected = collections.Counter({302: winners, 409: len(found) - winners})
    assert collections.Counter(status for status, _name, _others in found) == expected
    return all(name and others == 3 for status, name, others in found if status == 409)


class TestARace:
    @pytest.mark.parametrize("rounds", few_and_many(3, 20))
    def test_has_as_many_winners_as_seats_and_leaves_nobody_in_doubt(self, site, rounds):
        for number in range(rounds):
            # Not today, whose first time would be over for all of them if half an hour ended meanwhile. Ten on a day.
            day = workday(2) + DAY * (number // 10)
            wished = free_times(site.port, day)[0]

            assert are_told(race(site.port, wished), winners=SEATS)
            assert wished not in free_times(site.port, day)
            site.desk.submit(at_the_desk.hear_everyone).result()

    def test_in_which_places_are_taken_away_never_has_more_winners_than_there_were(self, site):
        wished, later = free_times(site.port, workday(7))[:2]
        start = datetime.datetime.fromisoformat(wished.replace("Z", "+00:00"))
        site.desk.submit(at_the_desk.change_clinic, seats=5).result()
        try:
            with at_the_gate(site.port, wished) as (gate, found):
                gate.set()
                site.desk.submit(at_the_desk.change_clinic, seats=1).result()
            statuses = collections.Counter(status for status, _name, _others in found)
            held = site.desk.submit(at_the_desk.held_at, start, start + 6 * CELL).result()

            assert statuses == {302: len(held), 409: CLIENTS - len(held)}
            assert 1 <= len(held) <= 5
            assert are_told(race(site.port, later), winners=1)
        finally:
            site.desk.submit(at_the_desk.change_clinic, seats=SEATS).result()
            site.desk.submit(at_the_desk.hear_everyone).result()

    def test_over_visits_of_another_length_fills_only_the_seats_that_are_free_for_all_of_it(self, site):
        wished = free_times(site.port, workday(3))[0]
        start = datetime.datetime.fromisoformat(wished.replace("Z", "+00:00"))
        # Half past nine on one of two seats; then visits of 45 minutes, the first of them until a quarter to ten.
        early = site.desk.submit(at_the_desk.take_visit, start + 6 * CELL).result()
        site.desk.submit(at_the_desk.change_clinic, visit_minutes=45).result()
        try:
            assert are_told(race(site.port, wished), winners=1)
        finally:
            site.desk.submit(at_the_desk.change_clinic, visit_minutes=30).result()

        held = site.desk.submit(at_the_desk.held_at, start, start + DAY).result()
        assert sorted(len(cells) for cells in held.values()) == [6, 9]
        assert len(held[early]) == 6

    def test_between_patients_and_staff_who_move_calls_there_has_as_many_winners_as_seats(self, site):
        wished = free_times(site.port, workday(4))[0]
        start = datetime.datetime.fromisoformat(wished.replace("Z", "+00:00"))
        calls = site.desk.submit(at_the_desk.take_calls, 40).result()

        with at_the_gate(site.port, wished, clients=100) as (gate, found):
            acts = [
                site.desk.submit(at_the_desk.act_at_once, "change_time", calls[share::4], start) for share in range(4)
            ]
            # Patients first: a form takes longer on its way than an act.
            until(lambda: site.desk.meeting.n_waiting == at_the_desk.PROCESSES)
            gate.set()
            site.desk.meeting.wait()
        moved = collections.Counter(end for act in acts for end in act.result())

        winners = SEATS - moved["done"]
        assert moved.total() == moved["done"] + moved["TimeGone"] == 40
        assert are_told(found, winners=winners)
        held = site.desk.submit(at_the_desk.held_at, start, start + 6 * CELL).result()
        assert sorted(len(cells) for cells in held.values()) == [6] * SEATS

    def test_of_staff_to_confirm_the_same_visit_confirms_it_once(self, site):
        start = datetime.datetime.fromisoformat(free_times(site.port, workday(5))[0].replace("Z", "+00:00"))
        site.desk.submit(at_the_desk.change_clinic, confirms_by_hand=True).result()
        visit = site.desk.submit(at_the_desk.take_visit, start).result()
        site.desk.submit(at_the_desk.change_clinic, confirms_by_hand=False).result()

        acts = [site.desk.submit(at_the_desk.act_at_once, "confirm", [visit] * 10) for _process in range(4)]
        site.desk.meeting.wait()
        ends = collections.Counter(end for act in acts for end in act.result())

        assert ends == {"done": 1, "NotPossible": 39}
        kinds, acts = site.desk.submit(at_the_desk.said_to, visit).result()
        assert acts == ["asked", "confirmed"]
        assert kinds.count("confirmed") == 1


class TestManyFormsFromOneAddress:
    @pytest.mark.parametrize("forms", few_and_many(100, 500))
    def test_put_no_more_than_a_few_on_the_list_and_keep_nobody_else_out(self, site, forms):
        # An address that no other test has.
        crowd = [Patient(site.port, "", number=4_000_000) for _form in range(forms)]
        other = Patient(site.port, free_times(site.port, workday(6))[0])
        for number, patient in enumerate(crowd):
            patient.email, patient.phone = f"flood{number}@example.org", f"+6012{7_000_000 + number}"
        take_time([*crowd, other])
        statuses: collections.Counter[int] = collections.Counter()

        def send_some(patients):
            statuses.update(patient.send()[0] for patient in patients)

        threads = [threading.Thread(target=send_some, args=[crowd[share::8]]) for share in range(8)]
        for thread in threads:
            thread.start()
        assert other.send()[0] == 302
        for thread in threads:
            thread.join()

        # Nobody is refused; what is more than a day's share of one address is set apart.
        assert statuses == {302: forms}
        assert site.desk.submit(at_the_desk.waiting_of, "flood").result() == (20, forms - 20)


class TestTwentyEditors:
    def test_who_save_their_rows_of_one_part_at_once_lose_nothing(self, site):
        rows = [{"key": f"row-{number}", "title": "Smoother", "text": "Before."} for number in range(20)]
        site.desk.submit(at_the_desk.write_draft, canonical_document(fit_document(benefits=rows))).result()

        acts = [site.desk.submit(at_the_desk.edit_rows, range(share, 20, 4)) for share in range(4)]
        site.desk.meeting.wait()

        assert {status for act in acts for status in act.result()} == {302}
        found = site.desk.submit(at_the_desk.texts_of_benefits).result()
        assert found == [f"By {number}." for number in range(20)]


class TestAWebWorkerThatIsKilled:
    @pytest.mark.parametrize("kills", few_and_many(3, 50))
    def test_takes_no_acknowledged_request_with_it(self, site, kills):
        acknowledged, is_over = [], threading.Event()

        def keep_sending():
            while not is_over.is_set():
                # A patient whose connection breaks has been told nothing.
                with contextlib.suppress(OSError, http.client.HTTPException):
                    waiting = [Patient(site.port, "") for _form in range(8)]
                    take_time(waiting)
                    for patient in waiting:
                        if patient.send()[0] == 302:
                            acknowledged.append(patient)

        threads = [threading.Thread(target=keep_sending) for _sender in range(8)]
        for thread in threads:
            thread.start()
        commands = {child: Path(f"/proc/{child}/cmdline").read_bytes() for child in children(site.process.pid)}
        (master,) = (child for child, command in commands.items() if b"gunicorn" in command)
        for _kill in range(kills):
            answered = len(acknowledged)
            until(lambda answered=answered: len(acknowledged) > answered + 2)
            os.kill(children(master)[0], signal.SIGKILL)
        is_over.set()
        for thread in threads:
            thread.join()

        assert len(acknowledged) > 2 * kills
        for patient in acknowledged:
            status, page = patient.own_page()
            assert (status, "We will call you" in page) == (200, True)
