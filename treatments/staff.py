"""Staff accounts, from the server's own side."""

import secrets

from django.contrib.auth import get_user_model

from treatments import second_factor

#: Without letters and digits that look alike.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_password():
    """Twenty random letters in groups of five, about 99 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _letter in range(5)) for _group in range(4))


def give_account(name):
    """Make the account `name`, which may do everything, or let it in again with the rights that it has.

    Its new password is returned and stored nowhere in clear. Its second factor is forgotten, so that nobody stays
    locked out.
    """
    password = new_password()
    users = get_user_model().objects
    account = users.filter(username=name).first() or users.model(username=name, is_superuser=True)
    account.is_staff = account.is_active = True
    account.set_password(password)
    account.save()
    second_factor.forget(account)
    return password
