"""Whatever can be written survives rows, document and file unchanged, and whatever cannot is told, never raised."""

import datetime
import json
import operator
import re
import tomllib
from decimal import Decimal
from typing import Any

import pytest
from django.db import models
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from treatments.models import PARTS, Edition, Measure, Source, Treatment
from treatments.publication import comparison, content_file, gate, publishing, restoration, review
from treatments.publication import document as documents
from treatments.publication.checking import RANGES, check
from treatments.tests.builders import canonical_document, full_document, make_full_treatment, plain_document
from treatments.text import cleaning
from treatments.values import document_format

# Before its first text, hypothesis makes tables of all letters: some seconds on a clean clone.
pytestmark = pytest.mark.slow

common = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)

#: Whatever Markdown, HTML, TOML, JSON, SQL and writers from right to left make special.
AWKWARD = [
    "<script>alert(1)</script>",
    "</script>",
    "**strong** _em_ `code` [a](javascript:alert(1))",
    "# heading",
    "- item",
    '"""',
    "'''",
    '"',
    "\\",
    "\\u0000",
    "key = [1]\n[[benefits]]",
    "{{ name }}{% now 'Y' %}",
    "&amp;&#x27;",
    "'; DROP TABLE",
    "%s {0} $HOME",
    "العربية עברית",
    "\u202eabc\u202c",
    "&#x202e;&zwnj;&nbsp;",
    "می\u200cخواهم ภาษา\u200bไทย क्\u200dष",
    "**重要：**（见下）。",
    "2*500 mg, 3*4",
    "5. Mai",
    "[a](#b 'c') [d]: e",
    "e\u0301 n\u0303",
    "👩🏽‍⚕️🇲🇾",
    "\u00a0\u2003\u3000",
    "\u2028\u2029",
    "\ufeff",
    "\n\n",
    " \t ",
    "\r\n",
    "0.0",
    "null",
]
#: Code points that are no signs, and are refused.
NO_SIGNS = [
    *range(0xFDD0, 0xFDF0),
    *(plane + last for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)),
]
characters = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="".join(map(chr, NO_SIGNS)))
pieces = st.lists(st.one_of(st.sampled_from(AWKWARD), characters), min_size=1, max_size=5).map("".join)
slugs = st.from_regex(r"[a-z0-9]{1,4}(-[a-z0-9]{1,3})?", fullmatch=True)
dates = st.dates(datetime.date(1900, 1, 1), datetime.date(2200, 12, 31))
FIXED = {
    "slug": slugs,
    "picture": st.from_regex(r"[0-9a-f]{64}\.webp", fullmatch=True),
    "url": st.sampled_from(["https://example.org/", "http://example.org/a?b=c&d=%20#e", "https://例え.jp/"]),
    "reference": st.from_regex(r"[A-Z]{1,3}[0-9]{0,3}", fullmatch=True),
    "year": st.integers(1500, 2200),
    "width": st.integers(1, 2147483647),
    "height": st.integers(1, 2147483647),
    "currency": st.from_regex(r"[A-Z]{3}", fullmatch=True),
    "least": st.decimals(0, 99_999_999, places=2).map(float),
    "pain_score": st.decimals(0, 10, places=2).map(float) | st.integers(0, 10),
}


def texts(column):
    """Texts that say something and fit into the column."""
    fits = column.max_length or 10_000
    return pieces.filter(lambda text: 0 < len(cleaning.line(text)) <= fits)


def values(column):
    """What this column may hold, by its kind."""
    if column.name in FIXED:
        return FIXED[column.name]
    if column.choices:
        return st.sampled_from([value for value, _label in column.choices if value])
    if isinstance(column, models.BooleanField):
        return st.booleans()
    if isinstance(column, models.DateField):
        return dates | dates.map(str)
    if isinstance(column, models.IntegerField):
        return st.integers(*RANGES[type(column)])
    return texts(column)


