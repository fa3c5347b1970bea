"""Rows, documents and files are one shape, and going round changes nothing."""

import copy
import datetime
import tomllib

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.functional import lazy

from treatments.models import PARTS, Benefit, Treatment
from treatments.publication import content_file, publishing
from treatments.publication import document as documents
from treatments.publication.checking import check
from treatments.publication.problem import Place
from treatments.tests.builders import (
    canonical_document,
    full_document,
    make_full_treatment,
    make_treatment,
    plain_document,
)
from treatments.values import document_format
from treatments.values.document_format import FORMAT


def problems_of(data):
    """What is wrong, as people read it."""
    return [str(problem) for problem in check(data).problems]


class TestADocument:
    def test_has_no_nulls_and_no_empty_values(self):
        document = canonical_document(full_document(benefits=[], reviewer=""))

        def walk(value):
            if isinstance(value, dict):
                assert all(item is not False and item not in (None, "", []) for item in value.values())
                for item in value.values():
                    walk(item)
            elif isinstance(value, list):
                for item in value:
                    walk(item)

        walk(document)
        assert "benefits" not in document
        assert "reviewer" not in document

    def test_lists_references_once_and_in_natural_order(self):
        data = full_document()
        data["benefits"][0]["sources"] = ["R10", "R2", "R1", "R2"]

        assert canonical_document(data)["benefits"][0]["sources"] == ["R1", "R2", "R10"]

    def test_is_unchanged_by_a_second_check(self):
        once = canonical_document(full_document())

        assert documents.canonical(canonical_document(copy.deepcopy(once))) == documents.canonical(once)

    def test_makes_keys_that_the_file_leaves_out_and_keeps_them_apart(self):
        rows = [{"title": "Smoother feel", "text": "Yes."}, {"title": "Smoother: feel!", "text": "Yes."}]

        document = canonical_document(plain_document(benefits=rows))

        assert [row["key"] for row in document["benefits"]] == ["smoother-feel", "smoother-feel-2"]

    def test_makes_a_key_for_a_name_without_latin_letters(self):
        document = canonical_document(plain_document(benefits=[{"title": "أنعم", "text": "نعم."}]))

        assert document["benefits"][0]["key"] == "benefit"

    def test_makes_the_same_key_in_every_language_of_the_interface(self, monkeypatch):
        label = lazy(lambda: "益处" if translation.get_language() == "zh-hans" else "benefit", str)
        monkeypatch.setattr(Benefit._meta, "verbose_name", label())

        with translation.override("zh-hans"):
            document = canonical_document(plain_document(benefits=[{"title": "更光滑", "text": "是。"}]))

        assert document["benefits"][0]["key"] == "benefit"

    def test_of_an_unknown_format_is_refused_with_the_one_that_is_read(self):
        with pytest.raises(document_format.Refused, match=f"write format = {FORMAT}"):
            document_format.upgrade({**plain_document(), "format": FORMAT + 1})

    @pytest.mark.parametrize("format", [None, True, "1", pytest.param(16**9999, id="huge")])
    def test_must_say_its_format_as_a_number(self, format):
        with pytest.raises(document_format.Refused):
            document_format.upgrade({**plain_document(), "format": format})


