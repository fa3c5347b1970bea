"""Choices, numbers and days of a row in the words of the page."""

from collections.abc import Callable
from typing import Any

from django.utils.formats import number_format
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from treatments.article import days
from treatments.article.figures.icons import MOST_ICONS, icon_array, icons
from treatments.article.tongue import ours, theirs
from treatments.models import ConcernAdvice, Evidence, Measure, Per, PrecautionAdvice, Row
from treatments.text import marked, pictures
from treatments.values.moments import date_of
from treatments.values.row_types import (
    ActivityRow,
    BenefitRow,
    ConcernRow,
    KeyFactRow,
    PhotoRow,
    PrecautionRow,
    PriceRow,
    RiskRow,
)

#: A row as templates see it: a document's row, and what is made of it.
PageRow = dict[str, Any]

#: How a currency is written where it is used; others go by their code.
SIGNS = {"MYR": "RM"}

#: How many of three circles are filled.
EVIDENCE_CIRCLES = {Evidence.STRONG: 3, Evidence.MODERATE: 2, Evidence.LIMITED: 1, Evidence.NONE: 0}


#: A measure's numbers with their unit, and the same without an end; `number` says whether it is one.
UNITS = {
    Measure.APPOINTMENT_MINUTES: (
        ngettext_lazy("%(span)s minute", "%(span)s minutes", "number"),
        ngettext_lazy("%(span)s minute or more", "%(span)s minutes or more", "number"),
    ),
    Measure.SESSIONS: (
        ngettext_lazy("%(span)s session", "%(span)s sessions", "number"),
        ngettext_lazy("%(span)s session or more", "%(span)s sessions or more", "number"),
    ),
    Measure.WEEKS_APART: (
        ngettext_lazy("%(span)s week apart", "%(span)s weeks apart", "number"),
        ngettext_lazy("%(span)s week or more apart", "%(span)s weeks or more apart", "number"),
    ),
    Measure.FIRST_CHANGE_WEEKS: (
        ngettext_lazy("After %(span)s week", "After %(span)s weeks", "number"),
        ngettext_lazy("After %(span)s week or more", "After %(span)s weeks or more", "number"),
    ),
    Measure.JUDGED_MONTHS: (
        ngettext_lazy("%(span)s month after the last session", "%(span)s months after the last session", "number"),
        ngettext_lazy(
            "%(span)s month or more after the last session", "%(span)s months or more after the last session", "number"
        ),
    ),
    Measure.LASTING_MONTHS: (
        ngettext_lazy("%(span)s month", "%(span)s months", "number"),
        ngettext_lazy("%(span)s month or more", "%(span)s months or more", "number"),
    ),
    Measure.UPKEEP_MONTHS: (
        ngettext_lazy("Every month", "Every %(span)s months", "number"),
        ngettext_lazy("Every %(span)s month or more", "Every %(span)s months or more", "number"),
    ),
    Measure.PAIN_SCORE: (gettext_lazy("%(span)s out of 10"), gettext_lazy("%(span)s or more out of 10")),
    Measure.RECOVERY_DAYS: (
        ngettext_lazy("%(span)s day", "%(span)s days", "number"),
        ngettext_lazy("%(span)s day or more", "%(span)s days or more", "number"),
    ),
}


def span(low: int, high: int | None) -> str:
    """“3”, “3 to 6” or “3 or more”."""
    if high is None:
        return _("%(low)s or more") % {"low": low}
    return str(low) if low == high else _("%(low)s to %(high)s") % {"low": low, "high": high}


def grammatical_number(low: int, high: int | None) -> int:
    """The number that decides the plural of what a span counts; “0 to 1 sessions” and “1 or more sessions” are many."""
    return 1 if low == high == 1 else max(high or low, 2)


def with_words(fact: KeyFactRow) -> PageRow:
    """A key fact with `words`: its value, or its numbers with their unit."""
    if "measure" not in fact:
        return {**fact, "words": marked.html(fact["value"])}
    return {**fact, "words": ours(counted(Measure(fact["measure"]), fact["least"], fact.get("most")))}


def counted(measure: Measure, least: int, most: int | None) -> str:
    """Numbers with the unit of what they count; without the second one their end is open."""
    closed, without_end = UNITS[measure]
    if most is None:
        return without_end % {"span": least, "number": least}
    return closed % {"span": span(least, most), "number": grammatical_number(least, most)}


def weighed(concern: ConcernRow) -> PageRow:
    """A concern with its evidence and advice in words."""
    evidence = Evidence(concern["evidence"])
    return {
        **concern,
        "evidence_label": evidence.label,
        "evidence_icons": icons(3, EVIDENCE_CIRCLES[evidence], columns=3),
        "advice_label": ConcernAdvice(concern["advice"]).label,
        "sessions": sessions(concern.get("sessions_from"), concern.get("sessions_to")),
        "sessions_span": short_span(concern.get("sessions_from"), concern.get("sessions_to")),
    }


