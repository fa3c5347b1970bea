"""The whole course of treatment on one line."""

import math
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from treatments.article.figures.plot import percent
from treatments.article.wording import PageRow
from treatments.models import Measure

#: A stretch of weeks, (first, last); and as it is drawn, (start, width, end), each in per cent of the figure's width.
Weeks = tuple[float, float]
Drawn = tuple[str, str, str]

#: Days in an average month over days in a week.
WEEKS_A_MONTH = 365.25 / 12 / 7
#: More circles than this do not help to picture a course.
MOST_CIRCLES = 12


@dataclass
class Course:
    """The whole course of treatment on one line, and the same as steps in words."""

    note: str
    is_to_scale: bool
    ticks: list[tuple[str, str]]
    sessions: list[tuple[str, bool]]
    line_end: str
    change: Drawn | None
    judged: Drawn | None
    lasting: Drawn | None
    lasts_until: str
    steps: list[tuple[str, PageRow]]

    @property
    def facts(self) -> list[PageRow]:
        return [fact for _title, fact in self.steps]


def course_line(facts: dict[str, PageRow]) -> Course | None:
    """The course of treatment from the key facts that carry numbers; None without a number of sessions, or for a heap.

    `facts` maps a measure to its key fact, with `least`, perhaps `most`, and `words`.
    """
    if Measure.SESSIONS not in facts:
        return None
    sessions = facts[Measure.SESSIONS]
    least = max(1, sessions["least"])
    most = max(least, sessions.get("most", least))
    if most > MOST_CIRCLES:
        return None
    gap = weeks_apart(facts.get(Measure.WEEKS_APART))
    end_of_sessions = gap * (most - 1)
    change = weeks_of_change(facts.get(Measure.FIRST_CHANGE_WEEKS))
    judged = weeks_of_result(facts.get(Measure.JUDGED_MONTHS), end_of_sessions)
    lasting, longest = weeks_of_lasting(facts.get(Measure.LASTING_MONTHS), end_of_sessions)
    # Two weeks at least, so that there is a scale.
    drawn = (end_of_sessions, gap, 2, longest or 0, *(pair[1] for pair in (judged, lasting, change) if pair))
    total = max(drawn) * 1.04

    def place(week: float) -> str:
        return percent(3 + 94 * week / total)

    def stretch(pair: Weeks | None) -> Drawn | None:
        return pair and (place(pair[0]), percent(94 * (pair[1] - pair[0]) / total), place(pair[1]))

    is_given = Measure.WEEKS_APART in facts
    return Course(
        note=course_note(gap, is_given=is_given, has_maybe=most > least) if most > 1 else "",
        is_to_scale=is_given or most == 1,
        ticks=[(place(week), label) for week, label in time_ticks(total)],
        sessions=[(place(gap * number), number < least) for number in range(most)],
        line_end=place(total),
        change=stretch(change),
        judged=stretch(judged),
        lasting=stretch(lasting),
        lasts_until=place(longest or total),
        steps=course_steps(facts),
    )


def weeks_apart(fact: PageRow | None) -> float:
    """The weeks between two sessions as they are drawn: the middle of what is given, and four if nothing is."""
    gap = (fact["least"] + fact.get("most", fact["least"])) / 2 if fact else 4
    return max(gap, 1)


def weeks_of_change(fact: PageRow | None) -> Weeks | None:
    """When the first change is seen: from one week to another, half a week apart at least."""
    if fact is None:
        return None
    return (fact["least"], max(fact.get("most", fact["least"]), fact["least"] + 0.5))


def weeks_of_result(fact: PageRow | None, end_of_sessions: float) -> Weeks | None:
    """When the result is judged: from one week to another, half a month apart at least."""
    if fact is None:
        return None
    low, high = fact["least"], fact.get("most", fact["least"])
    return (end_of_sessions + low * WEEKS_A_MONTH, end_of_sessions + max(high, low + 0.5) * WEEKS_A_MONTH)


def weeks_of_lasting(fact: PageRow | None, end_of_sessions: float) -> tuple[Weeks | None, float | None]:
    """From which week to which it lasts for sure, and until which at most if that is given."""
    if fact is None:
        return None, None
    longest = end_of_sessions + fact["most"] * WEEKS_A_MONTH if "most" in fact else None
    return (end_of_sessions, end_of_sessions + fact["least"] * WEEKS_A_MONTH), longest


def course_note(gap: float, *, is_given: bool, has_maybe: bool) -> str:
    """What to know to read the drawing; `gap` is in weeks, and may not be given in the facts."""
    if is_given:
        weeks = math.ceil(gap)
        note = ngettext(
            "Drawn with %(gap)s week between sessions.", "Drawn with %(gap)s weeks between sessions.", weeks
        ) % {"gap": number_format(f"{gap:g}")}
    else:
        note = _("How far apart the sessions are is not said here, so they are drawn evenly.")
    if has_maybe:
        return _("%(note)s Open circles are sessions that not everyone needs.") % {"note": note}
    return note


def time_ticks(total: float) -> list[tuple[float, str]]:
    """(week, label) for at most four whole numbers within `total` weeks; the last of them names the unit.

    The unit is the month, and the week where there is no second month.
    """
    # None at the very end, where its words would stand outside the figure.
    end = 0.94 * total
    unit = WEEKS_A_MONTH if end >= 2 * WEEKS_A_MONTH else 1
    count = int(end / unit)
    step = next((step for step in (1, 2, 3, 6, 12, 24) if count < 4 * step), max(1, count // 3))
    *others, last = range(0, count + 1, step)
    if unit == 1:
        words = ngettext("%(number)s week", "%(number)s weeks", last)
    else:
        words = ngettext("%(number)s month", "%(number)s months", last)
    return [(number * unit, str(number)) for number in others] + [(last * unit, words % {"number": last})]


def course_steps(facts: dict[str, PageRow]) -> list[tuple[str, PageRow]]:
    """(title, fact) for each step of a course that the facts speak of."""
    order = [
        (Measure.SESSIONS, _("The course")),
        (Measure.WEEKS_APART, _("Time between sessions")),
        (Measure.FIRST_CHANGE_WEEKS, _("First change")),
        (Measure.JUDGED_MONTHS, _("Result judged")),
        (Measure.LASTING_MONTHS, _("How long it lasts")),
        (Measure.UPKEEP_MONTHS, _("Upkeep")),
    ]
    return [(title, facts[measure]) for measure, title in order if measure in facts]
