"""What is wrong between the rows of a document is said at its place: keys that lead nowhere, days too early."""

from typing import Any

import pytest

from treatments.publication.checking import check
from treatments.tests.builders import plain_document

#: Aftercare rules by their keys, and how long they hold.
RULES = [
    {"key": "to-day-7", "rule": "Do not swim.", "from_day": 0, "to_day": 7},
    {"key": "range", "rule": "Do not scrub.", "from_day": 1, "least_day": 3, "to_day": 5},
    {"key": "at-least-2", "rule": "Stay out of the sun.", "from_day": 0, "least_day": 2},
    {"key": "always", "rule": "Use sunscreen.", "from_day": 0},
]


def problems(**changes):
    return [str(problem) for problem in check(plain_document(**changes)).problems]


def early(rule, day):
    """What is said of an activity from this day on that comes from this rule."""
    return problems(aftercare=RULES, activities=[{"activity": "swim", "from_day": day, "rule": rule}])


class TestAnActivity:
    @pytest.mark.parametrize(("rule", "last"), [("to-day-7", 7), ("range", 5), ("at-least-2", 2)])
    def test_begins_on_the_last_day_of_its_rule_at_the_earliest(self, rule, last):
        says = f"activities[0].from_day: the rule “{rule}” holds to day {last}; give that day or a later one"

        assert early(rule, last - 1) == [says]
        assert early(rule, last) == early(rule, last + 1) == []

    def test_does_not_come_from_a_rule_that_never_ends(self):
        (problem,) = early("always", 30)

        assert problem.startswith("activities[0].from_day: the rule “always” has no end")

    def test_names_no_rule_that_is_not_there(self):
        assert early("swimming", 30) == ["activities[0].rule: no row of aftercare has the key “swimming”"]

    def test_may_come_from_no_rule(self):
        assert problems(activities=[{"activity": "go back to work", "from_day": 0}]) == []


class TestWhatIsUsual:
    SIGNS: list[dict[str, Any]] = [
        {"key": "pus", "sign": "Pus.", "level": "call"},
        {"sign": "Redness is usual for 2 days.", "level": "expected", "last_day": 2, "yields_to": "pus"},
    ]

    def test_gives_way_to_a_sign_that_is_there(self):
        assert problems(warning_signs=self.SIGNS) == []
        assert problems(warning_signs=self.SIGNS[1:]) == [
            "warning_signs[0].yields_to: no row of warning_signs has the key “pus”"
        ]

    @pytest.mark.parametrize("name", ["last_day", "yields_to"])
    def test_alone_has_a_last_day_and_a_sign_that_ends_it(self, name):
        sign = {**self.SIGNS[0], name: self.SIGNS[1][name]}

        (problem,) = problems(warning_signs=[sign])

        assert problem == f"warning_signs[0].{name}: Leave this empty: only what is usual has it."
