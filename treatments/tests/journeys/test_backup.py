"""A backup under load, restored elsewhere, has every request that was acknowledged before it; those erased stay so."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
import time

import pytest
from django.conf import settings

from treatments.tests.journeys.patients_of_http import Patient, take_time
from treatments.tests.journeys.serving import serving
from treatments.tests.waiting import until

pytestmark = [pytest.mark.race, pytest.mark.prove]

PASSPHRASE = "a passphrase of the tests"
#: Patients who book while a backup is made, and how long the slowest of them may wait, in seconds.
PATIENTS, PATIENCE = 20, 1


def manage(folder, *arguments):
    """Run a command of manage.py on a folder; what it said."""
    kept = {name: value for name, value in os.environ.items() if name not in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL")}
    variables = {"DATA_DIR": str(folder), "BACKUP_PASSPHRASE": PASSPHRASE}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def emails(folder):
    """The addresses of all requests that are in the database of a folder."""
    with contextlib.closing(sqlite3.connect(folder / "clinic.sqlite3")) as database:
        return {email for (email,) in database.execute("SELECT email FROM treatments_consultationrequest")}


def book(patients, acknowledged):
    """Let one patient after the other send the form; (when it was acknowledged, email, how long it took) of each."""
    for patient in patients:
        begun = time.monotonic()
        assert patient.send()[0] == 302
        acknowledged.append((time.monotonic(), patient.email, time.monotonic() - begun))


def test_under_load_brings_back_elsewhere_whoever_had_an_answer_and_nobody_who_was_erased(tmp_path):
    old, new, file = tmp_path / "old", tmp_path / "new", tmp_path / "backups" / "clinic.backup"
    file.parent.mkdir()
    acknowledged: list[tuple[float, str, float]] = []
    with serving(old, without=["DATABASE_URL"], BACKUP_FOLDER=str(file.parent), BACKUP_PASSPHRASE=PASSPHRASE) as (
        _process,
        port,
        _said,
    ):
        # The first one of the worker's comes by itself.
        until(lambda: list(file.parent.glob("nightly-*.backup")))
        patients = [Patient(port, "") for _patient in range(PATIENTS)]
        take_time(patients)
        kept, erased, *patients = patients
        booking = threading.Thread(target=book, args=(patients, acknowledged))
        book([kept, erased], acknowledged)
        booking.start()
        before = time.monotonic()
        manage(old, "backup", str(file))
        booking.join()
        assert len(acknowledged) == PATIENTS
        assert erased.erase() == 302

    said = manage(new, "restore", str(file))

    assert {email for at, email, _took in acknowledged if at < before} - {erased.email} <= emails(new)
    assert kept.email in emails(new)
    assert erased.email not in emails(new)
    assert "Letters that wait until a manager decides at the desk" in said
    assert max(took for _at, _email, took in acknowledged) < PATIENCE
    with serving(new, without=["DATABASE_URL"]) as (_process, port, _said):
        patient = Patient(port, "")
        assert patient.ask("GET", "/treatments/pico-laser/")[0].status == 200
        take_time([patient])
        assert patient.send()[0] == 302
