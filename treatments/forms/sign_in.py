"""The form in which staff type name and password."""

from django.contrib.admin.forms import AdminAuthenticationForm

from treatments import sign_in


class SignInForm(AdminAuthenticationForm):
    """Name and password; the name is taken whatever its capitals."""

    def clean_username(self):
        name = self.cleaned_data["username"]
        account = sign_in.account_named(name)
        return account.get_username() if account else name
