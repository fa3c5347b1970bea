"""Moments as they travel in addresses and forms, such as 2026-12-03T02:00Z, and as titles show them."""

import datetime

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

#: Years in which dates can be reckoned with; far from them Python's own calendar ends.
SENSIBLE_YEARS = range(2000, 9000)


def moment_of(text: str) -> datetime.datetime | None:
    """A moment as it travels in addresses; None for anything else."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and timezone.is_aware(found) and found.year in SENSIBLE_YEARS else None


def text_of(moment: datetime.datetime) -> str:
    """The moment as it travels in addresses."""
    return f"{moment.astimezone(datetime.UTC):%Y-%m-%dT%H:%MZ}"


def title_of(moment: datetime.datetime) -> str:
    """The moment as a title shows it: day and time at the clinic, whose zone is set for each request."""
    return date_format(timezone.localtime(moment), _("j F Y, H:i"))


def title_of_day(moment: datetime.datetime) -> str:
    """The day of the moment, at the clinic, as a title shows it."""
    return date_format(timezone.localtime(moment), "DATE_FORMAT")


def date_of(text: str | None) -> datetime.date | None:
    """An ISO date, or None."""
    try:
        found = datetime.date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.year in SENSIBLE_YEARS else None
