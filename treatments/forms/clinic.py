"""The form of the clinic's own facts, and what stands in the way of saving it."""

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from treatments.models.clinic import MOST_HOURS
from treatments.times import clashes
from treatments.values import digests


class VisitsInTheWay(Exception):
    """Saving would leave held visits without a place, or tell them another time; nothing was saved.

    `clashes` are those without a place, `told` the (request, moment in the old zone) of every visit ahead where the
    time zone changes. The digest tells whether a list that was agreed to is still this one.
    """

    def __init__(self, found, told):
        super().__init__("Visits are in the way.")
        self.clashes, self.told = found, told
        rows = [(clash.request.pk, clash.payload) for clash in found], [(visit.pk, start) for visit, start in told]
        self.digest = digests.digest_of(rows)

    def lines(self, zone):
        """Each visit in a line with a link: when, the reference, and why; moments in a zone."""
        for clash in self.clashes:
            why = _("outside the opening hours") if clash.reason == clashes.HOURS else _("more visits than places")
            yield line_of(clash.request, clash.start.astimezone(zone), why)
        for visit, start in self.told:
            yield line_of(visit, start, _("as the patient was told"))


def line_of(consultation, start, why):
    address = reverse("admin:treatments_consultationrequest_change", args=[consultation.pk])
    text = '{}, <a href="{}">{}</a>: {}'
    return format_html(text, date_format(start, gettext("l j F Y, H:i")), address, consultation.reference, why)


class ClinicForm(forms.ModelForm):
    """The clinic's own facts. `in_the_way` is VisitsInTheWay after a first try that could not be saved, else None."""

    in_the_way = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.in_the_way is None:
            return
        self.fields["agreed"] = forms.CharField(
            label=_("Save it all the same: each of these visits goes on the worklist"),
            required=False,
            widget=forms.CheckboxInput(attrs={"value": self.in_the_way.digest}, check_test=lambda value: False),
        )
        if self.in_the_way.told:
            self.data = self.data.copy()
            self.data.setdefault("told_times", "told")
            self.fields["told_times"] = forms.ChoiceField(
                label=_("The time zone changes"),
                choices=[
                    ("told", _("Visits stay at the time on the clock that patients were told")),
                    ("moments", _("Visits stay at their moment, at another time on the clock: we tell each patient")),
                ],
                widget=forms.RadioSelect,
                required=False,
            )

    def clean(self):
        cleaned = super().clean()
        notice, horizon = cleaned.get("notice_hours"), cleaned.get("horizon_days")
        # Larger numbers are refused for themselves.
        if notice is not None and horizon is not None and horizon * 24 <= notice <= MOST_HOURS:
            said = _("With a notice of %(hours)s hours and a horizon of %(days)s days no time can ever be chosen.")
            self.add_error("notice_hours", forms.ValidationError(said, params={"hours": notice, "days": horizon}))
        if self.in_the_way is not None:
            zone = timezone.get_current_timezone()
            lines = format_html_join("", "<li>{}</li>", ((line,) for line in self.in_the_way.lines(zone)))
            said = _("Nothing was saved yet. These visits are held, and would not fit or need a look:")
            raise forms.ValidationError(format_html("{}<ul>{}</ul>", said, lines))
        return cleaned
