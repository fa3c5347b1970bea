"""Conventions of this repository, kept true by running them."""

import ast
import re

import pytest
from django.core.management import call_command
from django.template.loader import get_template

from treatments.article.page import Article
from treatments.models import PARTS, Source
from treatments.publication import document as documents
from treatments.tests.builders import bundled_article
from treatments.tests.source_files import ROOT, lines_with, name_of, sentences
from treatments.tests.tables import one_in

TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
#: Mail programs know no sheets: test_letter_pages.py says what letters may be made of.
PAGES = [path for path in TEMPLATES if path.parent.name != "emails"]
COMPONENTS = sorted((ROOT / "templates" / "components").glob("*.html"))


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


class TestAStyleSheet:
    def test_never_shouts(self):
        assert lines_with(r"!\s*important", (ROOT / "static" / "css").glob("*.css")) == []

    def test_takes_its_colours_from_the_tokens(self):
        sheets = [path for path in (ROOT / "static" / "css").glob("*.css") if path.name != "tokens.css"]
        literal = r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\("

        assert lines_with(literal, sheets) == []

    def test_counts_from_the_end_only_among_named_elements(self):
        # A rule for any element that is so many from the end makes browsers compute all styles anew with each piece
        # of a page that comes in.
        sheets = (ROOT / "static" / "css").glob("*.css")

        assert lines_with(r"(?:^|[\s>+~,(]):(?:nth-last|last|only)-", sheets) == []


class TestATemplate:
    def test_loads_every_tag_that_it_uses(self):
        texts = (path for path in (ROOT / "templates").rglob("*") if path.suffix in (".html", ".txt"))

        for path in texts:
            assert get_template(str(path.relative_to(ROOT / "templates"))), path

    def test_has_neither_styles_nor_scripts_of_its_own(self):
        attribute = re.compile(r"<[a-z][^<>]*\s(style|on[a-z]+)\s*=", re.I)

        found = [name_of(path) for path in PAGES if attribute.search(path.read_text(encoding="utf-8"))]

        assert found == []
        assert len(PAGES) > 40

    def test_has_words_that_fit_any_treatment(self):
        # Of a laser, a peel and an injection alike; what is about one stands in its file.
        of_one = r"(?i)\btranslate\b[^{}<>]*[\"'}][^{}]*\b(skin|laser|pico|pigment|tattoo|inject|peel)"

        assert lines_with(of_one, TEMPLATES) == []

    @pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
    def test_of_a_component_begins_with_its_contract_and_an_example(self, path):
        comment = re.match(r"\{% comment %\}(.+?)\{% endcomment %\}", path.read_text(encoding="utf-8"), re.S)

        assert comment
        assert re.search(rf'Example:\s(?:<h2)?{{% include "components/{path.name}"', comment[1])


class TestTheReadme:
    def test_names_only_commands_of_make_that_there_are(self):
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))

        named = set(re.findall(r"(?:`|^ {4})make ([a-z]+)", readme, re.M))

        assert {"run", "test"} <= named <= targets


def variables_read():
    """The names of the environment variables that the site's own settings read."""
    names = set()
    for path in (ROOT / "clinic_site").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                read_from = ast.unparse(node.func.value)
                is_typed = read_from == "environment"
                if is_typed or (read_from == "os.environ" and node.func.attr in ("get", "pop")):
                    names.add(node.args[0].value)
    return names


class TestTheConfiguration:
    def test_lists_every_variable_that_is_read_and_no_other(self):
        text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")

        listed = re.findall(r"^\| `([A-Z_]+)` \|", text, re.M)

        assert len(listed) == len(set(listed))
        assert set(listed) == variables_read()


@pytest.fixture(scope="module")
def document():
    return bundled_article()


