"""Rows over one scale: sessions and pain, concern by concern."""

import math
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from treatments.article.wording import grammatical_number, span
from treatments.values.row_types import ConcernRow


def percent(value: float) -> str:
    """The number as SVG takes it, of at most two decimals: “33.33%”, “5%”."""
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

    rows: list[Bar]
    ticks: list[tuple[str, str]]


def sessions_plot(concerns: list[ConcernRow]) -> Plot | None:
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
        rows.append(
            Bar(
                concern["name"],
                sessions_in_words(concern),
                percent(start),
                percent(end - start),
                percent(end),
                high is None,
            )
        )
    step = max(1, math.ceil(top / 6))
    ticks = [(percent(100 * number / (top + 0.5)), str(number)) for number in range(step, top + 1, step)]
    return Plot(rows, ticks)


def sessions_in_words(concern: ConcernRow) -> str:
    """“3 to 6 sessions, 2 to 4 weeks apart”, or the sessions alone."""
    low, high = concern["sessions_from"], concern.get("sessions_to")
    sessions = ngettext("%(span)s session", "%(span)s sessions", grammatical_number(low, high))
    sessions %= {"span": span(low, high)}
    if "weeks_apart_from" not in concern or high == 1:
        return sessions
    low, high = concern["weeks_apart_from"], concern.get("weeks_apart_to")
    apart = ngettext("%(span)s week apart", "%(span)s weeks apart", grammatical_number(low, high))
    return _("%(sessions)s, %(apart)s") % {"sessions": sessions, "apart": apart % {"span": span(low, high)}}


def pain_plot(concerns: list[ConcernRow]) -> Plot | None:
    """Average pain scores on a scale from 0 to 10; None if no concern gives one."""
    rows = []
    for concern in sorted((c for c in concerns if "pain_score" in c), key=lambda c: c["pain_score"]):
        score = concern["pain_score"]
        words = _("%(score)s out of 10") % {"score": number_format(f"{score:g}")}
        rows.append(Bar(concern["name"], words, percent(0), percent(score * 10), percent(score * 10)))
    ticks = [(percent(number * 10), str(number)) for number in (0, 5, 10)]
    return Plot(rows, ticks) if rows else None
