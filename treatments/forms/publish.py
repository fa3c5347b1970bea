"""The form with which an editor publishes, at once or at a set time."""

import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.forms.text import LineField

#: Further ahead nobody knows what the draft will say.
FURTHEST = datetime.timedelta(days=365)


class PublishForm(forms.Form):
    """What changed, and when to publish; moments are the clinic's."""

    note = LineField(
        label=_("What changed, in one line for patients (may be empty)"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    at = forms.DateTimeField(
        label=_("When (empty: now)"),
        required=False,
        help_text=_("Time at the clinic. What the draft says then is published, if nothing stands against it then."),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        error_messages={"invalid": _("Enter a date and a time like 2026-12-03T09:00.")},
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_at(self) -> datetime.datetime | None:
        """The moment to publish at; None for now."""
        at: datetime.datetime | None = self.cleaned_data["at"]
        if at and not timezone.now() < at < timezone.now() + FURTHEST:
            raise ValidationError(_("Choose a time to come, at most a year ahead."))
        return at
