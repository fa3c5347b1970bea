"""Who treats at the clinic stands on its pages as soon as a manager has entered them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from treatments.models import Clinic, Clinician
from treatments.tests.builders import full_document, make_clinic, make_edition_of, picture_bytes
from treatments.tests.meaning import words
from treatments.text import pictures

ADD = "admin:treatments_clinician_add"
PERSON = {
    "name": "Dr Aisyah Lim",
    "title": "Dermatologist",
    "register": "Malaysian Medical Council",
    "register_number": "12345",
    "order": "0",
}


def enter(desk, address=None, **values):
    return desk.post(address or reverse(ADD), {**PERSON, **values})


@pytest.fixture
def treatment():
    make_clinic()
    return make_edition_of(full_document())


@pytest.mark.django_db
class TestAClinician:
    def test_stands_at_the_end_of_a_treatments_page_with_the_register(self, treatment, desk, read):
        assert "Dr Aisyah" not in words(read(treatment.get_absolute_url()))

        assert enter(desk).status_code == 302

        end = words(read(treatment.get_absolute_url()).find(id="edition"))
        assert "Dr Aisyah Lim , Dermatologist Malaysian Medical Council 12345" in end

    def test_has_a_picture_that_can_be_taken_back(self, treatment, desk, read):
        file = SimpleUploadedFile("me.png", picture_bytes(), "image/png")
        assert enter(desk, file=file).status_code == 302
        person = Clinician.objects.get()
        assert pictures.is_there(person.picture)
        assert read(treatment.get_absolute_url()).select(".clinicians img")

        change = reverse("admin:treatments_clinician_change", args=[person.pk])
        assert enter(desk, change, no_picture="on").status_code == 302

        assert not pictures.is_there(person.picture)
        assert not read(treatment.get_absolute_url()).select(".clinicians img")

    def test_leaves_the_pages_when_deleted(self, treatment, desk, read):
        enter(desk)
        desk.post(reverse("admin:treatments_clinician_delete", args=[Clinician.objects.get().pk]), {"post": "yes"})

        assert "Dr Aisyah" not in words(read(treatment.get_absolute_url()))

    @pytest.mark.parametrize("column", ["name", "register", "register_number"])
    def test_is_not_taken_without_what_patients_can_check(self, treatment, desk, column):
        assert enter(desk, **{column: ""}).status_code in (200, 422)
        assert not Clinician.objects.exists()


def test_nobody_is_invented(db):
    assert Clinic.objects.current().clinicians.count() == 0
