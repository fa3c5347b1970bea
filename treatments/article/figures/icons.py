"""Circles that picture a number one by one."""

import math
from dataclasses import dataclass

from treatments.values.row_types import BenefitRow, RiskRow

#: An icon array larger than this says less than its number does.
MOST_ICONS = 200


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


def icons(number: int, filled: int, columns: int) -> Icons:
    """`number` circles in `columns`, of which `filled` are filled."""
    circles = [
        f"M{at % columns * 10 + 1.5} {at // columns * 10 + 5}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0"
        for at in range(number)
    ]
    width, height = min(number, columns) * 10, math.ceil(number / columns) * 10
    return Icons("".join(circles[:filled]), "".join(circles[filled:]), width, height)


def icon_array(row: BenefitRow | RiskRow) -> Icons | None:
    """The count of a benefit or a risk drawn one by one; None without a count or for more than 200."""
    if "people" not in row or row["people"] > MOST_ICONS:
        return None
    people = row["people"]
    columns = 10 if people <= 30 else 14 if people <= 60 else 20
    # One alone in the last row would look like a mistake.
    return icons(people, row["events"], columns=columns + (people % columns == 1))