class TestAProblem:
    def test_names_the_place_and_the_remedy(self):
        data = full_document()
        data["benefits"][0]["sources"] = ["R99"]

        assert problems_of(data) == ['benefits[0].sources[0]: no source "R99"; sources are defined under [[sources]]']

    def test_with_a_choice_lists_the_choices(self):
        data = plain_document(risks=[{"name": "Redness", "text": "Yes.", "band": "often"}])

        assert problems_of(data) == ['risks[0].band: must be one of "common", "uncommon", "rare"']

    @pytest.mark.parametrize("date", ["in March", "2026-13-01", "x" * 5000, 2026, datetime.datetime(2026, 12, 3)])
    def test_with_a_date_says_how_dates_look_and_no_more(self, date):
        assert problems_of(plain_document(next_review_date=date)) == [
            "next_review_date: must be a date such as 2026-12-03"
        ]

    def test_with_an_address_of_the_web_says_how_it_looks(self):
        data = full_document()
        data["sources"][0]["url"] = "example.org"

        assert problems_of(data) == ["sources[0].url: Give the whole address, such as https://example.org/."]

    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            ({"titel": "A"}, "titel: not a key of this place; did you mean title?"),
            ({"source": []}, "source: not a key of this place; did you mean sources?"),
            (
                {"benefits": [{"title": "A", "text": "B", "language": "en"}]},
                "benefits[0].language: not a key of this place; "
                "it belongs at the top of the file, before the first double brackets",
            ),
            (
                {"glossary": [{"term": "A", "meaning": "B", "colour": "C"}]},
                "glossary[0].colour: not a key of this place; "
                "the keys are key, basis, note, term, also, meaning, sources",
            ),
        ],
    )
    def test_with_a_key_says_which_was_meant(self, changes, problem):
        assert problems_of(plain_document(**changes)) == [problem]

    @pytest.mark.parametrize("year", ["2019", 1499, 2201, 2019.0, True])
    def test_with_a_number_says_its_range(self, year):
        data = full_document()
        data["sources"][0]["year"] = year

        assert problems_of(data) == ["sources[0].year: must be a whole number from 1500 to 2200, without quotes"]

    @pytest.mark.parametrize("reference", ["R1, R2", "R-1", ""])
    def test_with_a_reference_that_is_none_says_how_they_look(self, reference):
        data = full_document()
        data["benefits"][0]["sources"] = [reference]

        assert problems_of(data) == [
            f'benefits[0].sources[0]: no source "{reference}"; '
            'each reference stands by itself, in capitals, such as ["R9", "R16"]'
        ]

    def test_with_an_address_says_how_addresses_look(self):
        assert problems_of(plain_document(slug="light_peel")) == ["slug: Use small letters, digits and single hyphens."]

    def test_is_told_for_every_place_at_once(self):
        data = plain_document(
            title="",
            benefits=[{"titel": "Smoother"}, {"title": 5, "text": "Yes."}],
            risks=[{"name": "Redness", "text": "Yes.", "band": "often"}],
        )

        places = {problem.split(":")[0] for problem in problems_of(data)}

        assert places == {
            "title",
            "benefits[0].titel",
            "benefits[0].title",
            "benefits[0].text",
            "benefits[1].title",
            "risks[0].band",
        }

    @pytest.mark.parametrize(
        ("changes", "place"),
        [
            ({"benefits": "smooth"}, "benefits"),
            ({"benefits": ["smooth"]}, "benefits"),
            ({"benefits": [{"title": "A", "text": "B", "events": 5, "people": 3}]}, "benefits[0].people"),
            ({"benefits": [{"title": "A", "text": "B", "events": 5}]}, "benefits[0].people"),
            ({"key_facts": [{"label": "Time", "measure": "sessions", "least": 2**40}]}, "key_facts[0].least"),
            ({"benefits": [{"title": "A", "text": "B", "sources": "R1"}]}, "benefits[0].sources"),
            ({"benefits": [{"key": "Not a slug", "title": "A", "text": "B"}]}, "benefits[0].key"),
            ({"benefits": [{"title": "A\0", "text": "B"}]}, "benefits[0].title"),
            ({"preparation": [{"rule": "Wait.", "from_day": 1, "to_day": 0}]}, "preparation[0].to_day"),
            ({"preparation": [{"rule": "Wait.", "from_day": -4, "to_day": 2}]}, "preparation[0].to_day"),
            ({"preparation": [{"rule": "Wait.", "from_day": -4}]}, "preparation[0].to_day"),
            ({"aftercare": [{"rule": "Wait.", "from_day": -1}]}, "aftercare[0].from_day"),
            ({"aftercare": [{"rule": "Wait.", "from_day": 1, "to_day": 5, "least_day": 6}]}, "aftercare[0].to_day"),
            ({"key_facts": [{"label": "Time"}]}, "key_facts[0].value"),
            ({"key_facts": [{"label": "Time", "value": "long", "least": 3}]}, "key_facts[0].value"),
            ({"sources": [{"reference": "R 1", "title": "A", "evidence": "review"}]}, "sources[0].reference"),
            (
                {"sources": [{"reference": "R1", "title": "A", "evidence": "review", "url": "javascript:alert(1)"}]},
                "sources[0].url",
            ),
            ({"reviewer": "Someone"}, "review_date"),
            ({"reviewer": "Someone", "review_date": datetime.datetime(2026, 1, 1)}, "review_date"),
            ({"next_review_date": "2026-13-01"}, "next_review_date"),
            ({"slug": "no spaces"}, "slug"),
            ({"language": "Arabic"}, "language"),
        ],
    )
    def test_is_found(self, changes, place):
        assert [problem.split(":")[0] for problem in problems_of(plain_document(**changes))] == [place]

    def test_is_told_of_keys_and_references_that_stand_twice(self):
        data = full_document()
        data["questions"][1]["key"] = data["questions"][0]["key"]
        data["sources"].append(dict(data["sources"][0]))

        assert [problem.split(":")[0] for problem in problems_of(data)] == ["questions[1].key", "sources[3].reference"]

    def test_is_told_of_two_wrong_keys_without_a_word_of_a_third(self):
        data = full_document()
        for row in data["questions"][:2]:
            row["key"] = f"No {row['key']}"

        assert [problem.split(":")[0] for problem in problems_of(data)] == ["questions[0].key", "questions[1].key"]

    def test_is_told_where_as_data_whatever_a_key_looks_like(self):
        data = full_document(**{"risks[0]": "A key of the page that looks like a row."})
        data["benefits"][0]["sources"] = ["R1", "R99"]

        places = [problem.place for problem in check(data).problems]

        assert places == [Place(key="risks[0]"), Place("benefits", 0, "sources", 1)]

    def test_is_told_by_keys_and_not_by_labels_of_the_desk(self):
        row = {"title": "It fades", "text": "It fades.", "events": 9, "people": 5, "counted": "people"}

        (problem,) = problems_of(plain_document(benefits=[row]))

        assert problem.startswith("benefits[0].people: This must not be less than events, which is 9")

    def test_is_told_of_a_word_that_is_explained_twice(self):
        terms = [{"term": "Keloid", "meaning": "A scar."}, {"term": "keloid", "meaning": "A thick scar."}]

        problems = problems_of(plain_document(glossary=terms))

        assert [problem.split(":")[0] for problem in problems] == ["glossary[1].term"]

    def test_is_told_of_a_measure_that_two_key_facts_give(self):
        data = full_document()
        data["key_facts"][1]["measure"] = data["key_facts"][0]["measure"]

        assert [problem.split(":")[0] for problem in problems_of(data)] == ["key_facts[1].measure"]


