"""Forms of the acts of staff on a request: each asks what its act needs, and gives it as the act's arguments."""

import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from treatments.forms.desk import StartField
from treatments.forms.guarded import AddressField, check_name
from treatments.forms.text import NameField, PhoneField, TextField, field_of, stored_phone
from treatments.models import Act, Clinic, ConsultationRequest
from treatments.times import opening
from treatments.values.moments import moment_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Times that one letter may offer.
MOST_OFFERED = 6
#: How far ahead a call that nobody answered can be put off.
LATEST_CALL = datetime.timedelta(days=90)


#: What an act is called with besides the request: positional arguments, and named ones.
Arguments = tuple[tuple[Any, ...], dict[str, Any]]
#: What was filled in, as it is read: (label, text).
Facts = list[tuple["StrOrPromise", str]]


class ActForm(forms.Form):
    """What an act on a request needs to be told."""

    #: What was sent; empty for a form that was not.
    data: MultiValueDict[str, str]

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        consultation: ConsultationRequest,
        clinic: Clinic,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)

    def arguments(self) -> Arguments:
        """What the act is to be called with; of a valid form."""
        return (), {}

    def in_words(self) -> Facts:
        """(label, what was filled in) of what is confirmed and the outcome does not show; of a valid form."""
        return []


class NothingToSay(ActForm):
    """An act that needs no more than to be meant."""


class TimeForm(ActForm):
    """The time that is booked: one of those listed, or any start on whole five minutes."""

    time = forms.CharField(required=False)
    start = StartField(label=_("Or any other start"), required=False)

    def clean(self) -> None:
        chosen = moment_of(self.cleaned_data.get("time", "")) or self.cleaned_data.get("start")
        if chosen is None and not self.errors:
            raise ValidationError(_("Choose one of the times below, or enter a date and a time."))
        self.moment = chosen

    def arguments(self) -> Arguments:
        return (self.moment,), {}


class OfferForm(ActForm):
    """The times that are offered."""

    time = forms.CharField(label=_("Times"), widget=forms.MultipleHiddenInput, required=False)

    def clean(self) -> None:
        read = [moment_of(text) for text in self.data.getlist("time")]
        moments = {moment for moment in read if moment is not None}
        if not read or None in read or len(moments) > MOST_OFFERED:
            raise ValidationError(_("Choose one to six of the times below."))
        self.moments = sorted(moments)

    def arguments(self) -> Arguments:
        return (self.moments,), {}


class CallForm(ActForm):
    """How a call went."""

    outcome = forms.ChoiceField(
        label=_("How did it go?"),
        choices=[(act.value, act.label) for act in (Act.SPOKE, Act.LEFT_MESSAGE, Act.NO_ANSWER)],
        widget=forms.RadioSelect,
        error_messages={"required": _("Say how the call went.")},
    )
    next_try = forms.DateTimeField(
        label=_("If you did not speak: try again at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, data: QueryDict | None = None, *, consultation: ConsultationRequest, clinic: Clinic) -> None:
        super().__init__(data, consultation=consultation, clinic=clinic)
        again = opening.next_try(clinic, timezone.now(), consultation.held_visit())
        self.initial["next_try"] = timezone.localtime(again)

    def clean_next_try(self) -> datetime.datetime | None:
        moment: datetime.datetime | None = self.cleaned_data["next_try"]
        now = timezone.now()
        if moment and not now < moment <= now + LATEST_CALL:
            raise ValidationError(_("Choose a moment that is still to come, at most 90 days ahead."))
        return moment

    def arguments(self) -> Arguments:
        return (self.cleaned_data["outcome"],), {"next_try": self.cleaned_data["next_try"]}

    def in_words(self) -> Facts:
        return [(_("The call"), str(Act(self.cleaned_data["outcome"]).label))]


class CorrectForm(ActForm):
    """Who the patient is and how to reach them, put right."""

    name = NameField(label=_("Name"), max_length=120, validators=[check_name])
    phone = PhoneField(
        label=_("Phone"),
        required=False,
        error_messages={"invalid": _("Enter the whole phone number, with the country code if it is from abroad.")},
    )
    email = AddressField(
        label=_("Email"),
        required=False,
        max_length=254,
        help_text=_("Another address gets the private link anew; the old one is told nothing, and its link ends."),
        error_messages={"invalid": _("Enter an email address like name@example.com, or leave it empty.")},
    )

    def __init__(self, data: QueryDict | None = None, *, consultation: ConsultationRequest, clinic: Clinic) -> None:
        initial = {name: getattr(consultation, name) for name in ("name", "phone", "email")}
        super().__init__(data, consultation=consultation, clinic=clinic, initial=initial)
        field_of(self, "phone", PhoneField).region = clinic.country

    def clean_phone(self) -> str:
        number = self.cleaned_data["phone"]
        return stored_phone(number) if number else ""

    def clean(self) -> None:
        given = {*self.errors, *(name for name, value in self.cleaned_data.items() if value)}
        if not {"phone", "email"} & given:
            self.add_error("phone", _("Enter an email address or a phone number."))

    def arguments(self) -> Arguments:
        return (), {name: self.cleaned_data[name] for name in ("name", "phone", "email")}

    def in_words(self) -> Facts:
        corrected = ConsultationRequest(**self.arguments()[1])
        return [
            (_("Name"), corrected.name),
            (_("Phone"), corrected.phone_in_words or "–"),
            (_("Email"), corrected.email or "–"),
        ]


class NoteForm(ActForm):
    """A note on a request."""

    note = TextField(
        label=_("Note"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, data: QueryDict | None = None, *, consultation: ConsultationRequest, clinic: Clinic) -> None:
        super().__init__(data, consultation=consultation, clinic=clinic, initial={"note": consultation.note})

    def arguments(self) -> Arguments:
        return (self.cleaned_data["note"],), {}