def in_order(draw, row, names, low, high):
    """Give some of these names numbers from `low` to `high` that do not fall."""
    chosen = [name for name in names if draw(st.booleans())]
    numbers = sorted(draw(st.lists(st.integers(low, high), min_size=len(chosen), max_size=len(chosen))))
    for name in names:
        row.pop(name, None)
    row.update(zip(chosen, numbers, strict=True))


@st.composite
def rows(draw, part, references):
    """One row of this part that is right in itself."""
    row = {}
    for column in documents.fields_of(PARTS[part]):
        if column.name != "key" and (not (column.blank or column.has_default()) or draw(st.booleans())):
            row[column.name] = draw(values(column))
    if PARTS[part].carries_sources() and references and draw(st.booleans()):
        row["sources"] = draw(st.lists(st.sampled_from(references), max_size=4))
    if part == "concerns":
        for name in ("sessions", "weeks_apart"):
            in_order(draw, row, [f"{name}_from", f"{name}_to"], 0, 32767)
            if f"{name}_from" not in row:
                row.pop(f"{name}_to", None)
    elif part == "precautions" and row.get("ask_first"):
        row.setdefault("question", "Are you pregnant?")
    elif part in ("benefits", "risks"):
        row.pop("events", None)
        if row.pop("people", None):
            row["people"] = draw(st.integers(1, 2147483647))
            row["events"] = draw(st.integers(0, row["people"]))
    elif part == "preparation":
        in_order(draw, row, ["from_day", "least_day"], -32768, -100)
        row["to_day"] = draw(st.integers(-100, 0))
    elif part == "aftercare":
        in_order(draw, row, ["least_day", "to_day"], 100, 32767)
        row["from_day"] = draw(st.integers(0, 100))
    elif part == "prices":
        row.pop("most", None)
    elif part in ("activities", "warning_signs"):
        for name in ("rule", "yields_to", "last_day"):
            row.pop(name, None)
    elif part == "recovery":
        row["from_day"], row["to_day"] = sorted(draw(st.tuples(st.integers(0, 32767), st.integers(0, 32767))))
    return row


@st.composite
def key_facts(draw, references):
    """Key facts: some in words, some in numbers, each measure once."""
    facts = []
    for measure in draw(st.lists(st.sampled_from(["", *Measure.values]), max_size=2, unique=True)):
        fact = draw(rows("key_facts", references))
        for name in ("value", "measure", "least", "most"):
            fact.pop(name, None)
        if measure:
            fact["measure"] = measure
            highest = 10 if measure == Measure.PAIN_SCORE else 32767
            fact["least"] = draw(st.integers(0, highest))
            if draw(st.booleans()):
                fact["most"] = draw(st.integers(fact["least"], highest))
        else:
            fact["value"] = "A tingle"
        facts.append(fact)
    return facts


@st.composite
def treatments(draw):
    """Plain data of any treatment that may be stored, as someone might write it."""
    data: dict[str, Any] = {"format": 2}
    for name in documents.HEAD[:5]:
        data[name] = draw(values(Treatment._meta.get_field(name)))
    if draw(st.booleans()):
        data["language"] = draw(st.sampled_from(["en", "ar", "zh-Hant"]))
    if draw(st.booleans()):
        data["reviewer"] = draw(texts(Treatment._meta.get_field("reviewer")))
        data["review_date"] = draw(dates)
        if draw(st.booleans()):
            data["next_review_date"] = data["review_date"] + datetime.timedelta(draw(st.integers(1, 2000)))
    sources = draw(st.lists(rows("sources", []), max_size=3, unique_by=lambda row: row["reference"]))
    references = [row["reference"] for row in sources]
    parts = draw(st.sets(st.sampled_from([part for part in PARTS if part not in ("sources", "key_facts")]), max_size=4))
    for part in sorted(parts):
        apart = operator.itemgetter("place") if PARTS[part].said_once == "place" else None
        data[part] = draw(st.lists(rows(part, references), max_size=2, unique_by=apart))
    data["key_facts"] = draw(key_facts(references))
    data["sources"] = sources
    return data