@pytest.mark.django_db
class TestADraft:
    def test_gives_back_the_document_that_it_was_written_from(self):
        document = canonical_document(full_document())

        treatment = documents.write(document)

        assert documents.canonical(publishing.draft_of(treatment)) == documents.canonical(document)

    def test_is_replaced_whole(self):
        make_full_treatment()

        make_treatment(name="Another name")

        treatment = Treatment.objects.get()
        assert publishing.draft_of(treatment) == canonical_document(plain_document(name="Another name"))

    def test_survives_a_content_file(self):
        document = canonical_document(full_document())

        text = content_file.text_of(document)

        assert documents.canonical(canonical_document(tomllib.loads(text))) == documents.canonical(document)

    def test_can_have_another_row_added_in_its_file(self):
        document = canonical_document(plain_document(warning_signs=[{"key": "a", "sign": "Pus.", "level": "call"}]))

        text = content_file.text_of(document) + '\n[[warning_signs]]\nsign = "Fever."\nlevel = "doctor-today"\n'

        assert len(canonical_document(tomllib.loads(text))["warning_signs"]) == 2

    @pytest.mark.parametrize("part", [part for part in PARTS if part not in ("photos",)])
    def test_covers_every_part(self, part):
        assert full_document()[part]

    @pytest.mark.slow
    def test_is_read_with_the_same_number_of_queries_for_one_row_and_for_a_thousand(self):
        make_full_treatment()
        many = full_document(slug="many")
        many["benefits"] = [{"title": f"Benefit {n}", "text": "Yes.", "sources": ["R1"]} for n in range(1000)]
        documents.write(canonical_document(many))

        counts = []
        for slug in ("light-peel", "many"):
            with CaptureQueriesContext(connection) as queries:
                documents.of(Treatment.objects.with_parts().get(slug=slug))
            counts.append(len(queries))

        assert counts[0] == counts[1] <= 41

    @pytest.mark.slow
    def test_of_a_thousand_rows_in_each_part_is_written_in_few_queries(self):
        data = plain_document(sources=full_document()["sources"])
        for part in PARTS:
            if part not in ("sources", "photos", "key_facts", "leads"):
                lone = {"key", *PARTS[part].refers}
                row = {name: value for name, value in full_document()[part][0].items() if name not in lone}
                data[part] = [dict(row) for _number in range(1000)]
        for number, row in enumerate(data["glossary"]):
            row["term"] = f"word {number}"
        document = canonical_document(data)

        with CaptureQueriesContext(connection) as queries:
            documents.write(document)

        assert Benefit.objects.count() == 1000
        assert len(queries) < 400


@pytest.mark.parametrize("reference", ["r1", "[R1]", "R1.", " R1", "Ｒ１"])
def test_a_reference_is_read_as_it_was_meant(reference):
    data = full_document()
    data["benefits"][0]["sources"] = [reference, "R1"]

    assert canonical_document(data)["benefits"][0]["sources"] == ["R1"]


def test_two_references_in_one_text_are_refused_with_how_to_write_them():
    data = full_document()
    data["benefits"][0]["sources"] = ["R1，R2"]

    assert problems_of(data) == [
        'benefits[0].sources[0]: no source "R1，R2"; '
        'each reference stands by itself, in capitals, such as ["R9", "R16"]'
    ]
