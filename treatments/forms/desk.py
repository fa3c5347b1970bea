"""Forms of the desk about consultation requests."""

import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from treatments.forms.consultation import ConsultationForm
from treatments.models import Clinic, Notice
from treatments.times import holding
from treatments.values import availability
from treatments.values.moments import SENSIBLE_YEARS, text_of

#: Days whose times are listed; any other start is entered by date and time.
LISTED_DAYS = 28


class StartField(forms.SplitDateTimeField):
    """A date and a time of day at the clinic, on whole five minutes, as a moment; None where both are empty."""

    def __init__(self, **options: Any) -> None:
        widget = forms.SplitDateTimeWidget(
            # Django takes lazy texts too; the stubs do not know it.
            date_attrs={"type": "date", "aria-label": _("Date")},  # type: ignore[dict-item]
            time_attrs={"type": "time", "step": "300", "aria-label": _("Time of day")},  # type: ignore[dict-item]
            date_format="%Y-%m-%d",
        )
        messages = {
            "invalid_date": _("Enter the date as 2026-12-28."),
            "invalid_time": _("Enter the time as 9:00 or 16:35."),
        }
        super().__init__(widget=widget, error_messages=messages, **options)

    def clean(self, value: Any) -> datetime.datetime | None:
        """The moment in UTC."""
        moment: datetime.datetime | None = super().clean(value)
        if moment and (moment.year not in SENSIBLE_YEARS or availability.on_cell(moment) != moment):
            raise ValidationError(_("Use a time on a multiple of five minutes, such as 9:00 or 9:35."))
        return moment.astimezone(datetime.UTC) if moment else None


class DeskForm(ConsultationForm):
    """The patients' own questions and a time, asked by a member of staff, `by`, on the phone or at the desk."""

    def __init__(
        self, data: QueryDict | None = None, *, clinic: Clinic, by: User, notice: Notice | None = None
    ) -> None:
        super().__init__(data, clinic=clinic, notice=notice)
        self.fields["time"] = forms.ChoiceField(
            label=_("Time"),
            required=False,
            choices=[("", _("No time yet: call back")), *free_times(clinic, by)],
            error_messages={"invalid_choice": _("This time has just been taken. Choose another.")},
        )
        self.fields["other_start"] = StartField(
            label=_("Or any other start"),
            required=False,
            help_text=_("From today’s opening to 366 days ahead, also outside the opening hours."),
        )
        self.fields["is_outside_hours"] = forms.BooleanField(
            label=_("Book it although the clinic is closed then"), required=False
        )
        self.order_fields(["time", "other_start", "is_outside_hours"])
        self.fields["name"].label = _("Name")
        if "best_time" in self.fields:
            self.fields["best_time"].label = _("Best time to call, if no time is chosen")
        self.fields["consent"].label = _("The patient agrees that we use these details to answer.")
        for name in ("name", "message", "phone"):
            self.fields[name].help_text = ""
        self.clinic = clinic

    @property
    def is_to_call(self) -> bool:
        # What was entered counts, also where it is refused: a time that is gone does not make it a call.
        return super().is_to_call and not any(self["other_start"].data)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        start = cleaned.get("other_start")
        if start and cleaned.get("time"):
            self.add_error("other_start", _("Choose a time above, or enter one here; not both."))
        elif start and not cleaned.get("is_outside_hours") and not self.is_in_hours(start):
            self.add_error("is_outside_hours", _("The clinic is closed then. Tick the box to book it all the same."))
        return cleaned

    def is_in_hours(self, start: datetime.datetime) -> bool:
        """Whether a visit from this moment lies inside the opening hours."""
        rules = self.clinic.rules(start, start + availability.DAY)
        return availability.is_open(rules, start, start + rules.length)

    @property
    def start(self) -> datetime.datetime | None:
        """The chosen moment; None to be called."""
        other: datetime.datetime | None = self.cleaned_data.get("other_start")
        return other or super().start


def free_times(clinic: Clinic, by: User) -> list[tuple[str, list[tuple[str, str]]]]:
    """The free times of the next LISTED_DAYS days as choices, by day: (day in words, its choices)."""
    now, first = timezone.now(), timezone.localdate()
    rules, taken = holding.rules_and_taken(clinic, first, first + availability.DAY * LISTED_DAYS, by=by)
    dates = [first + availability.DAY * number for number in range(LISTED_DAYS)]
    days = [availability.day(rules, date, now, taken) for date in dates]
    return [
        (date_format(day.date, gettext("l j F")), [choice(start) for start in day.times]) for day in days if day.times
    ]


def choice(start: datetime.datetime) -> tuple[str, str]:
    """A moment as a choice: (as it travels in forms, in words at the clinic)."""
    return text_of(start), date_format(timezone.localtime(start), gettext("l j F, H:i"))
