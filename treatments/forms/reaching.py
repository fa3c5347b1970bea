"""The forms with which patients who have asked before let us reach them: by a new letter, or by a call."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from treatments.forms.guarded import AddressField, clinic_form
from treatments.forms.text import PhoneField, field_of, stored_phone
from treatments.models import Clinic


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
