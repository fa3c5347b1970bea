"""The form in which staff type a code."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from treatments.accounts import second_factor

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class CodeField(forms.CharField):
    """A code of the app, or a recovery code, in small letters without blanks, however it was typed.

    `attributes` are further ones of the HTML input.
    """

    def __init__(self, **attributes: Any) -> None:
        super().__init__(
            label=_("Code"),
            max_length=40,
            error_messages={"required": _("Enter the code.")},
            widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "text", **attributes}),
        )

    def clean(self, value: Any) -> str:
        return "".join(super().clean(value).split()).lower()


class CodeForm(forms.Form):
    """A code alone."""

    code = CodeField(autofocus=True)

    def refuse(self, user: User) -> None:
        """Say with the field why the code was not taken; of a valid form."""
        for said in said_of_code(user, self.cleaned_data["code"]):
            self.add_error("code", said)


def said_of_code(user: User, code: str) -> "Iterator[StrOrPromise]":
    """Why a code was not taken, and for how long none is, in sentences."""
    seconds = second_factor.seconds_to_wait(user, code)
    if second_factor.was_used(user, code):
        yield _("This code has been used. Wait until your app shows the next one.")
        return
    if second_factor.is_of_app(code):
        yield _("This code is not right.")
    else:
        yield _("This code is not right, or it has been used: each recovery code is taken once.")
    if seconds > 1:
        yield _("Wait %(seconds)s seconds before you try again.") % {"seconds": seconds}
