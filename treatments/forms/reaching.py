"""The forms with which patients who have asked before let us reach them: by a new letter, or by a call."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from treatments.forms.guarded import AddressField, clinic_form
from treatments.forms.text import PhoneField, field_of, stored_phone
from treatments.models import Clinic, ConsultationRequest


class LinkForm(forms.Form):
    """To whom the private link should be sent again."""

    email = AddressField(
        label=_("Email"),
        max_length=254,
        help_text=_("The one that you gave when you asked. We send the link there and nowhere else."),
        error_messages={
            "required": _("Enter the email address that you gave."),
            "invalid": _("Enter an email address like name@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, label_suffix="")
        self.use_required_attribute = False
        self.helper = clinic_form()


class PhoneForm(forms.Form):
    """The phone number of somebody who is to be called and left none."""

    phone = PhoneField(
        label=_("Phone"),
        error_messages={
            "required": _("Enter the phone number that we should call."),
            "invalid": _("Enter the whole phone number, with the country code if it is from abroad."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )

    def __init__(self, data: QueryDict | None = None, *, clinic: Clinic) -> None:
        super().__init__(data, label_suffix="")
        self.use_required_attribute = False
        field_of(self, "phone", PhoneField).region = clinic.country
        self.helper = clinic_form()

    def clean_phone(self) -> str:
        return stored_phone(self.cleaned_data["phone"])


class ReachForm(forms.Form):
    """How a patient who has asked is reached, put right by themselves."""

    email = AddressField(
        label=_("Email"),
        required=False,
        max_length=254,
        error_messages={"invalid": _("Enter an email address like name@example.com, or leave it empty.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = PhoneField(
        label=_("Phone"),
        required=False,
        error_messages={"invalid": _("Enter the whole phone number, with the country code if it is from abroad.")},
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )

    def __init__(
        self, data: QueryDict | None = None, *, consultation: ConsultationRequest, clinic: Clinic, is_to_call: bool
    ) -> None:
        initial = {"email": consultation.email, "phone": consultation.phone}
        super().__init__(data, label_suffix="", initial=initial)
        self.use_required_attribute = False
        self.is_to_call = is_to_call
        field_of(self, "phone", PhoneField).region = clinic.country
        self.helper = clinic_form()

    def clean_phone(self) -> str:
        number = self.cleaned_data["phone"]
        return stored_phone(number) if number else ""

    def clean(self) -> None:
        given = {*self.errors, *(name for name, value in self.cleaned_data.items() if value)}
        if self.is_to_call and "phone" not in given:
            self.add_error("phone", _("Enter the phone number that we should call."))
        elif not given:
            self.add_error("email", _("Enter an email address or a phone number."))
