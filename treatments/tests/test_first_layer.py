"""The first layer of the bundled article: it leaves nothing unnamed, and says no more than the text below it."""

import re

import pytest

from treatments.models import PARTS, AftercareRule, PreparationRule, WarningLevel
from treatments.publication import document as documents
from treatments.tests.builders import bundled_article
from treatments.tests.source_files import sentences

#: What one and the same activity is called, in an activity and in a rule.
SAME_THING = [
    r"make-up",
    r"exercise|train|sport",
    r"sauna|steam room",
    r"retinoid",
    r"acids|scrubs",
    r"swim|hot tub|bath",
    r"shav",
    r"\bpeel\b|another laser",
    r"\bsun\b|tanning",
]
#: The activities that no rule of aftercare holds back.
UNHELD = {"back-to-work", "shower"}
#: The columns of a short line, by their part.
SHORT = {
    "concerns": ["verdict", "brief"],
    "precautions": ["brief"],
    "risks": ["brief"],
    "preparation": ["brief"],
    "aftercare": ["brief"],
    "warning_signs": ["brief"],
}


@pytest.fixture(scope="module")
def article():
    return bundled_article()


def numbers(text):
    return set(re.findall(r"\d+(?:\.\d+)?", text))


def numbers_of(part, row):
    """The numbers of a row's full text, its days as days and as weeks."""
    columns = [
        column.name for column in documents.fields_of(PARTS[part]) if column.name not in ("verdict", "brief", "note")
    ]
    texts = [str(row[name]) for name in columns if isinstance(row.get(name), (str, int))]
    days = [abs(row[name]) for name in ("from_day", "least_day", "to_day") if name in row]
    return numbers(" ".join(texts)) | {str(day) for day in days} | {str(day // 7) for day in days if day % 7 == 0}


def is_about(pattern, text):
    return bool(re.search(pattern, text, re.IGNORECASE))


def held_back(activity, rules):
    """The rules not to do what an activity is; those on a tattoo hold back only what may be done on one."""
    for pattern in SAME_THING:
        for rule in rules:
            elsewhere = "tattoo" in rule["rule"] and activity.get("applies_to") == "face"
            if (
                is_about(pattern, activity["activity"])
                and is_about(pattern, rule["rule"])
                and rule["avoid"]
                and not elsewhere
            ):
                yield rule


class TestTheFirstLayerOfTheBundledArticle:
    @pytest.mark.parametrize(
        ("part", "column"),
        [
            ("concerns", "verdict"),
            ("precautions", "brief"),
            ("risks", "brief"),
            (PreparationRule.part, "brief"),
            (AftercareRule.part, "brief"),
        ],
    )
    def test_names_every_row(self, article, part, column):
        assert [row["key"] for row in article[part] if not row.get(column)] == []

    def test_names_what_the_treatment_is_not_for(self, article):
        others = [row for row in article["concerns"] if row["advice"] in ("something-else", "doctor-first")]

        assert others
        assert [row["key"] for row in others if not row.get("brief")] == []

    def test_names_every_warning_sign_in_no_more_words_than_it_has(self, article):
        signs = [(row["key"], row.get("brief", row["sign"]), row["sign"]) for row in article["warning_signs"]]

        assert [key for key, brief, sign in signs if not brief or len(brief.split()) > len(sign.split())] == []

    def test_has_five_facts_and_a_lead_for_each_of_its_chapters(self, article):
        places = {row["place"] for row in article["leads"]}

        assert sum(row.get("at_top", False) for row in article["key_facts"]) == 5
        assert places >= {"risks", "preparation", "aftercare", "cost"}

    def test_warns_of_moles_in_a_box_where_others_have_a_lead(self, article):
        (box,) = [row for row in article["precautions"] if row.get("boxed")]

        assert {"mole", "new", "changing", "itching", "bleeding"} <= set(re.findall(r"\w+", box["brief"]))
        assert "suitability" not in {row["place"] for row in article["leads"]}

    def test_has_no_number_that_the_full_text_has_not(self, article):
        strange = [
            (part, row["key"], column)
            for part, columns in SHORT.items()
            for row in article[part]
            for column in columns
            if not numbers(row.get(column, "")) <= numbers_of(part, row)
        ]

        assert strange == []


class TestAnActivityOfTheBundledArticle:
    def test_is_held_back_by_the_rule_that_it_names(self, article):
        held = {
            row["key"]: {rule["key"] for rule in held_back(row, article["aftercare"])} for row in article["activities"]
        }

        assert {key for key, rules in held.items() if not rules} == UNHELD
        assert [
            row["key"] for row in article["activities"] if "rule" in row and row["rule"] not in held[row["key"]]
        ] == []
        assert {row["key"] for row in article["activities"] if "rule" not in row} == UNHELD

    def test_is_no_earlier_than_any_rule_that_speaks_of_it(self, article):
        early = [
            (row["key"], rule["key"])
            for row in article["activities"]
            for rule in held_back(row, article["aftercare"])
            if row["from_day"] < rule["to_day"]
        ]

        assert early == []

    def test_has_no_number_that_its_rule_has_not(self, article):
        rules = {row["key"]: row for row in article["aftercare"]}

        strange = [
            row["key"]
            for row in article["activities"]
            if "rule" in row
            and not {str(row["from_day"])} | numbers(row.get("condition", ""))
            <= numbers_of("aftercare", rules[row["rule"]])
        ]

        assert strange == []


class TestWhatTheBundledArticleCallsUsual:
    @pytest.fixture
    def usual(self, article):
        return [row for row in article["warning_signs"] if row["level"] == WarningLevel.EXPECTED]

    def test_says_its_last_day_and_what_ends_it(self, usual):
        assert usual
        for row in usual:
            first, *rest = sentences(row["sign"])
            assert f"usual for up to {row['last_day']} days" in first
            assert "unless" in first or "see above" in "".join(rest)

    def test_gives_way_to_a_sign_that_is_not_usual(self, article, usual):
        levels = {row["key"]: row["level"] for row in article["warning_signs"]}

        assert all(levels[row["yields_to"]] != WarningLevel.EXPECTED for row in usual)
