"""The forms in which staff type their password."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from treatments.accounts import second_factor, sign_in
from treatments.forms.second_factor import CodeField, said_of_code
from treatments.web.requests import StaffRequest


class SignInForm(AdminAuthenticationForm):
    """Name and password; the name is taken whatever its capitals."""

    def clean_username(self) -> str:
        name: str = self.cleaned_data["username"]
        account = sign_in.account_named(name)
        return account.get_username() if account else name


class AgainForm(forms.Form):
    """The password of whoever is signed in, and a code where the account has an app."""

    prefix = "again"

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        error_messages={"required": _("Enter your password.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    code = CodeField()

    def __init__(self, data: QueryDict | None, *, request: StaffRequest) -> None:
        super().__init__(data)
        self.request = request
        if second_factor.app_of(request.user) is None:
            del self.fields["code"]

    @classmethod
    def is_in(cls, post: QueryDict) -> bool:
        """Whether this form is among what was sent, be it empty."""
        return f"{cls.prefix}-password" in post

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        # As at the sign-in: a wrong one counts.
        if authenticate(self.request, username=self.request.user.get_username(), password=password) is None:
            raise ValidationError(_("This password is not right."))
        return password

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        # A code is used up by looking at it, so only beside the right password.
        if "code" in self.fields and not self.errors and not second_factor.verify(self.request, cleaned["code"]):
            for said in said_of_code(self.request.user, cleaned["code"]):
                self.add_error("code", said)
        return cleaned
