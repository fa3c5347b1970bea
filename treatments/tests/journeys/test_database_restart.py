"""The database is stopped and started again under the site: what was acknowledged is there, and the rest is told so."""

import pytest

from treatments.tests.journeys.patients_of_http import Patient, take_time
from treatments.tests.journeys.serving import serving
from treatments.tests.postgres import postgres
from treatments.tests.waiting import until

pytestmark = pytest.mark.race


def test_loses_no_acknowledged_request_and_no_letter(tmp_path):
    with (
        postgres() as database,
        serving(tmp_path / "data", DATABASE_URL=database.url) as (_process, port, _said),
    ):
        early, late = ([Patient(port, "") for _form in range(6)] for _group in range(2))
        take_time(early + late)
        assert {patient.send()[0] for patient in early} == {302}

        database.stop()
        assert {patient.send()[0] for patient in late} == {503}
        database.start()

        # The very same forms, as with a browser's Back and Send.
        assert {patient.send()[0] for patient in late} == {302}
        assert {patient.own_page()[0] for patient in early + late} == {200}
        letters = tmp_path / "data" / "mail"
        until(lambda: letters.is_dir() and len(list(letters.iterdir())) == len(early + late), patience=60)
