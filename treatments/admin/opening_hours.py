"""Opening hours, as they are edited on the clinic's screen."""

import datetime
import itertools
from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from treatments.admin.elsewhere import ElsewhereAdmin
from treatments.forms.dates import SAYING_HOW
from treatments.models import Clinic, OpeningHours, Weekday

if TYPE_CHECKING:
    InlineFormSet = forms.BaseInlineFormSet[OpeningHours, Clinic]
    StackedInline = admin.StackedInline[OpeningHours, Clinic]
else:
    InlineFormSet, StackedInline = forms.BaseInlineFormSet, admin.StackedInline


class HoursFormSet(InlineFormSet):
    """The clinic's hours, of which none may overlap another of its day."""

    def clean(self) -> None:
        super().clean()
        kept = [form.cleaned_data for form in self.forms if form not in self.deleted_forms and form.is_valid()]
        sent = [(row["weekday"], row["opens"], row["closes"]) for row in kept if row.get("weekday")]
        rows = sorted([*sent, *self.rows_not_sent()])
        for (day, _opens, closes), (next_day, opens, _closes) in itertools.pairwise(rows):
            if day == next_day and opens < closes:
                said = _("Hours on %(day)s overlap: let one end before the next begins.")
                raise forms.ValidationError(said, params={"day": Weekday(day).label})

    def rows_not_sent(self) -> QuerySet[OpeningHours, tuple[int, datetime.time, datetime.time]]:
        """(ISO weekday, opens, closes) of rows that this screen does not have: someone else has just added them."""
        sent = [form.instance.pk for form in self.initial_forms]
        rows = OpeningHours.objects.filter(clinic=self.instance).exclude(pk__in=sent)
        return rows.values_list("weekday", "opens", "closes")


class OpeningHoursInline(StackedInline):
    model = OpeningHours
    formset = HoursFormSet
    # In one line, which folds on a phone; a table's fields would have no labels, and its last columns no room.
    fields = [("weekday", "opens", "closes")]
    extra = 1
    formfield_overrides = SAYING_HOW


@admin.register(OpeningHours)
class OpeningHoursAdmin(ElsewhereAdmin):
    list_screen = "admin:treatments_clinic_changelist"
