"""Which public pages may be advertised, as staff are told; patients see the number of the approval alone."""

import datetime
import re

import pytest
from django.test import Client
from django.urls import reverse

from treatments.follow_up import letters
from treatments.models import Approval, Clinic, Edition
from treatments.publication import advertising, publishing
from treatments.running import checklist
from treatments.tests.builders import full_document, make_clinic, make_edition_of, make_open_clinic, make_request
from treatments.tests.language_walk import Walk
from treatments.tests.letters_of_each_kind import one_message_of_each_kind
from treatments.tests.meaning import words
from treatments.tests.monday import FRIDAY
from treatments.tests.screens import screen

NOON = datetime.datetime(2026, 7, 10, 4, tzinfo=datetime.UTC)


@pytest.fixture
def treatment(time_machine):
    """A public treatment at a clinic in Malaysia, on 10 July."""
    time_machine.move_to(NOON, tick=False)
    make_clinic()
    return make_edition_of(full_document())


def approve(treatment, expires_on="2026-12-31", number="KKLIU 1234 / 2026"):
    return Approval.objects.create(edition=treatment.editions.first(), number=number, expires_on=expires_on)


def lines(**clinic):
    Clinic.objects.update(**clinic)
    return [line for line in checklist.lines(Clinic.objects.current()) if "advertising approval" in str(line.says)]


@pytest.mark.django_db
class TestTheChecklist:
    def test_is_red_without_an_approval_where_the_country_asks_for_one(self, treatment):
        (line,) = lines(country="MY")

        assert not line.is_right
        assert line.is_required
        assert "No advertising approval is recorded" in str(line.says)
        assert lines(country="DE") == []

    @pytest.mark.parametrize(("expires_on", "is_right"), [("2026-07-10", True), ("2026-07-09", False)])
    def test_is_right_until_the_last_day_is_over(self, treatment, expires_on, is_right):
        approve(treatment, expires_on)

        (line,) = lines(country="MY")

        assert line.is_right == is_right

    def test_is_red_when_the_public_text_is_not_the_approved_one(self, treatment):
        approve(treatment)
        treatment.benefit_rows.update(title="Another feel")
        publishing.publish_sample(treatment)

        (line,) = lines(country="MY")

        assert not line.is_right
        assert "differs from edition 1, which was approved" in str(line.says)

    def test_goes_by_the_approval_that_was_recorded_last(self, treatment):
        approve(treatment, "2026-01-31")
        approve(treatment, "2027-01-31")

        assert [line.is_right for line in lines(country="MY")] == [True]


@pytest.mark.django_db
class TestPatients:
    PATHS = ("", "care/", "sources/")

    def test_see_the_number_on_every_page_of_the_treatment(self, treatment, read):
        approve(treatment)
        Clinic.objects.touch()

        for path in self.PATHS:
            page = read(f"{treatment.get_absolute_url()}{path}")
            assert "Advertising approval KKLIU 1234 / 2026, valid until 31 December 2026" in words(page.main)

    def test_are_told_nothing_of_what_is_wrong(self, treatment, read):
        approve(treatment, "2026-01-31")
        treatment.benefit_rows.update(title="Another feel")
        publishing.publish_sample(treatment)

        assert "differs" not in words(read(treatment.get_absolute_url()))

    def test_see_no_price_before_the_clinic_shows_prices(self, treatment, read, settings):
        settings.IS_DEMONSTRATION = False
        prices = [words(row) for row in read(treatment.get_absolute_url()).select("#cost .lines__row")]
        assert prices == []
        assert "In writing" in words(read(treatment.get_absolute_url()).article.header)

        Clinic.objects.touch(shows_prices=True)

        assert read(treatment.get_absolute_url()).select("#cost .lines__row")


class Reading(Walk):
    """A walk that remembers each text of the pages, titles and descriptions included."""

    def __init__(self):
        super().__init__(Client(), within=r"/(?!admin/|static/|pictures/)")
        self.texts: set[str] = set()

    def look_at(self, response, address):
        page = super().look_at(response, address)
        self.texts |= set(page.stripped_strings) | {tag["content"] for tag in page.select("meta[content]")}
        return page


def texts_that_say_free():
    """What the site's own pages and letters call free, except times; each is read in the state as it is."""
    held = make_request(FRIDAY, name="A", email="a@example.org", treatment=make_edition_of(full_document()))
    reading = Reading()
    reading.open("/", "/no-such-page/", "/consultation/link/sent/", held.private_path())
    written = [letters.letter_of(message) for message in one_message_of_each_kind(held)]
    spoken = {text for letter in written for text in (letter.subject, letter.body, str(letter.alternatives))}
    before_times = ((text, re.sub(r"\btimes?\b.*", "", str(text))) for text in reading.texts | spoken)
    return {text for text, start in before_times if re.search(r"\bfree\b", start, re.I)}


@pytest.mark.slow
@pytest.mark.django_db
class TestTheWordFree:
    @pytest.fixture(autouse=True)
    def clinic(self, monday_morning, settings, monkeypatch):
        settings.IS_DEMONSTRATION = False
        monkeypatch.setattr(letters, "is_true", lambda *asked: True)
        return make_open_clinic()

    def test_stands_nowhere_before_the_clinic_says_so(self):
        assert texts_that_say_free() == set()

    def test_stands_on_pages_and_in_letters_once_it_does(self):
        Clinic.objects.touch(says_free=True)

        said = texts_that_say_free()

        assert {"Ask for a free consultation", "Your free consultation"} <= said


@pytest.mark.django_db
class TestStaff:
    def test_are_told_on_the_treatments_screen_and_before_publishing(self, treatment, desk):
        Clinic.objects.update(country="MY")
        change = reverse("admin:treatments_treatment_change", args=[treatment.pk])
        assert "No advertising approval is recorded" in words(screen(desk, change))

        approve(treatment)

        assert "approval is recorded" not in words(screen(desk, change))
        assert "differs" not in words(screen(desk, change))

    def test_record_an_approval_of_an_edition_and_pages_change_at_once(self, treatment, desk, read):
        before = Clinic.objects.current().page_token
        add = reverse("admin:treatments_approval_add")
        edition = Edition.objects.get()
        assert "edition 1" in words(screen(desk, add).find(id="id_edition"))

        sent = {"edition": edition.pk, "number": "KKLIU 9", "expires_on": "2027-01-31", "scope": ""}
        assert desk.post(add, sent).status_code == 302

        assert Clinic.objects.current().page_token != before
        assert "KKLIU 9" in words(read(treatment.get_absolute_url()).main)


def test_a_sentence_says_what_is_wrong_first():
    missing = advertising.trouble(None, "", datetime.date(2026, 7, 10))

    assert str(missing) == "No advertising approval is recorded for this page."