@pytest.fixture(scope="module")
def coverage():
    """The rows of the table of what became of the original article: number, said, fate, places, why."""
    text = (ROOT / "docs" / "content-coverage.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if re.match(r"\| S\d", line)]
    return [[cell.strip() for cell in row] for row in rows]


class TestTheCoverageOfTheOriginal:
    def test_has_every_statement_in_order(self, coverage):
        assert [row[0] for row in coverage] == [f"S{number}" for number in range(1, 104)]
        assert all(len(row) == 5 for row in coverage)

    def test_says_what_became_of_each_and_why(self, coverage):
        assert {fate for _number, _said, fate, _places, _why in coverage} == {"kept", "reworded", "left out"}
        assert all(said and why for _number, said, _fate, _places, why in coverage)

    def test_leads_to_rows_that_there_are(self, coverage, document):
        known = {f"{part}/{row['key']}" for part in PARTS if part != Source.part for row in document.get(part, [])}

        for number, _said, fate, places, _why in coverage:
            named = re.findall(r"`([^`]+)`", places)
            assert set(named) <= known | {"page", "clinic"}, number
            assert bool(named) == (fate != "left out"), number

    def test_counts_itself_right(self, coverage):
        text = (ROOT / "docs" / "content-coverage.md").read_text(encoding="utf-8")
        counted = re.search(r"There are (\d+) kept, (\d+) reworded and (\d+) left out", text)

        fates = [fate for _number, _said, fate, _places, _why in coverage]

        assert [int(count) for count in counted.groups()] == [
            fates.count(fate) for fate in ("kept", "reworded", "left out")
        ]


class TestTheBundledArticle:
    @pytest.mark.parametrize(
        ("part", "count"),
        [
            ("questions", 24),
            ("preparation", 12),
            ("aftercare", 15),
            ("benefits", 9),
            ("concerns", 19),
            ("glossary", 22),
            ("sources", 89),
        ],
    )
    def test_is_whole(self, document, part, count):
        assert len(document[part]) == count

    @pytest.mark.parametrize(
        ("key", "words"),
        one_in(
            4,
            [
                ("appointment", "15 to 30 minutes"),
                ("first-change", "After 2 to 3 weeks"),
                ("lasting", "6 months or more"),
                ("upkeep", "Every 4 to 6 months"),
            ],
        ),
    )
    def test_keeps_the_clinics_figure_as_a_key_fact(self, document, key, words):
        article = Article(document)
        facts = [*article["top_facts"], *article["course"].facts]

        (fact,) = {row["key"]: row for row in facts if row["key"] == key}.values()

        assert (fact["words"], fact["tag"].label) == (words, "our figure")

    @pytest.mark.parametrize(
        ("part", "key", "days"),
        one_in(
            4,
            [
                ("preparation_avoid", "prep-other-procedures", "from 2 weeks before"),
                ("preparation_avoid", "prep-retinoids", "from 4 days before"),
                ("aftercare_avoid", "care-other-procedures", "for 2 weeks after"),
                ("aftercare_avoid", "care-retinoids", "for 5 days after"),
            ],
        ),
    )
    def test_keeps_the_clinics_figure_as_days(self, document, part, key, days):
        (rule,) = [row for row in Article(document)[part] if row["key"] == key]

        assert (rule["days"], rule["tag"].label, rule["avoid"]) == (days, "our figure", True)

    @pytest.mark.parametrize(("part", "key"), [("preparation", "prep-spf"), ("aftercare", "care-spf")])
    def test_keeps_the_clinics_sun_protection_factor(self, document, part, key):
        (rule,) = [row for row in document[part] if row["key"] == key]

        assert "SPF 30 or more" in rule["rule"]
        assert rule["basis"] == "clinic"

    def test_has_no_sentence_of_more_than_25_words_outside_glossary_and_sources(self, document):
        machine = ("key", "basis", "note", "picture")
        texts = [document["answer"], document["description"], document["title"]]
        for part, model in PARTS.items():
            if part not in ("glossary", "sources", "waivers"):
                choices = {column.name for column in documents.fields_of(model) if column.choices}
                for row in document.get(part, []):
                    texts += [
                        value
                        for name, value in row.items()
                        if isinstance(value, str) and name not in choices and name not in machine
                    ]

        read = [sentence for text in texts for sentence in sentences(text)]

        assert len(read) > 500
        assert [sentence for sentence in read if len(sentence.split()) > 25] == []

    def test_claims_nothing_without_a_source_or_the_clinics_word(self, document):
        claims = [part for part, model in PARTS.items() if model.is_medical]

        bare = [
            f"{part}/{row['key']}"
            for part in claims
            for row in document.get(part, [])
            if row["basis"] == "evidence" and not row.get("sources")
        ]

        assert bare == []


class TestAView:
    def test_asks_querysets_by_name_and_never_spells_out_a_filter(self):
        assert lines_with(r"\.objects\.filter\(", (ROOT / "treatments" / "views").glob("*.py")) == []


class TestARequirement:
    @pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.in")), ids=lambda path: path.stem)
    def test_has_its_reason_above_it(self, path):
        bare, has_reason = [], False
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                has_reason = True
            elif line and not line.startswith("-") and not has_reason:
                bare.append(line)

        assert bare == []
