"""Numbers of a document to the geometry of its figures. Templates in treatments/figures/ draw them.

Horizontal positions are percentages of the figure's width, so that a drawing fits any screen while its text keeps
its size. Each figure says in words what it draws.
"""

import math
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

#: An icon array larger than this says less than its number does.
MOST_ICONS = 200


def span(low, high):
    """“3”, “3 to 6” or “3 or more”."""
    if high is None:
        return _("%(low)s or more") % {"low": low}
    return str(low) if low == high else _("%(low)s to %(high)s") % {"low": low, "high": high}


def percent(value):
    return f"{value:.2f}".rstrip("0").rstrip(".") + "%"


@dataclass
class Bar:
    """One row of a plot: from `start` for `length`, both percentages; `open` if it goes on."""

    name: str
    words: str
    start: str
    length: str
    end: str
    open: bool = False


@dataclass
class Plot:
    """Rows over one scale; `ticks` are (position, label)."""

    rows: list
    ticks: list


def sessions_plot(concerns):
    """Sessions per concern as ranges over one scale; None if fewer than two concerns give a number."""
    counted = [concern for concern in concerns if "sessions_from" in concern]
    if len(counted) < 2:
        return None
    most = max(concern.get("sessions_to", concern["sessions_from"]) for concern in counted)
    top = max(most, 4) + (any("sessions_to" not in concern for concern in counted))
    rows = []
    for concern in counted:
        low, high = concern["sessions_from"], concern.get("sessions_to")
        start = 100 * (low - 0.5) / (top + 0.5) if low else 0
        # Without an end only the least is sure; dashes lead on from there.
        end = 100 * ((high if high is not None else low) + 0.5) / (top + 0.5)
        words = ngettext("%(span)s session", "%(span)s sessions", 2 if high != 1 else 1) % {"span": span(low, high)}
        if "weeks_apart_from" in concern and high != 1:
            apart = concern.get("weeks_apart_to")
            weeks = ngettext(", %(span)s week apart", ", %(span)s weeks apart", 2 if apart != 1 else 1)
            words += weeks % {"span": span(concern["weeks_apart_from"], apart)}
        rows.append(
            Bar(
                concern["name"],
                words,
                percent(start),
                percent(end - start),
                percent(end),
                high is None,
            )
        )
    step = max(1, math.ceil(top / 6))
    ticks = [(percent(100 * number / (top + 0.5)), str(number)) for number in range(step, top + 1, step)]
    return Plot(rows, ticks)


def pain_plot(concerns):
    """Average pain scores on a scale from 0 to 10; None if no concern gives one."""
    rows = []
    for concern in sorted((c for c in concerns if "pain_score" in c), key=lambda c: c["pain_score"]):
        score = concern["pain_score"]
        words = _("%(score)s out of 10") % {"score": f"{score:g}"}
        rows.append(Bar(concern["name"], words, percent(0), percent(score * 10), percent(score * 10)))
    ticks = [(percent(number * 10), str(number)) for number in (0, 5, 10)]
    return Plot(rows, ticks) if rows else None


@dataclass
class Icons:
    """Circles in rows, the first of them filled: all filled and all open ones as the data of one SVG path each.

    An element for each circle would be more than a hundred to lay out in a long article. Each has a square of ten
    units to itself.
    """

    filled: str
    open: str
    width: int
    height: int


def icons(number, filled, columns):
    """`number` circles in `columns`, of which `filled` are filled."""
    circles = [
        f"M{at % columns * 10 + 1.5} {at // columns * 10 + 5}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0"
        for at in range(number)
    ]
    width, height = min(number, columns) * 10, math.ceil(number / columns) * 10
    return Icons("".join(circles[:filled]), "".join(circles[filled:]), width, height)


def icon_array(row):
    """The count of a benefit or a risk drawn one by one; None without a count or for more than 200."""
    if "people" not in row or row["people"] > MOST_ICONS:
        return None
    people = row["people"]
    columns = 10 if people <= 30 else 14 if people <= 60 else 20
    # One alone in the last row would look like a mistake.
    return icons(people, row["events"], columns=columns + (people % columns == 1))


def count_words(row):
    """“2 of 42 people treated”, with the share for counts that are too large to picture."""
    words = _("%(events)s of %(people)s %(counted)s") % {
        "events": f"{row['events']:,}",
        "people": f"{row['people']:,}",
        "counted": row.get("counted") or _("people"),
    }
    if row["people"] > MOST_ICONS and 0 < row["events"] < row["people"]:
        words += share(row["events"], row["people"])
    return words


def share(events, people):
    """“, about 1 in 20”, or “, about 67 in 100” where one in so many would be too rough."""
    if people >= 5 * events:
        return _(", about 1 in %(number)s") % {"number": f"{round(people / events):,}"}
    return _(", about %(number)s in 100") % {"number": min(99, round(100 * events / people))}


@dataclass
class Stretch:
    """A stretch of a time line, numbered like its place in the list beside it."""

    number: int
    start: str
    length: str
    middle: str
    strength: int
    down: int


@dataclass
class TimeLine:
    """Stretches in as many rows as it takes for none to cover another; the ticks are below the last, `down` pixels."""

    stretches: list
    ticks: list
    down: int
    height: int


#: Pixels of a time line of one row, and of each further one.
LINE, ROW = 64, 38
#: Of a time line's width on a phone, how much a label and the room beside it take, in per cent.
WIDEST_LABEL = 24
#: More rows than this do not help to picture the days.
MOST_ROWS = 6


