"""Staff accounts."""

import secrets

from django.contrib.auth import get_user_model

#: Without letters and digits that look alike.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_password():
    """Twenty random letters in groups of five, about 99 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _letter in range(5)) for _group in range(4))


def give_account(name):
    """Make the account `name`, or give it a new password; return the password, which is stored nowhere in clear."""
    password = new_password()
    users = get_user_model().objects
    account = users.filter(username=name).first() or users.model(username=name)
    account.is_staff = account.is_superuser = account.is_active = True
    account.set_password(password)
    account.save()
    return password
