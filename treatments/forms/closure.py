"""The form of a closure: days alone are enough."""

import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.widgets import AdminDateWidget, AdminSplitDateTime, AdminTimeWidget
from django.core.exceptions import ValidationError
from django.forms.utils import from_current_timezone
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.forms.dates import DATE_FAULT, TIME_FAULT
from treatments.models import Closure
from treatments.values.availability import DAY

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Closure]
else:
    ModelForm = forms.ModelForm

MIDNIGHT = datetime.time()


class DayAndTime(AdminSplitDateTime):
    """A date and a time, where midnight is shown as a day without a time.

    With `ends` it is the end of a closure: midnight shows the day before, which it ends.
    """

    def __init__(self, *, ends: bool = False) -> None:
        said = (_("Until: date"), _("Until: time")) if ends else (_("From: date"), _("From: time"))
        date = {"placeholder": "28/12/2026", "aria-label": said[0]}
        time = {"placeholder": _("whole day"), "aria-label": said[1]}
        forms.MultiWidget.__init__(self, [AdminDateWidget(attrs=date), AdminTimeWidget(attrs=time)])
        self.ends = ends

    def decompress(self, value: datetime.datetime | None) -> tuple[datetime.date | None, datetime.time | None]:
        """(date, time or None) at the clinic of a moment."""
        if not value:
            return None, None
        local = timezone.localtime(value)
        if local.time() != MIDNIGHT:
            return local.date(), local.time()
        return local.date() - DAY if self.ends else local.date(), None


class DayField(forms.MultiValueField):
    """A date and, if need be, a time: (date or None, time or None)."""

    def __init__(self, **options: Any) -> None:
        fields = [
            forms.DateField(required=False, error_messages={"invalid": DATE_FAULT}),
            forms.TimeField(required=False, error_messages={"invalid": TIME_FAULT}),
        ]
        super().__init__(fields, require_all_fields=False, **options)

    def compress(self, data_list: Any) -> tuple[datetime.date | None, datetime.time | None]:
        if not data_list:
            return None, None
        date, time = data_list
        return date, time


class ClosureForm(ModelForm):
    """From a day, or a moment of it, until a day or moment; without an end it is the one day.

    A day without a time is the whole day.
    """

    starts_at = DayField(
        label=_("From"), widget=DayAndTime(), help_text=_("Leave out the time to close for the whole day.")
    )
    ends_at = DayField(
        label=_("Until"),
        widget=DayAndTime(ends=True),
        required=False,
        help_text=_("Leave out the date if it is the same day, and the time if it is to the end of the day."),
    )

    class Meta:
        model = Closure
        fields = ["starts_at", "ends_at", "reason"]

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        starts, ends = cleaned.pop("starts_at", None), cleaned.pop("ends_at", None)
        if starts is None or ends is None:
            return cleaned
        (first, opens), (last, closes) = starts, ends
        if first is None:
            self.add_error("starts_at", ValidationError(_("Say from which day.")))
            return cleaned
        last = last or first
        cleaned["starts_at"] = self.moment("starts_at", first, opens or MIDNIGHT)
        cleaned["ends_at"] = self.moment("ends_at", last if closes else next_day(last), closes or MIDNIGHT)
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # If one of the moments could not be read, the constraint that compares both would report a second, wrong error.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # the stubs leave it out
        both = {"starts_at", "ends_at"}
        return excluded | both if both & self.errors.keys() else excluded

    def moment(self, name: str, date: datetime.date, time: datetime.time) -> datetime.datetime | None:
        """The moment of a date and a time at the clinic; None, and an error of the field, where its clocks skip it."""
        try:
            return from_current_timezone(datetime.datetime.combine(date, time))
        except ValidationError as error:
            self.add_error(name, error)
            return None


def next_day(date: datetime.date) -> datetime.date:
    """The day after; the last of all days itself."""
    return date + DAY if date < datetime.date.max else date
