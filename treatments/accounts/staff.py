"""Staff accounts: made and let in by a command on the server, and written to when something about them changes."""

import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from treatments.accounts import second_factor, sign_in
from treatments.models import Clinic

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Without letters and digits that look alike.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_password() -> str:
    """Twenty random letters in groups of five, about 99 bits."""
    return "-".join("".join(secrets.choice(LETTERS) for _letter in range(5)) for _group in range(4))


def give_account(name: str) -> str:
    """Make the account `name`, which may do everything, or let it in again with the rights that it has.

    Its new password is returned and stored nowhere in clear. Its second factor is forgotten, so that nobody stays
    locked out.
    """
    password = new_password()
    account = sign_in.account_named(name) or User(username=name, is_superuser=True)
    account.is_staff = account.is_active = True
    account.set_password(password)
    account.save()
    second_factor.forget(account)
    tell_account(account, _("On the server it was given a new password, and its second factor was forgotten."))
    return password


def without_email() -> QuerySet[User]:
    """The accounts that can sign in, but have no email address and so hear of nothing."""
    return User.objects.filter(is_active=True, is_staff=True, email="")


def tell_account(user: User, what: "StrOrPromise", *, to: str | None = None) -> None:
    """Write to a staff account that something about it has changed: `what`, in a sentence.

    The letter goes to `to`, or else to the account's email address, once the transaction is committed; without an
    address there is none. A mail server that fails stops nothing: the error is logged.
    """
    address = to or user.email
    if address:
        # No partial: when it fails, Django logs the name of the function, and a partial has none.
        transaction.on_commit(lambda: send_notice(user, str(what), address), robust=True)


def send_notice(user: User, what: str, to: str) -> None:
    """Send the letter now, with the moment in the clinic's time zone."""
    clinic = Clinic.objects.current()
    when = date_format(timezone.localtime(timezone.now(), clinic.zone), _("l j F Y, H:i"))
    text = _(
        "Hello,\n\n"
        "something about the account %(account)s at the desk of %(clinic)s has changed:\n\n"
        "%(what)s\n\n"
        "When: %(when)s.\n\n"
        "If it was neither you nor a colleague at your request, say so at once to whoever looks after your accounts.\n"
    ) % {"account": user.get_username(), "clinic": clinic.name, "what": what, "when": when}
    send_mail(_("Your staff account has changed"), text, settings.DEFAULT_FROM_EMAIL, [to])
