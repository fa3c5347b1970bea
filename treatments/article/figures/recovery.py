"""The days after a treatment on one line."""

import math
from dataclasses import dataclass

from django.utils.translation import gettext as _

from treatments.article.figures.plot import percent
from treatments.values.row_types import RecoveryStageRow

#: Pixels of a time line of one row, and of each further one.
LINE, ROW = 64, 38
#: Of a time line's width on a phone, how much a label and the room beside it take, in per cent.
WIDEST_LABEL = 24
#: More rows than this do not help to picture the days.
MOST_ROWS = 6


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

    stretches: list[Stretch]
    ticks: list[tuple[str, str, str]]
    down: int
    height: int


def recovery_line(stages: list[RecoveryStageRow]) -> TimeLine | None:
    """Recovery stages on one line in which early days take more room; None for fewer than two, or for a heap."""
    if len(stages) < 2:
        return None
    rows = rows_of(stages)
    if max(rows) >= MOST_ROWS:
        return None
    last = max(stage["to_day"] for stage in stages) + 1

    def place(day: float) -> float:
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


def apart_enough(marks: list[tuple[float, str]]) -> list[tuple[str, str, str]]:
    """The marks that have room, as (position, label, anchor).

    `marks` are (percentage of the line, label), from left to right. A mark whose label would touch that of the one
    before is left out. Near the right end of the line the anchor is the end of the label, so that it does not reach
    beyond the figure.
    """
    found, free_from = [], 0.0
    for at, label in marks:
        if at >= free_from:
            found.append((percent(at), label, "end" if at > 88 else "middle"))
            free_from = at + WIDEST_LABEL
    return found


def rows_of(stages: list[RecoveryStageRow]) -> list[int]:
    """The row of each stage, counted from 0: the first one in which all its days are free."""
    rows: list[int] = []
    free_from: list[int] = []
    for stage in stages:
        row = next((row for row, day in enumerate(free_from) if day <= stage["from_day"]), len(free_from))
        free_from[row : row + 1] = [stage["to_day"] + 1]
        rows.append(row)
    return rows
