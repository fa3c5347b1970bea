"""New questions in the consultation form are what docs/guides/new-question.md says, and no more."""

import pytest

from treatments.tests.guides import USE, copy_with, run

pytestmark = pytest.mark.slow

#: What becomes of the answers, as tests that run in the copy, where the questions exist.
TESTS = """
import pytest

from treatments.consultation import booking, personal_data
from treatments.models import Clinic, ConsultationRequest
from treatments.tests.builders import make_form_key, make_open_clinic
from treatments.tests.screens import screen

pytestmark = pytest.mark.django_db
ANSWERS = {"name": "Mei Tan", "phone": "+60 12 345 6789", "best_time": "any", "consent": "on"}
ANSWERS |= {"spoken_language": "Hokkien", "seen_by": "woman"}


@pytest.fixture
def asked(client):
    make_open_clinic()
    response = client.post("/consultation/details/", {**ANSWERS, "form_key": make_form_key()})
    assert response.status_code == 302, response.content.decode()
    return ConsultationRequest.objects.get()


def answers_of(request):
    return request.spoken_language, request.seen_by


def shown_on(page):
    # {label: value} of its lists.
    return {label.text.strip(): label.find_next_sibling("dd").text.strip() for label in page.find_all("dt")}


def test_are_stored(asked):
    assert answers_of(asked) == ("Hokkien", "woman")


def test_may_be_left_out(client):
    make_open_clinic()
    answers = {**ANSWERS, "spoken_language": "", "seen_by": "", "form_key": make_form_key()}

    assert client.post("/consultation/details/", answers).status_code == 302
    assert answers_of(ConsultationRequest.objects.get()) == ("", "")


def test_are_shown_in_words_at_the_desk(asked, desk):
    shown = shown_on(screen(desk, f"/admin/treatments/consultationrequest/{asked.pk}/change/"))

    assert (shown["Language to speak"], shown["To be seen by"]) == ("Hokkien", "A woman")


def test_are_asked_at_the_desk_too(asked, desk):
    page = screen(desk, "/admin/treatments/consultationrequest/add/")

    assert page.find("input", attrs={"name": "spoken_language", "type": "text"})
    assert len(page.find_all(attrs={"name": "seen_by", "type": "radio"})) == 3


def test_are_told_to_the_patient_in_words(asked, client):
    shown = shown_on(screen(client, asked.private_path() + "held/"))
    held = personal_data.held_about(asked, Clinic.objects.get())

    assert (shown["Language to speak"], shown["To be seen by"]) == ("Hokkien", "A woman")
    assert (held["spoken_language"], held["seen_by"]) == ("Hokkien", "woman")


def test_are_erased(asked):
    booking.erase(asked)

    assert answers_of(ConsultationRequest.objects.get()) == ("", "")
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


class TestTheGuideToNewQuestions:
    def test_has_one_migration(self, copy):
        assert [path.name for path in (copy / "treatments" / "migrations").glob("*_ask_for_language_and_person.py")]
        run(copy, "manage.py", "makemigrations", "--check", "--dry-run")

    def test_makes_questions_whose_answers_are_stored_shown_told_and_erased(self, copy):
        assert " passed" in run(copy, "-m", "pytest", "-q", "--no-migrations", USE)

    def test_leaves_the_tests_of_every_column_green(self, copy):
        assert " passed" in run(copy, "-m", "pytest", "-q", "--no-migrations", "-m", "not prove", *OF_EVERY_COLUMN)