def recovery_line(stages):
    """Recovery stages on one line in which early days take more room; None for fewer than two, or for a heap."""
    if len(stages) < 2:
        return None
    rows = rows_of(stages)
    if max(rows) >= MOST_ROWS:
        return None
    last = max(stage["to_day"] for stage in stages) + 1

    def place(day):
        return 100 * math.log1p(day) / math.log1p(last)

    stretches = []
    for number, (stage, row) in enumerate(zip(stages, rows, strict=True), 1):
        start, end = place(stage["from_day"]), place(stage["to_day"] + 1)
        # Six strengths, the strongest first: the band's own tones.
        strength = 6 - round(5 * (number - 1) / (len(stages) - 1))
        length, middle = percent(max(end - start - 0.6, 0.5)), percent((start + end) / 2)
        stretches.append(Stretch(number, percent(start), length, middle, strength, ROW * row))
    marks = [(1, _("1 day")), (7, _("1 week")), (30, _("1 month")), (90, _("3 months")), (365, _("1 year"))]
    ticks = apart_enough([(place(day), label) for day, label in marks if day < last * 0.98])
    down = ROW * max(rows)
    return TimeLine(stretches, ticks, down, LINE + down)


def apart_enough(marks):
    """(position, label, anchor) of those of the marks, (percentage, label), that stand clear of the one before.

    Near an end of the line a label is anchored by its own end, so that it stays within the figure.
    """
    found, free_from = [], 0
    for at, label in marks:
        if at >= free_from:
            found.append((percent(at), label, "end" if at > 88 else "middle"))
            free_from = at + WIDEST_LABEL
    return found


def rows_of(stages):
    """The row of each stage, counted from 0: the first one in which all its days are free."""
    rows, free_from = [], []
    for stage in stages:
        row = next((row for row, day in enumerate(free_from) if day <= stage["from_day"]), len(free_from))
        free_from[row : row + 1] = [stage["to_day"] + 1]
        rows.append(row)
    return rows


@dataclass
class Course:
    """The whole course of treatment on one line, and the same as steps in words."""

    note: str
    is_to_scale: bool
    ticks: list
    sessions: list
    line_end: str
    change: tuple | None
    judged: tuple | None
    lasting: tuple | None
    lasts_until: str
    steps: list

    @property
    def facts(self):
        return [fact for _title, fact in self.steps]


#: Days in an average month over days in a week.
WEEKS_A_MONTH = 365.25 / 12 / 7
#: More circles than this do not help to picture a course.
MOST_CIRCLES = 12


def course(facts):
    """The course of treatment from the key facts that carry numbers; None without a number of sessions, or for a heap.

    `facts` maps a measure to its key fact, with `least`, perhaps `most`, and `words`.
    """
    if "sessions" not in facts:
        return None
    least = max(1, facts["sessions"]["least"])
    most = max(least, facts["sessions"].get("most", least))
    if most > MOST_CIRCLES:
        return None
    apart = facts.get("weeks-apart")
    gap = (apart["least"] + apart.get("most", apart["least"])) / 2 if apart else 4
    gap = max(gap, 1)
    end_of_sessions = gap * (most - 1)

    def months_after(measure):
        fact = facts[measure]
        low, high = fact["least"], fact.get("most", fact["least"])
        return (end_of_sessions + low * WEEKS_A_MONTH, end_of_sessions + max(high, low + 0.5) * WEEKS_A_MONTH)

    judged = months_after("judged-months") if "judged-months" in facts else None
    lasting = longest = None
    if "lasting-months" in facts:
        fact = facts["lasting-months"]
        lasting = (end_of_sessions, end_of_sessions + fact["least"] * WEEKS_A_MONTH)
        longest = end_of_sessions + fact["most"] * WEEKS_A_MONTH if "most" in fact else None
    change = None
    if "first-change-weeks" in facts:
        fact = facts["first-change-weeks"]
        change = (fact["least"], max(fact.get("most", fact["least"]), fact["least"] + 0.5))
    # Two weeks at least, so that there is a scale.
    drawn = (end_of_sessions, gap, 2, longest or 0, *(pair[1] for pair in (judged, lasting, change) if pair))
    total = max(drawn) * 1.04

    def place(week):
        return percent(3 + 94 * week / total)

    def stretch(pair):
        return pair and (place(pair[0]), percent(94 * (pair[1] - pair[0]) / total), place(pair[1]))

    return Course(
        note=course_note(gap, is_given=bool(apart), has_maybe=most > least) if most > 1 else "",
        is_to_scale=bool(apart) or most == 1,
        ticks=[(place(week), label) for week, label in time_ticks(total)],
        sessions=[(place(gap * number), number < least) for number in range(most)],
        line_end=place(total),
        change=stretch(change),
        judged=stretch(judged),
        lasting=stretch(lasting),
        lasts_until=place(longest or total),
        steps=course_steps(facts),
    )


def course_note(gap, *, is_given, has_maybe):
    """What to know to read the drawing; `gap` is in weeks, and may not be given in the facts."""
    note = ngettext("Drawn with %(gap)s week between sessions.", "Drawn with %(gap)s weeks between sessions.", gap)
    if not is_given:
        note = _("How far apart the sessions are is not said here, so they are drawn evenly.")
    maybe = _(" Open circles are sessions that not everyone needs.") if has_maybe else ""
    return note % {"gap": f"{gap:g}"} + maybe


def time_ticks(total):
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


def course_steps(facts):
    """(title, fact) for each step of a course that the facts speak of."""
    order = [
        ("sessions", _("The course")),
        ("weeks-apart", _("Time between sessions")),
        ("first-change-weeks", _("First change")),
        ("judged-months", _("Result judged")),
        ("lasting-months", _("How long it lasts")),
        ("upkeep-months", _("Upkeep")),
    ]
    return [(title, facts[measure]) for measure, title in order if measure in facts]