def digest_of(document):
    return documents.digest(documents.canonical(document))


def of_file(text):
    """The document of a content file's text."""
    return canonical_document(document_format.upgrade(tomllib.loads(text)))


@pytest.mark.django_db
class TestATreatment:
    @settings(common, max_examples=100)
    @given(data=treatments())
    def test_survives_rows_and_file(self, data):
        document = canonical_document(data)

        from_rows = publishing.draft_of(documents.write(document))
        from_file = of_file(content_file.text_of(from_rows))

        assert documents.canonical(from_rows) == documents.canonical(document)
        assert documents.canonical(from_file) == documents.canonical(document)
        assert digest_of(from_file) == digest_of(from_rows) == digest_of(document)

    def test_survives_with_every_awkward_text_in_every_long_text(self):
        data = full_document(answer="\n".join(AWKWARD))
        for part, model in PARTS.items():
            for row, place in zip(data.get(part, []), range(100), strict=False):
                for column in documents.fields_of(model):
                    if type(column) is models.TextField:
                        row[column.name] = f"{place} ".join(AWKWARD)
        document = canonical_document(data)

        from_rows = publishing.draft_of(documents.write(document))

        assert from_rows == document
        assert of_file(content_file.text_of(from_rows)) == document

    @settings(common, max_examples=40)
    @given(data=treatments())
    def test_is_reviewed_whole_and_differs_from_itself_in_nothing(self, data):
        document = canonical_document(data)

        assert not list(review.changed(review.words_of(document), review.statements_of(document)))
        assert comparison.changes(document, document) == []
        assert documents.cleaned(document) == document

    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    def test_is_read_from_a_file_whose_lines_end_otherwise(self, tmp_path, mark, end):
        document = canonical_document(full_document(answer="\n".join(AWKWARD)))
        file = tmp_path / "peel.toml"
        file.write_bytes((mark + content_file.text_of(document).replace("\n", end)).encode())

        assert content_file.read(file) == (document, [])


class TestTheCanonicalForm:
    @settings(common, max_examples=40)
    @given(data=treatments(), reverse=st.booleans())
    def test_is_one_however_the_data_is_written(self, data, reverse):
        turned = {name: data[name] for name in sorted(data, reverse=reverse)}

        text = documents.canonical(canonical_document(data))

        assert documents.canonical(canonical_document(turned)) == text
        assert documents.canonical(canonical_document(json.loads(text))) == text


#: Whatever a TOML or a JSON file can hold, and texts that neither can.
junk = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([2**63, -(2**63), 10**400, -1, 0]),
        st.floats(),
        st.text(st.characters(), max_size=8),
        st.sampled_from([*AWKWARD, "\0", "\ud800", "R1", "2026-02-30", "", "x" * 500]),
        st.dates(),
        st.datetimes(),
        st.times(),
        st.decimals(),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)


