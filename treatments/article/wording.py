"""Choices, numbers and days of a row in the words of the page."""

from collections.abc import Callable
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from treatments.article.figures.icons import MOST_ICONS, icon_array, icons
from treatments.models import ConcernAdvice, Evidence, Measure, PrecautionAdvice, Row
from treatments.text import pictures
from treatments.values.row_types import (
    BenefitRow,
    ConcernRow,
    KeyFactRow,
    PhotoRow,
    PrecautionRow,
    RiskRow,
)

#: A row as templates see it: a document's row, and what is made of it.
PageRow = dict[str, Any]

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
        return {**fact, "words": fact["value"]}
    closed, without_end = UNITS[Measure(fact["measure"])]
    least = fact["least"]
    if "most" in fact:
        number = grammatical_number(least, fact["most"])
        return {**fact, "words": closed % {"span": span(least, fact["most"]), "number": number}}
    return {**fact, "words": without_end % {"span": least, "number": least}}


def weighed(concern: ConcernRow) -> PageRow:
    """A concern with its evidence and advice in words."""
    evidence = Evidence(concern["evidence"])
    return {
        **concern,
        "evidence_label": evidence.label,
        "evidence_icons": icons(3, EVIDENCE_CIRCLES[evidence], columns=3),
        "advice_label": ConcernAdvice(concern["advice"]).label,
    }


def advised(precaution: PrecautionRow) -> PageRow:
    return {**precaution, "advice_label": PrecautionAdvice(precaution["advice"]).label}


def with_count(row: BenefitRow | RiskRow) -> PageRow:
    """A benefit or risk with its count in words, and drawn if it can be."""
    if "people" not in row:
        return {**row}
    return {**row, "count": count_words(row), "icons": icon_array(row)}


def count_words(row: BenefitRow | RiskRow) -> str:
    """“2 of 42 people treated”, with the share for counts that are too large to picture."""
    words = _("%(events)s of %(people)s %(counted)s") % {
        "events": grouped(row["events"]),
        "people": grouped(row["people"]),
        "counted": row.get("counted") or _("people"),
    }
    if row["people"] > MOST_ICONS and 0 < row["events"] < row["people"]:
        return _("%(count)s, %(share)s") % {"count": words, "share": share(row["events"], row["people"])}
    return words


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
    return {**row, "days": days_in_words(row.get("from_day"), row.get("to_day"), row.get("least_day"))}


def days_in_words(first: int | None, last: int | None, least: int | None = None) -> str:
    """Days counted from the treatment day, as a patient would say them."""
    # The least of a range that is its end or its beginning says nothing more.
    if least is not None and least == (first if last is not None and last <= 0 else last):
        least = None
    if first is not None and last is not None and least is not None:
        return range_in_words(first, last, least)
    if least is not None:
        return at_least_in_words(first, last, least)
    if first is None:
        return "" if last is None else from_now_in_words(last)
    if first == last:
        return one_day(first)
    if last is None:
        return _("from the day on, always") if first == 0 else _("from day %(day)s on") % {"day": first}
    if first < 0:
        return with_end(_("from %(length)s before") % {"length": length_of(-first)}, last)
    if first in (0, 1):
        return _("for %(length)s after") % {"length": length_of(last)}
    # “Weeks 1 to 2” would be read as beginning on the first day.
    if first % 7 == last % 7 == 0 and first >= 14:
        weeks = ngettext("from %(first)s to %(last)s week after", "from %(first)s to %(last)s weeks after", last // 7)
        return weeks % {"first": first // 7, "last": last // 7}
    if first % 30 == last % 30 == 0 and first >= 60:
        months = ngettext(
            "from %(first)s to %(last)s month after", "from %(first)s to %(last)s months after", last // 30
        )
        return months % {"first": first // 30, "last": last // 30}
    return _("days %(first)s to %(last)s after") % {"first": first, "last": last}


def from_now_in_words(last: int) -> str:
    """Days that have begun and end before the treatment or with it."""
    if last < -1:
        return _("until %(length)s before") % {"length": length_of(-last)}
    return _("before the day") if last < 0 else _("from now until the day")


def at_least_in_words(first: int | None, last: int | None, least: int) -> str:
    """Days with an open end and the least of a range: from at least 2 weeks before, for at least 3 days after."""
    if least == 0:
        return _("on the day at least")
    if least < 0:
        return with_end(_("from at least %(length)s before") % {"length": length_of(-least)}, last)
    if first == least:
        return _("from day %(day)s on") % {"day": first}
    if first in (0, 1):
        return _("for at least %(length)s after") % {"length": length_of(least)}
    return _("from day %(first)s to day %(least)s at least") % {"first": first, "least": least}


def range_in_words(first: int, last: int, least: int) -> str:
    """Days of which the least number and the largest are given: from 2 to 4 days before, for 3 to 5 days after."""
    if last <= 0:
        return lengths_in_words(-least, -first, last)
    if first in (0, 1) and least <= 1:
        return _("for up to %(length)s after") % {"length": length_of(last)}
    if first in (0, 1):
        days = ngettext("for %(least)s to %(most)s day after", "for %(least)s to %(most)s days after", last)
        return days % {"least": least, "most": last}
    return _("from day %(first)s to day %(least)s, or up to day %(last)s") % {
        "first": first,
        "least": least,
        "last": last,
    }


def lengths_in_words(least: int, most: int, last: int) -> str:
    """A span of days before the treatment, in weeks where both ends are whole weeks, and until when."""
    if least % 7 == most % 7 == 0 and least >= 14:
        least, most = least // 7, most // 7
        words = ngettext("from %(least)s to %(most)s week before", "from %(least)s to %(most)s weeks before", most)
    else:
        words = ngettext("from %(least)s to %(most)s day before", "from %(least)s to %(most)s days before", most)
    return with_end(words % {"least": least, "most": most}, last)


def with_end(beginning: str, last: int | None) -> str:
    """“from 2 weeks before until 3 days before”; the beginning alone where the day itself or its eve is the end."""
    if last is None or last >= -1:
        return beginning
    return _("%(beginning)s until %(length)s before") % {"beginning": beginning, "length": length_of(-last)}


def one_day(day: int) -> str:
    if day == 0:
        return _("on the day")
    if day == -1:
        return _("the day before")
    if day < 0:
        return _("%(length)s before") % {"length": length_of(-day)}
    return _("%(length)s after") % {"length": length_of(day)}


def length_of(days: int) -> str:
    """A number of days in the largest unit that fits it exactly."""
    if days % 365 == 0 and days:
        return ngettext("%(n)s year", "%(n)s years", days // 365) % {"n": days // 365}
    if days % 30 == 0 and days >= 60:
        return ngettext("%(n)s month", "%(n)s months", days // 30) % {"n": days // 30}
    if days % 7 == 0 and days >= 14:
        return ngettext("%(n)s week", "%(n)s weeks", days // 7) % {"n": days // 7}
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


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
    "picture": picture,
}


def worded(model: type[Row], row: PageRow) -> PageRow:
    """A row of this kind with its choices, numbers and days in words as well."""
    return WORDED_BY[model.worded_by](row) if model.worded_by else row
