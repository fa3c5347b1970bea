"""The form with which staff take a request by phone or in person."""

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from treatments import availability, booking
from treatments.forms.consultation import ConsultationForm
from treatments.moments import text_of

#: Days whose times are listed.
LISTED_DAYS = 14


class DeskForm(ConsultationForm):
    """The patients' own questions and a time, asked by a member of staff, `by`."""

    def __init__(self, data=None, *, clinic, by):
        super().__init__(data, clinic=clinic)
        self.fields["time"] = forms.ChoiceField(
            label=_("Time"),
            required=False,
            choices=[("", _("No time yet: call back")), *free_times(clinic, by)],
            error_messages={"invalid_choice": _("This time has just been taken. Choose another.")},
        )
        self.order_fields(["time"])
        self.fields["name"].label = _("Name")
        if "best_time" in self.fields:
            self.fields["best_time"].label = _("Best time to call, if no time is chosen")
        self.fields["consent"].label = _("The patient agrees that we use these details to answer.")
        for name in ("name", "message"):
            self.fields[name].help_text = ""


def free_times(clinic, by):
    """The times of the next two weeks as choices, by day."""
    now, first = timezone.now(), timezone.localdate()
    rules, taken = booking.rules_and_taken(clinic, first, first + availability.DAY * LISTED_DAYS, by=by)
    dates = [first + availability.DAY * number for number in range(LISTED_DAYS)]
    days = [availability.day(rules, date, now, taken) for date in dates]
    return [(date_format(day.date, "l j F"), [choice(start) for start in day.times]) for day in days if day.times]


def choice(start):
    return text_of(start), date_format(timezone.localtime(start), "l j F, H:i")
