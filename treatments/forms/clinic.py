"""The form of the clinic's own facts, and what stands in the way of saving it."""

import datetime
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from treatments.models import Clinic, ConsultationRequest
from treatments.models.clinic import MOST_HOURS
from treatments.times import clashes
from treatments.values import digests, phones

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    ModelForm = forms.ModelForm[Clinic]
else:
    ModelForm = forms.ModelForm


#: The columns of phone numbers: whether what was typed is one, and what to write in each.
NUMBERS = {
    "phone": (
        phones.is_number,
        _("Write one phone number and nothing else, such as +60 3-2345 6789 or +60 3-2345 6789 ext. 12."),
    ),
    "whatsapp": (phones.is_on_whatsapp, _("Write one phone number and nothing else, such as +60 12-345 6789.")),
    "out_of_hours_phone": (
        phones.is_number,
        _("Write one phone number and nothing else, such as +60 12-345 6789."),
    ),
    "emergency_number": (phones.is_number, _("Write one number and nothing else, such as 999.")),
}


class VisitsInTheWay(Exception):
    """Saving would leave held visits without a place, or tell them another time; nothing was saved.

    `clashes` are those without a place. `told` is empty unless the time zone changes; then it has, for every visit
    ahead, the request and the moment that the patient was told, in the old time zone. `digest` tells whether a list
    that somebody agreed to is still this one.
    """

    def __init__(
        self, found: Sequence[clashes.Clash], told: Sequence[tuple[ConsultationRequest, datetime.datetime]]
    ) -> None:
        super().__init__("Visits are in the way.")
        self.clashes, self.told = found, told
        rows = [(clash.consultation.pk, clash.payload) for clash in found], [(visit.pk, start) for visit, start in told]
        self.digest = digests.digest_of(rows)

    def lines(self, zone: datetime.tzinfo) -> Iterator[SafeString]:
        """Each visit in a line with a link: when, the reference, and why.

        Those without a place are shown in the time zone `zone`, the others as patients were told, in the old one.
        """
        for clash in self.clashes:
            yield line_of(clash.consultation, clash.start.astimezone(zone), WHY[clash.reason])
        for visit, start in self.told:
            yield line_of(visit, start, _("as the patient was told"))


#: Why a visit is in the way, by the reason of its Clash.
WHY = {
    clashes.HOURS: _("outside the opening hours"),
    clashes.SEATS: _("more visits than places"),
    clashes.ZONE: _("stays at its moment, for the time that the patient was told is over on the new clock"),
}


def line_of(consultation: ConsultationRequest, start: datetime.datetime, why: "StrOrPromise") -> SafeString:
    """A visit in a line, its reference linked to the request; `start` is shown in its own time zone."""
    url = reverse("admin:treatments_consultationrequest_change", args=[consultation.pk])
    text = '{}, <a href="{}">{}</a>: {}'
    return format_html(text, date_format(start, gettext("l j F Y, H:i")), url, consultation.reference, why)


class ClinicForm(ModelForm):
    """The clinic's own facts."""

    #: What was in the way of a first try to save it; the desk makes a subclass that has it.
    in_the_way: VisitsInTheWay | None = None
    #: What was sent; empty for a form that was not.
    data: MultiValueDict[str, str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: What is wrong with values of before that nobody has touched: they are in nobody's way, and it is said.
        self.left_as_they_were: list[str] = []
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

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.check_reach()
        self.check_numbers()
        if self.in_the_way is not None:
            zone = timezone.get_current_timezone()
            lines = format_html_join("", "<li>{}</li>", ((line,) for line in self.in_the_way.lines(zone)))
            said = _("Nothing was saved yet. These visits are held, and would not fit or need a look:")
            raise forms.ValidationError(format_html("{}<ul>{}</ul>", said, lines))
        return self.cleaned_data

    def check_reach(self) -> None:
        """Refuse times within which nobody can ever choose one."""
        # The lead time, how early a visit must be asked for, is stored under the name of a notice.
        lead, horizon = self.cleaned_data.get("notice_hours"), self.cleaned_data.get("horizon_days")
        # Numbers larger than MOST_HOURS are refused by their own field.
        if lead is None or horizon is None or not horizon * 24 <= lead <= MOST_HOURS:
            return
        said = _("With a lead time of %(hours)s hours and a horizon of %(days)s days no time can ever be chosen.")
        params = {"hours": lead, "days": horizon}
        if {"notice_hours", "horizon_days"} & set(self.changed_data):
            self.add_error("notice_hours", forms.ValidationError(said, params=params))
        else:
            self.left_as_they_were.append(said % params)

    def check_numbers(self) -> None:
        """Refuse what pages could not link: what is no phone number in the clinic's country, or more than one."""
        country = self.cleaned_data.get("country", self.initial["country"])
        for name, (is_one, said) in NUMBERS.items():
            number = self.cleaned_data.get(name)
            if not number or is_one(number, country):
                continue
            if name in self.changed_data or is_one(number, self.initial["country"]):
                self.add_error(name, said)
            else:
                left = gettext("“%(number)s” stays as it was, and pages show it without a link. %(what_to_do)s")
                self.left_as_they_were.append(left % {"number": number, "what_to_do": said})
