"""Four ways through the rooms are as docs/architecture.md gives them: each is followed while it runs."""

import re
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model

from treatments.consultation import booking, staff_acts
from treatments.models import ConsultationRequest
from treatments.models.private_link import new_secret
from treatments.publication import content_file, publishing
from treatments.running import sample
from treatments.tests.builders import (
    bundled_article,
    make_edition_of,
    make_full_treatment,
    make_open_clinic,
    make_request,
    make_treatment,
)
from treatments.tests.monday import FRIDAY
from treatments.views.treatment import page_of

pytestmark = pytest.mark.slow

PACKAGE = settings.BASE_DIR / "treatments"
DESCRIBED = (settings.BASE_DIR / "docs/architecture.md").read_text(encoding="utf-8")
#: Every room asks these for what a word, a row or a text is; they know no other room, so no way leads through them.
ASKED_BY_ALL = ("values", "models", "text")


def way_of(act):
    """The rooms that calling `act` enters, in order, a room again whenever it is entered anew."""
    rooms: list[str] = []

    def note(frame, event, _argument):
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(PACKAGE):
            room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
            if room not in (*ASKED_BY_ALL, "tests", *rooms[-1:]):
                rooms.append(room)

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return rooms


def described(what):
    """The way that the document's table gives for something."""
    (way,) = re.findall(rf"^\| {re.escape(what)} \| ([^|]+) \|", DESCRIBED, re.M)
    return [room.strip(" `") for room in way.split("→")]


@pytest.fixture
def clinic(monday_morning, db):
    return make_open_clinic(email="desk@example.org", confirms_by_hand=True)


class TestAWay:
    def test_of_a_field_from_the_file_into_the_draft(self, db):
        def bring_in():
            document, _pictures = content_file.read(sample.CONTENT / "pico-laser.toml")
            publishing.bring_in(document, is_confirmed=False)

        assert way_of(bring_in) == described("a field from the file into the draft")

    def test_of_a_draft_that_is_published(self, db):
        treatment = make_treatment()
        assert way_of(lambda: publishing.publish_sample(treatment)) == described("a draft published")

    def test_of_a_field_onto_the_page(self, clinic, rf):
        edition = make_edition_of(bundled_article()).editions.get()
        request = rf.get("/")
        request.clinic = clinic
        assert way_of(lambda: page_of(request, edition.content(), edition)) == described("a field onto the page")

    def test_of_a_field_back_into_the_file(self, db, tmp_path):
        treatment = make_full_treatment()
        path = tmp_path / "peel.toml"
        assert way_of(lambda: content_file.write(publishing.draft_of(treatment), path)) == described(
            "a field back into the file"
        )

    def test_of_a_phone_number_that_is_asked_for_and_erased(self, clinic):
        answers = {"name": "Mei", "phone": "+60123456789", "treatment": make_treatment()}
        way = way_of(lambda: booking.ask(answers, start=FRIDAY, form_key=new_secret()))
        assert way == described("a phone number from the form into a request")
        consultation = ConsultationRequest.objects.get()
        assert way_of(lambda: booking.erase(consultation)) == described("a phone number erased")

    def test_of_an_act_of_staff(self, clinic):
        rosa = get_user_model().objects.create_user("Rosa", is_staff=True)
        consultation = make_request(start=FRIDAY, email="mei@example.org")
        assert way_of(lambda: staff_acts.confirm(consultation, by=rosa)) == described("a time confirmed by staff")
