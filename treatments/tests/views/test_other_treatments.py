"""Nothing about one treatment stands in a template or a view: others come out as good, whatever they leave out."""

import json
import re

import pytest
from bs4 import BeautifulSoup
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from treatments.models import PARTS
from treatments.publication import content_file
from treatments.publication.checking import check
from treatments.tests.builders import full_document, make_edition_of, needed_row
from treatments.tests.meaning import chapter_titles, faults, first_layer, folded_titles, squeezed, words
from treatments.tests.source_files import ROOT
from treatments.values import document_format
from treatments.web import pages

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

FIXTURES = ROOT / "treatments" / "tests" / "fixtures"
#: Words that would come from the article that the site brings.
OF_THE_OTHER = r"\blaser|\bpico|\btattoo|\bpigment|\bskin tone"


def injections():
    """A treatment in format 2 that has nothing of a laser: injections against sweating."""
    document, _pictures = content_file.read(FIXTURES / "underarm-injections.toml")
    return document


def peel():
    """A treatment in format 1, as it was stored then."""
    return document_format.upgrade(json.loads((FIXTURES / "format-1.json").read_text(encoding="utf-8")))


def page_of(document, below=""):
    """A page of a treatment with this document, parsed; afterwards the database is as before."""
    pages.store.clear()
    with transaction.atomic():
        response = Client().get(make_edition_of(document).get_absolute_url() + below)
        transaction.set_rollback(True)
    assert response.status_code == 200
    return BeautifulSoup(response.content, "html.parser")


def is_named(part, row):
    """Whether the page has a row's name; facts in numbers that are not at the top only feed the figures."""
    return part not in ("sources", "waivers", "leads") and ("measure" not in row or row.get("at_top"))


@pytest.mark.parametrize("make", [injections, peel])
class TestAnotherTreatment:
    @pytest.mark.parametrize("below", ["", "?open=all", "care/", "sources/"])
    def test_comes_out_without_a_fault_and_without_a_word_of_ours(self, make, below):
        page = page_of(make(), below)

        assert faults(page) == []
        assert re.findall(OF_THE_OTHER, str(page), re.I) == []

    def test_is_whole(self, make):
        document = make()
        page = page_of(document)

        named = [row[PARTS[part].named_by] for part in PARTS for row in document.get(part, []) if is_named(part, row)]
        said = squeezed(page.main.get_text())
        assert [name for name in named if squeezed(name) not in said] == []
        assert set(chapter_titles(page)) >= {
            "suitability",
            "risks",
            "preparation",
            "aftercare",
            "warning-signs",
            "more",
        }


class TestATreatmentOfAnotherKind:
    def test_has_all_its_chapters(self):
        page = page_of(injections())

        assert list(chapter_titles(page))[:6] == [
            *("suitability", "risks", "preparation", "aftercare", "warning-signs", "cost")
        ]
        assert set(folded_titles(page)) == {
            *("results", "how-it-works", "benefits", "appointment", "alternatives", "questions", "consultation"),
            *("glossary", "sources"),
        }

    def test_says_its_own_in_the_first_layer(self):
        layer = words(first_layer(page_of(injections())))

        for said in ("Much drier for months", "Both underarms", "the next day, if no prick is open", "small bruises"):
            assert said in layer


def named_in(document):
    """The names of what is not treated, of precautions and of risks, in the order of the page."""
    others = [row["name"] for row in document["concerns"] if row["advice"] in ("something-else", "doctor-first")]
    precautions = [row["situation"] for row in document["precautions"] if not row.get("boxed")]
    return [*others, *precautions, *(row["name"] for row in document["risks"])]


class TestATreatmentInFormat1:
    def test_has_names_alone_where_there_is_no_brief_or_verdict(self):
        document = peel()
        layer = first_layer(page_of(document))

        assert [words(name) for name in layer.select("#suitability .row__name")] == ["Dull skin"]
        assert layer.select("#suitability .row__note") == []
        briefs = [words(item) for item in layer.select("#suitability .briefs li")]
        assert [*briefs, *(words(note) for note in layer.select("#risks .row__note"))] == named_in(document)

    def test_shows_preparation_and_signs_whole(self):
        document = peel()
        layer = squeezed(first_layer(page_of(document)).get_text())

        for part, column in (("preparation", "rule"), ("warning_signs", "sign")):
            assert [row[column] for row in document[part] if squeezed(row[column]) not in layer] == []

    def test_shows_the_rules_of_aftercare_by_their_days_in_a_fold(self):
        document = peel()
        after = page_of(document).find(id="aftercare")

        assert "activities" not in document
        rules = [row["rule"] for row in document["aftercare"]]
        assert [rule for rule in rules if squeezed(rule) not in squeezed(after.get_text())] == []


def whole_rows(document, part):
    """The rows of a part whose references lead to rows that there are; a reference that leads nowhere is left out."""
    for row in document[part]:
        kept = dict(row)
        for name, other in PARTS[part].refers.items():
            if kept.get(name) not in {each["key"] for each in document.get(other, [])}:
                kept.pop(name, None)
        if "sources" in kept:
            known = {source["reference"] for source in document.get("sources", [])}
            kept["sources"] = [reference for reference in kept["sources"] if reference in known]
        yield kept


@st.composite
def with_parts_left_out(draw, document):
    """The document with any part, row or column left out that may be missing."""
    left = {name: value for name, value in document.items() if name not in PARTS}
    for part in PARTS:
        rows = document.get(part, [])
        kept = [row for row in rows if draw(st.booleans())]
        left[part] = [thinned(draw, part, row) for row in kept]
    for part in PARTS:
        left[part] = list(whole_rows(left, part))
    return {name: value for name, value in left.items() if value != []}


#: Columns of which one asks for the other, by the rules of the format: they stay.
TOGETHER = {
    *(
        "value",
        "measure",
        "least",
        "most",
        "from_day",
        "to_day",
        "events",
        "people",
        "counted",
        "ask_first",
        "question",
    ),
    *("sessions_from", "weeks_apart_from", "weeks_apart_to", "last_day", "yields_to", "currency"),
}


def thinned(draw, part, row):
    """A row with any of its columns left out that it does not need."""
    needed = {*needed_row(part), *TOGETHER, "key", "reference"}
    return {name: value for name, value in row.items() if name in needed or draw(st.booleans())}


class TestATreatmentThatLeavesOutWhatItMay:
    @pytest.mark.parametrize("make", [injections, full_document, peel])
    def test_has_no_fault_on_any_page(self, make):
        @settings(
            max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
        )
        @given(with_parts_left_out(make()))
        def holds(document):
            assert check(document).problems == []
            for below in ("", "care/", "sources/"):
                assert faults(page_of(document, below)) == [], below

        holds()