def sessions(least: int | None, most: int | None) -> str:
    """“4 to 6 sessions”, or nothing where nobody has counted."""
    return "" if least is None else counted(Measure.SESSIONS, least, most)


def short_span(least: int | None, most: int | None) -> str:
    """“4–6”, “4+” or “3”, for a column of numbers; nothing where nobody has counted."""
    if least is None:
        return ""
    return f"{least}+" if most is None else f"{least}" if least == most else f"{least}–{most}"


def advised(precaution: PrecautionRow) -> PageRow:
    return {**precaution, "advice_label": PrecautionAdvice(precaution["advice"]).label}


def with_count(row: BenefitRow | RiskRow) -> PageRow:
    """A benefit or risk with its count in words, and drawn if it can be."""
    if "people" not in row:
        return {**row}
    return {**row, "count": count_words(row), "icons": icon_array(row)}


def count_words(row: BenefitRow | RiskRow) -> SafeString:
    """“2 of 42 people treated” as HTML, with the share for counts that are too large to picture."""
    words = with_theirs(
        _("%(events)s of %(people)s %(counted)s"),
        events=grouped(row["events"]),
        people=grouped(row["people"]),
        counted=theirs(marked.html(row["counted"])) if "counted" in row else _("people"),
    )
    if row["people"] > MOST_ICONS and 0 < row["events"] < row["people"]:
        words = with_theirs(_("%(count)s, %(share)s"), count=words, share=share(row["events"], row["people"]))
    return ours(words)


def with_theirs(message: str, **words: str) -> SafeString:
    """A sentence of ours as HTML, in which some of the words are HTML already, because they are the document's."""
    return mark_safe(escape(message) % {name: conditional_escape(word) for name, word in words.items()})


def grouped(number: int) -> str:
    """A whole number with its thousands apart."""
    return number_format(number, force_grouping=True)


def share(events: int, people: int) -> str:
    """“about 1 in 20”, or “about 67 in 100” where one in so many would be too rough."""
    if people >= 5 * events:
        return _("about 1 in %(number)s") % {"number": grouped(round(people / events))}
    return _("about %(number)s in 100") % {"number": min(99, round(100 * events / people))}


def with_days(row: PageRow) -> PageRow:
    """A rule or stage with its days in words."""
    return {**row, "days": days.in_words(row.get("from_day"), row.get("to_day"), row.get("least_day"))}


def with_when(activity: ActivityRow) -> PageRow:
    """An activity with `when` in one phrase: its day, and how the skin must be by then."""
    when = ours(days.since(activity["from_day"]))
    if "condition" in activity:
        when = with_theirs(
            _("%(when)s, %(condition)s"), when=when, condition=theirs(marked.html(activity["condition"]))
        )
    return {**activity, "when": when}


def with_amount(price: PriceRow) -> PageRow:
    """A price with its `amount`, what it pays for, and the date until which it holds."""
    least, most = money(price["least"], price["currency"]), price.get("most")
    if most is None:
        amount = _("from %(amount)s") % {"amount": least}
    elif most == price["least"]:
        amount = least
    else:
        amount = _("%(least)s to %(most)s") % {"least": least, "most": money(most, price["currency"])}
    return {**price, "amount": amount, "per_label": Per(price["per"]).label, "until": date_of(price.get("until"))}


def money(amount: float, currency: str) -> str:
    """An amount in its currency, with decimals only where there are any; a no-break blank holds the two together."""
    decimals = 0 if amount == int(amount) else 2
    return f"{SIGNS.get(currency, currency)}\u00a0{number_format(amount, decimals, force_grouping=True)}"


def picture(photo: PhotoRow) -> PageRow:
    """A photo with its forms, or without them if the picture was withdrawn."""
    if not pictures.is_there(photo["picture"]):
        return {**photo}
    stem = photo["picture"].removesuffix(".webp")
    widths = pictures.widths(photo["width"])
    preview_width = pictures.preview_width(photo["width"])
    return {
        **photo,
        "is_tall": photo["height"] > photo["width"],
        "avif": [(f"{stem}-{width}.avif", width) for width in widths],
        "webp": [(f"{stem}-{width}.webp", width) for width in widths],
        "preview": f"{stem}-{preview_width}.jpg",
        "preview_width": preview_width,
        "preview_height": round(photo["height"] * preview_width / photo["width"]),
    }


#: What puts the choices, numbers and days of a row into words, by its model's `worded_by`.
WORDED_BY: dict[str, Callable[[Any], PageRow]] = {
    "measure": with_words,
    "evidence": weighed,
    "advice": advised,
    "count": with_count,
    "days": with_days,
    "when": with_when,
    "amount": with_amount,
    "picture": picture,
}


def worded(model: type[Row], row: PageRow) -> PageRow:
    """A row of this kind with its choices, numbers and days in words as well."""
    return WORDED_BY[model.worded_by](row) if model.worded_by else row
