"""The form with which a clinician records that she has read a page."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from treatments.forms.text import LineField

#: A next review further ahead is a slip of the pen.
FURTHEST = datetime.timedelta(days=5 * 366)


class ReviewForm(forms.Form):
    """Who has read it, and when it is to be read again; it is read on `today`, the date at the clinic."""

    reviewer = LineField(
        label=_("Reviewed by"),
        max_length=160,
        help_text=_("Your name and profession, as patients read them."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    next_review_date = forms.DateField(
        label=_("Next review by"),
        error_messages={"invalid": _("Enter a date like 2026-12-03.")},
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    #: A digest of what the screen showed, as review.digest_of_all gives it.
    read = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, today: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_next_review_date(self) -> datetime.date:
        date: datetime.date = self.cleaned_data["next_review_date"]
        if date <= self.today:
            raise ValidationError(
                _("The next review must be after today, %s.") % date_format(self.today, gettext("l j F Y")), code="past"
            )
        if date > self.today + FURTHEST:
            raise ValidationError(_("Give a date within five years from today."), code="far")
        return date
