"""Days counted from the treatment day, as a patient would say them."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def in_words(first: int | None, last: int | None, least: int | None = None) -> str:
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


def since(day: int) -> str:
    """From when on something may be done again: the same day, the next day, after a number of days."""
    if day == 0:
        return _("the same day")
    if day == 1:
        return _("the next day")
    return _("after %(length)s") % {"length": length_of(day)}


def beginning(day: int | None) -> str:
    """When a rule begins to hold; None if it holds already."""
    if day is None:
        return _("From now on")
    if day == 0:
        return _("The day")
    return length_of(-day) if day < 0 else _("%(length)s after") % {"length": length_of(day)}


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
