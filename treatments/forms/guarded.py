"""What every form that strangers fill in has in common: how it is drawn, and its guard against machines."""

import datetime
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from treatments.models.private_link import new_secret
from treatments.values import addresses

#: No person fills in a form in less; what came as quickly is set apart.
SHORTEST_TIME = datetime.timedelta(seconds=2)
#: Characters of a signed key; ours have less than half as many.
LONGEST_KEY = 200
KEY_SIGNER = signing.TimestampSigner(salt="treatments.form-key")


def check_name(text: str) -> None:
    """Raise ValidationError unless the text has letters in it; else names are taken as people write them."""
    if not any(map(str.isalpha, text)):
        raise ValidationError(_("Enter a name: one line with letters in it."))


class AddressField(forms.EmailField):
    """An email address as `addresses.folded` gives it; one to which nothing can be sent has the error "invalid"."""

    default_error_messages = {"invalid": _("Enter an email address like name@example.com.")}

    def to_python(self, value: Any) -> str:
        text = super().to_python(value)
        if not text:
            return ""
        try:
            return addresses.folded(text)
        except addresses.NotAnAddress as refused:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from refused


def clinic_form() -> FormHelper:
    """How our own template pack draws a form: its fields alone, because <form> and the CSRF token stand in the page."""
    helper = FormHelper()
    helper.form_tag = False
    return helper


class GuardedForm(forms.Form):
    """A form with a key of its own, so that what is sent twice counts once, and a trap that people never see."""

    #: What was sent; empty for a form that was not.
    data: MultiValueDict[str, str]

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, label_suffix="")
        # The messages of browsers vanish, and are in the language of the browser; our summary stays.
        self.use_required_attribute = False
        self.helper = clinic_form()
        self.fields["form_key"] = forms.CharField(required=False, widget=forms.HiddenInput)
        # A name that no password manager fills in by itself.
        self.fields["leave_empty"] = forms.CharField(required=False)
        self.initial["form_key"] = KEY_SIGNER.sign(new_secret())

    def key_and_suspicion(self) -> tuple[str, bool]:
        """(The form's random key, whether it looks as if a machine had filled the form in); of a valid form.

        A key that we did not sign is replaced by a new one.
        """
        if len(self.cleaned_data["form_key"]) > LONGEST_KEY:
            # Checking the signature of something very long would take long.
            return new_secret(), True
        try:
            KEY_SIGNER.unsign(self.cleaned_data["form_key"], max_age=None)
            key, _separator, _rest = self.cleaned_data["form_key"].partition(":")
        except signing.BadSignature:
            return new_secret(), True
        return key, bool(self.cleaned_data["leave_empty"]) or is_young(self.cleaned_data["form_key"])


def is_young(signed: str) -> bool:
    """Whether a signed form key was given out less than the shortest time ago."""
    try:
        KEY_SIGNER.unsign(signed, max_age=SHORTEST_TIME)
    except signing.SignatureExpired:
        return False
    return True
