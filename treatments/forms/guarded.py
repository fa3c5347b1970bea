"""What every form that strangers fill in has in common: how it is drawn, and its guard against machines."""

import datetime

from crispy_forms.helper import FormHelper
from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from treatments.models.private_link import new_secret
from treatments.values import addresses

#: Nobody fills in a form in less; what does is set apart.
SHORTEST_TIME = datetime.timedelta(seconds=2)
LONGEST_KEY = 200
KEY_SIGNER = signing.TimestampSigner(salt="treatments.form-key")


def check_name(text):
    """Raise ValidationError unless the text has letters in it; names are taken as people write them."""
    if not any(map(str.isalpha, text)):
        raise ValidationError(_("Enter a name: one line with letters in it."))


class AddressField(forms.EmailField):
    """An email address as `addresses` folds it; with the error of the field for one that nobody can be written to."""

    default_error_messages = {"invalid": _("Enter an email address like name@example.com.")}

    def to_python(self, value):
        text = super().to_python(value)
        if not text:
            return text
        try:
            return addresses.folded(text)
        except addresses.NotAnAddress as refused:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from refused


def clinic_form():
    """How our own pack draws a form: fields alone, because <form> and the token stand in the page."""
    helper = FormHelper()
    helper.form_tag = False
    return helper


class GuardedForm(forms.Form):
    """A form with a key of its own, so that what is sent twice counts once, and a trap that people never see."""

    def __init__(self, data=None):
        super().__init__(data, label_suffix="")
        # Browsers' own bubbles vanish and speak their own language; our summary stays.
        self.use_required_attribute = False
        self.helper = clinic_form()
        self.fields["form_key"] = forms.CharField(required=False, widget=forms.HiddenInput)
        # A name that no password manager fills in by itself.
        self.fields["leave_empty"] = forms.CharField(required=False)
        self.initial["form_key"] = KEY_SIGNER.sign(new_secret())

    def key_and_suspicion(self):
        """The form's random key, and whether it looks as if a machine had filled the form in."""
        if len(self.cleaned_data["form_key"]) > LONGEST_KEY:
            # Nothing of ours is as long; reading it would take its time.
            return new_secret(), True
        try:
            KEY_SIGNER.unsign(self.cleaned_data["form_key"], max_age=None)
            key, _separator, _rest = self.cleaned_data["form_key"].partition(":")
        except signing.BadSignature:
            return new_secret(), True
        return key, bool(self.cleaned_data["leave_empty"]) or is_young(self.cleaned_data["form_key"])


def is_young(signed):
    """Whether a signed form key was given out less than the shortest time ago."""
    try:
        KEY_SIGNER.unsign(signed, max_age=SHORTEST_TIME)
    except signing.SignatureExpired:
        return False
    return True
