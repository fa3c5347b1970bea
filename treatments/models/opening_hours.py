"""When the clinic is open, week by week."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.formats import time_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from treatments.models.clinic import Clinic, check_five_minutes
from treatments.models.constraints import known, on_five_minutes


class Weekday(models.IntegerChoices):
    MONDAY = 1, _("Monday")
    TUESDAY = 2, _("Tuesday")
    WEDNESDAY = 3, _("Wednesday")
    THURSDAY = 4, _("Thursday")
    FRIDAY = 5, _("Friday")
    SATURDAY = 6, _("Saturday")
    SUNDAY = 7, _("Sunday")


class OpeningHoursQuerySet(models.QuerySet["OpeningHours"]):
    def by_day(self) -> list[tuple[str, str]]:
        """Opening hours as (days, times) in words, neighbouring days with the same times together.

        For example [("Monday to Friday", "9:00 – 17:00")].
        """
        days: dict[int, list[str]] = {}
        for hours in self:
            days.setdefault(hours.weekday, []).append(interval_in_words(hours))
        groups: list[tuple[int, int, list[str]]] = []
        for weekday, times in sorted(days.items()):
            if groups and groups[-1][1:] == (weekday - 1, times):
                groups[-1] = groups[-1][0], weekday, times
            else:
                groups.append((weekday, weekday, times))
        return [(day_span(first, last), _(", ").join(times)) for first, last, times in groups]


def interval_in_words(hours: "OpeningHours") -> str:
    """“9:00 – 17:30”."""
    opens, closes = (time_format(time, gettext("G:i")) for time in (hours.opens, hours.closes))
    return _("%(opens)s – %(closes)s") % {"opens": opens, "closes": closes}


def day_span(first: int, last: int) -> str:
    """“Monday”, or “Monday to Friday”."""
    if first == last:
        return str(Weekday(first).label)
    return _("%(first)s to %(last)s") % {"first": Weekday(first).label, "last": Weekday(last).label}


class OpeningHours(models.Model):
    """One interval of one weekday in which the clinic is open, in clinic time; a day may have several."""

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="opening_hours", default=Clinic.ONLY)
    weekday = models.PositiveSmallIntegerField(
        _("weekday"),
        choices=Weekday.choices,
        validators=[MinValueValidator(1), MaxValueValidator(7)],
    )
    opens = models.TimeField(_("opens"), validators=[check_five_minutes])
    closes = models.TimeField(_("closes"), validators=[check_five_minutes])

    objects = OpeningHoursQuerySet.as_manager()

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ["weekday", "opens"]
        constraints = [
            known("opening_hours", "weekday", Weekday),
            models.CheckConstraint(
                name="opening_hours_close_after_they_open",
                condition=Q(closes__gt=F("opens")),
                violation_error_message=_("Closing time must be after opening time."),
            ),
            on_five_minutes(
                "opening_hours_are_on_whole_five_minutes",
                "opens",
                "closes",
                violation_error_message=_("Use times on a multiple of five minutes, such as 9:00 or 9:35."),
            ),
            models.UniqueConstraint(
                name="opening_hours_start_once",
                fields=["clinic", "weekday", "opens"],
                violation_error_message=_("There are already hours that start at this time."),
            ),
        ]

    def __str__(self) -> str:
        return _("%(day)s %(opens)s to %(closes)s") % {
            "day": self.get_weekday_display(),
            "opens": time_format(self.opens, "TIME_FORMAT"),
            "closes": time_format(self.closes, "TIME_FORMAT"),
        }

    def clean(self) -> None:
        if self.opens and self.closes and self.closes <= self.opens:
            raise ValidationError({"closes": _("Closing time must be after opening time.")})
