"""A new question in the consultation form is what docs/guides/new-question.md says, and no more."""

import pytest

from treatments.tests.guides import USE, copy_with, run

pytestmark = pytest.mark.slow

#: What becomes of an answer, as tests that run in the copy, where the question exists.
TESTS = """
import pytest

from treatments.consultation import booking, personal_data
from treatments.models import Clinic, ConsultationRequest
from treatments.tests.builders import make_form_key, make_open_clinic
from treatments.tests.screens import screen

pytestmark = pytest.mark.django_db
ANSWERS = {"name": "Mei Tan", "phone": "+60 12 345 6789", "best_time": "any", "consent": "on"}
ANSWERS["spoken_language"] = "Hokkien"


@pytest.fixture
def asked(client):
    make_open_clinic()
    response = client.post("/consultation/details/", {**ANSWERS, "form_key": make_form_key()})
    assert response.status_code == 302, response.content.decode()
    return ConsultationRequest.objects.get()


def test_is_stored(asked):
    assert asked.spoken_language == "Hokkien"


def test_is_shown_at_the_desk(asked, desk):
    page = screen(desk, f"/admin/treatments/consultationrequest/{asked.pk}/change/")

    assert "Language to speak" in page.get_text() and "Hokkien" in page.get_text()


def test_is_asked_at_the_desk_too(asked, desk):
    assert screen(desk, "/admin/treatments/consultationrequest/add/").find(attrs={"name": "spoken_language"})


def test_is_told_to_the_patient(asked, client):
    page = screen(client, asked.private_path() + "held/")

    assert "Language to speak" in page.get_text() and "Hokkien" in page.get_text()
    assert personal_data.held_about(asked, Clinic.objects.get())["spoken_language"] == "Hokkien"


def test_is_erased(asked):
    booking.erase(asked)

    assert ConsultationRequest.objects.get().spoken_language == ""
"""
#: Tests of the project itself that speak of every column.
OF_EVERY_COLUMN = (
    "treatments/tests/web/test_privacy.py",
    "treatments/tests/consultation/test_erasing.py",
    "treatments/tests/models/test_constraints.py",
    "treatments/tests/test_house_rules.py",
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the project in which the guide was followed."""
    return copy_with("new-question.md", tmp_path_factory.mktemp("copy") / "project", TESTS)


class TestTheGuideToANewQuestion:
    def test_has_one_migration(self, copy):
        assert [path.name for path in (copy / "treatments" / "migrations").glob("*_ask_which_language_to_speak.py")]
        run(copy, "manage.py", "makemigrations", "--check", "--dry-run")

    def test_makes_a_question_that_is_stored_shown_told_and_erased(self, copy):
        assert " passed" in run(copy, "-m", "pytest", "-q", "--no-migrations", USE)

    def test_leaves_the_tests_of_every_column_green(self, copy):
        assert " passed" in run(copy, "-m", "pytest", "-q", "--no-migrations", "-m", "not prove", *OF_EVERY_COLUMN)