def places(data, path=()):
    """The path to every value inside plain data."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


PLACES = list(places(full_document()))


class TestJunk:
    @settings(common, max_examples=80)
    @given(data=st.dictionaries(st.sampled_from([*documents.HEAD, *PARTS, "format", "other"]), junk, max_size=5))
    def test_gives_problems_and_never_raises(self, data):
        checked = check(data)

        assert checked.problems
        assert all(re.match(r".+: .+", str(problem), re.S) for problem in checked.problems)

    @settings(common, max_examples=150)
    @given(place=st.sampled_from(PLACES), value=junk)
    def test_anywhere_in_a_treatment_is_a_problem_or_is_read(self, place, value):
        data = full_document()
        inner = data
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = value

        checked = check(data)

        assert all(str(problem.place) and problem.says for problem in checked.problems)
        if not checked.problems:
            text = documents.canonical(checked.document)
            assert documents.canonical(canonical_document(json.loads(text))) == text

    @settings(common, max_examples=150)
    @given(place=st.sampled_from(PLACES), value=junk, may_confirm=st.booleans())
    def test_anywhere_in_an_edition_is_refused_or_comes_back_without_it(self, place, value, may_confirm):
        draft, data = canonical_document(full_document()), full_document()
        inner = data
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = value
        edition = Edition(document=json.dumps(data, default=str))
        seen = review.statements_of(draft)

        try:
            found = restoration.of(edition, draft, seen, may_confirm=may_confirm).document
        except document_format.Refused:
            return

        assert canonical_document(found) == found
        assert list(gate.reasons(found, datetime.date(2026, 6, 1), seen))
        assert all(change.part for change in comparison.changes(draft, found))

    @settings(common, max_examples=30)
    @given(known=st.one_of(junk, st.just(document_format.FORMAT + 1), st.just(1.5)))
    def test_in_the_place_of_a_format_is_refused(self, known):
        if known == document_format.FORMAT and not isinstance(known, bool):
            return
        with pytest.raises(document_format.Refused, match=f"write format = {document_format.FORMAT}"):
            document_format.upgrade({"format": known})

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 1e300, True, "3", Decimal("3")])
    def test_in_the_place_of_a_number_is_a_problem(self, value):
        data = full_document()
        data["concerns"][0]["pain_score"] = value

        assert [str(problem.place) for problem in check(data).problems] == ["concerns[0].pain_score"]

    def test_that_looks_like_a_reference_is_told_with_its_place(self):
        data = full_document()
        data["benefits"][0]["sources"] = ["", "9", "R٣", "\n"]

        places = [str(problem.place) for problem in check(data).problems]

        assert places == [f"benefits[0].sources[{number}]" for number in range(4)]


def test_every_source_is_in_natural_order_whatever_the_order_of_the_file():
    data = full_document()
    data["sources"] = data["sources"][::-1]

    assert [row["reference"] for row in canonical_document(data)[Source.part]] == ["R1", "R2", "R10"]


def test_a_text_has_one_kind_of_line_end_and_no_blanks_around_it():
    data = full_document(answer=" \r\n one \rtwo\t\r\n\r\nthree\n ", name=" a\r\n\tb ")

    document = canonical_document(data)

    assert document["answer"] == "one\ntwo\n\nthree"
    assert document["name"] == "a b"


@pytest.mark.django_db
def test_a_draft_whose_sources_were_added_in_any_order_is_canonical():
    treatment = make_full_treatment()
    benefit = treatment.benefit_rows.get()
    for reference in ("R11", "R9", "A1"):
        benefit.sources.add(treatment.sources.create(reference=reference, title="A study", evidence="study"))

    draft = publishing.draft_of(treatment)

    assert draft["benefits"][0]["sources"] == ["A1", "R9", "R10", "R11"]
    assert documents.canonical(draft) == documents.canonical(canonical_document(draft))


class TestADocument:
    @pytest.mark.parametrize("year", [0, 1499, 2201])
    def test_with_an_implausible_year_has_a_problem(self, year):
        data = full_document()
        data["sources"][0]["year"] = year
        assert [str(problem.place) for problem in check(data).problems] == ["sources[0].year"]

    def test_with_a_reference_of_five_thousand_digits_has_a_problem(self):
        data = full_document()
        data["benefits"][0]["sources"] = ["R" + "9" * 5000]
        assert check(data).problems

    @pytest.mark.django_db
    def test_survives_rows_with_a_negative_nought(self):
        data = full_document()
        data["concerns"][0]["pain_score"] = -0.0
        document = canonical_document(data)
        assert documents.canonical(publishing.draft_of(documents.write(document))) == documents.canonical(document)

    @pytest.mark.parametrize("data", [[], "x", None, 5])
    def test_that_is_no_table_has_a_problem(self, data):
        assert check(data).problems

    def test_with_references_that_differ_in_case_has_a_problem(self):
        row = {"reference": "R1", "title": "S", "evidence": "study", "shown": True}
        assert check(plain_document(sources=[row, {**row, "reference": "r1"}])).problems
