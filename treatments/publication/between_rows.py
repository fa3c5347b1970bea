"""Rules between the rows of a document: keys that lead to another row, and days that depend on each other."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from treatments.models import PARTS, Activity, AftercareRule
from treatments.publication.problem import Place, Problem


def problems(document: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong between the rows of a document, each of which is right by itself."""
    yield from of_keys(document)
    yield from of_activities(document)


def of_keys(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Columns that ought to hold the key of another row and do not."""
    for part, model in PARTS.items():
        for name, other in model.refers.items():
            keys = by_key(document, other)
            for number, row in enumerate(document.get(part, [])):
                if name in row and row[name] not in keys:
                    says = _("no row of %(part)s has the key “%(key)s”") % {"part": other, "key": row[name]}
                    yield Problem(Place(part, number, name), says)


def of_activities(document: Mapping[str, Any]) -> Iterator[Problem]:
    """Activities that are said to be fine while the aftercare rule that they come from still holds."""
    rules = by_key(document, AftercareRule.part)
    for number, row in enumerate(document.get(Activity.part, [])):
        rule = rules.get(row.get("rule", ""))
        if rule is None or "from_day" not in row:
            continue
        place, about = Place(Activity.part, number, "from_day"), {"rule": row["rule"]}
        last = last_day(rule)
        if last is None:
            yield Problem(place, _("the rule “%(rule)s” has no end; name another, or give the rule a last day") % about)
        elif row["from_day"] < last:
            says = _("the rule “%(rule)s” holds to day %(day)s; give that day or a later one")
            yield Problem(place, says % {**about, "day": last})


def last_day(rule: Mapping[str, Any]) -> int | None:
    """The day to which a rule holds, of a range the later one; of a rule without an end its least day, or None."""
    last: int | None = rule.get("to_day", rule.get("least_day"))
    return last


def by_key(document: Mapping[str, Any], part: str) -> dict[str, Mapping[str, Any]]:
    """{key: row} of a part."""
    return {row["key"]: row for row in document.get(part, []) if "key" in row}
