"""The home page asks what one would like to change, and leads straight to the answer or to help."""

import pytest

from treatments.article.listing import MOST_BY_CONCERN, MOST_ROWS
from treatments.tests.builders import full_document, make_clinic, make_edition_of, plain_document
from treatments.tests.meaning import words

CONCERN = {"evidence": "moderate", "honest": "It helps some people.", "sources": []}


def concern(key, advice="can-help", **changes):
    return {**CONCERN, "key": key, "name": key.title(), "advice": advice, "verdict": f"{key} fades", **changes}


def make_peel(*concerns, slug="peel", **changes):
    """A public treatment with these concerns."""
    return make_edition_of(plain_document(slug=slug, name=slug.title(), concerns=list(concerns), **changes))


def rows(page):
    """The rows under the question: (text, where it leads)."""
    return [(words(item), item.a["href"]) for item in page.select_one(".home .index").find_all("li")]


@pytest.mark.django_db
class TestTheQuestion:
    """What would you like to change?"""

    def test_is_answered_with_the_concerns_of_the_only_treatment_those_first_that_it_can_help(self, read):
        make_peel(concern("melasma", "ask"), concern("freckles"), concern("moles", "doctor-first"), concern("scars"))

        assert rows(read("/")) == [
            ("Freckles freckles fades", "/treatments/peel/#concern-freckles"),
            ("Scars scars fades", "/treatments/peel/#concern-scars"),
            ("Melasma melasma fades", "/treatments/peel/#concern-melasma"),
            ("Something else, or not sure Ask us", "/consultation/"),
        ]

    def test_leads_into_folds_that_are_there(self, read):
        treatment = make_edition_of(full_document())

        (_text, address), *_others = rows(read("/"))

        path, _hash, anchor = address.partition("#")
        assert path == treatment.get_absolute_url()
        assert read(path).find(id=anchor).find_parent("details")

    def test_names_the_treatment_of_each_row_where_there_are_several(self, read):
        make_peel(concern("freckles"))
        make_peel(concern("scars", verdict="", sessions_from=3, sessions_to=6), slug="needling")

        assert [text for text, _address in rows(read("/"))][:2] == [
            "Scars Needling · 3 to 6 sessions",
            "Freckles Peel · freckles fades",
        ]

    @pytest.mark.parametrize("number", [1, MOST_BY_CONCERN])
    def test_has_no_more_rows_than_fit_and_the_last_of_a_treatment_leads_to_the_rest(self, read, number):
        for place in range(number):
            make_peel(*(concern(f"c{row}") for row in range(MOST_ROWS + 1)), slug=f"peel-{place}")

        *found, _else = rows(read("/"))

        share = MOST_ROWS // number
        assert len(found) == share * number
        text, address = found[share - 1]
        assert text.startswith(f"And {MOST_ROWS + 2 - share} more")
        assert address == "/treatments/peel-0/#suitability"

    @pytest.mark.parametrize("number", [MOST_BY_CONCERN + 1, MOST_ROWS + 4])
    def test_is_answered_with_treatments_where_there_are_many_and_the_rest_is_in_the_list(self, read, number):
        for place in range(number):
            make_peel(concern("freckles"), slug=f"peel-{place:02}")

        page = read("/")

        shown = min(number, MOST_ROWS)
        assert [address for _text, address in rows(page)] == [f"/treatments/peel-{place:02}/" for place in range(shown)]
        assert bool(page.main.find("a", string=f"All {number} treatments")) == (number > shown)

    def test_without_treatments_leads_to_a_consultation(self, read):
        assert rows(read("/")) == [("Something else, or not sure Ask us", "/consultation/")]


@pytest.mark.django_db
class TestTheWayToHelp:
    @pytest.mark.parametrize(
        ("path", "status", "leads_to"),
        [
            ("/", 200, "#worried"),
            ("/treatments/", 200, "/#worried"),
            ("/treatments/light-peel/", 200, "#warning-signs"),
            ("/treatments/light-peel/sources/", 200, "/#worried"),
            ("/consultation/", 200, "/#worried"),
            ("/no-such-page/", 404, "/#worried"),
        ],
    )
    def test_stands_in_the_masthead_and_the_foot_of_every_page(self, read, path, status, leads_to):
        make_edition_of(full_document())

        page = read(path, status=status)

        (above,) = page.header.select("nav a:has(:-soup-contains('Something worries you?'))")
        (below,) = page.footer.select("a:-soup-contains('Something worries you?')")
        assert above["href"] == below["href"] == leads_to

    def test_ends_where_help_is(self, read):
        treatment = make_edition_of(full_document())

        assert words(read("/").find(id="worried").h2) == "Something worries you?"
        assert words(read(treatment.get_absolute_url()).find(id="warning-signs").h2) == "Something worries you?"

    def test_names_the_numbers_and_leads_to_the_signs_of_each_treatment(self, read):
        make_clinic(phone="+60 3-2345 6789", out_of_hours_phone="+60 12 345 6789", emergency_number="999")
        make_edition_of(full_document())
        make_peel(slug="without-signs")

        block = read("/").find(id="worried")

        assert [link["href"] for link in block.find_all("a")] == [
            *("tel:999", "tel:+60323456789", "tel:+60123456789"),
            "/treatments/light-peel/#warning-signs",
        ]

    def test_of_a_clinic_without_numbers_has_no_gap(self, read):
        text = words(read("/").find(id="worried"))

        assert "Call your local emergency number." in text
        assert "Call the clinic that treated you. If we are closed or do not answer, see a doctor today." in text


@pytest.mark.django_db
class TestTheListOfTreatments:
    def test_says_how_long_a_visit_and_a_course_are_where_it_is_known(self, read):
        make_edition_of(full_document())
        make_peel(slug="without-facts")

        facts = {words(row.h3): words(row) for row in read("/treatments/").main.select("li:has(h3)")}

        assert "20 to 30 minutes · 3 to 6 sessions" in facts["Light peel"]
        assert "·" not in facts["Without-Facts"]
