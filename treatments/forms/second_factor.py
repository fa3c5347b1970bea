"""The form in which staff type a code."""

from django import forms
from django.utils.translation import gettext_lazy as _

from treatments import second_factor


class CodeForm(forms.Form):
    """A code of the app, or a recovery code, however it is spaced."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        error_messages={"required": _("Enter the code.")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text", "autofocus": True}),
    )

    def clean_code(self):
        return "".join(self.cleaned_data["code"].split()).lower()

    def refuse(self, request):
        """Say why the code was not taken, and for how long none is."""
        seconds = second_factor.seconds_to_wait(request.user, self.cleaned_data["code"])
        self.add_error("code", _("This code is not right."))
        if seconds > 1:
            self.add_error("code", _("Wait %(seconds)s seconds before you try again.") % {"seconds": seconds})
