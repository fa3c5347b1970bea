"""Signing in at the desk: which account a typed name means, and how many wrong passwords are taken.

django-axes asks `Handler` before each password is looked at, and tells it afterwards whether it was right. Stored are
moments and keyed digests: no name that was typed, and no network address, is stored in clear.
"""

import datetime
import ipaddress
import math
import unicodedata
from collections.abc import Mapping
from typing import Any

from axes.handlers.base import AxesHandler
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from treatments.values import digests
from treatments.values.availability import DAY, HOUR
from treatments.web.client import client_address

#: Wrong passwords for one account from one network address, and for how long they count.
MOST_FROM_CLIENT = 6
COOLING = datetime.timedelta(minutes=15)
#: Once an account has had more wrong passwords than this in an hour, from all addresses together, only one password is
#: looked at in each PAUSE.
MOST_FOR_ACCOUNT = 50
PAUSE = datetime.timedelta(seconds=30)
#: For how long it is known from where an account signed in last.
KEPT_LAST = 90 * DAY


class SignInRequest(HttpRequest):
    """A request as `Handler` finds it: axes has set the first two attributes, and the handler sets the third."""

    axes_ip_address: str
    axes_locked_out: bool
    seconds_to_wait: int


def folded(name: str) -> str:
    """A name as it is compared: two that differ in capitals or width alone mean one account."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def account_named(name: str) -> User | None:
    """The account that a typed name means, whatever its capitals; None without one, or if several are meant.

    Phones write the first letter large, and nobody should be refused for that. A name typed exactly as it is comes
    first, for accounts from before names had to differ in more than capitals.
    """
    users = User.objects
    exact = users.filter(username=unicodedata.normalize("NFKC", name).strip()).first()
    if exact:
        return exact
    # Few enough to look through; databases fold other letters than Python does.
    alike = [pk for pk, known in users.values_list("pk", "username") if folded(known) == folded(name)]
    return users.get(pk=alike[0]) if len(alike) == 1 else None


def seconds_to_wait(name: str, client: str, now: datetime.datetime) -> int:
    """For how long no password for this account is looked at from this client, in whole seconds; 0 if one is.

    `name` is what `digest_of_name` gives, `client` what `digest_of_client` gives. Whoever guesses from one address
    waits a quarter of an hour. While many addresses guess, one password is looked at in each pause; the address from
    which the account signed in last does not wait.
    """
    failed = (
        AccessFailureLog.objects.filter(username=name).order_by("-attempt_time").values_list("attempt_time", flat=True)
    )
    here = failed.filter(ip_address=client, attempt_time__gt=now - COOLING)[:MOST_FROM_CLIENT]
    if len(here) == MOST_FROM_CLIENT:
        return seconds(here[MOST_FROM_CLIENT - 1] + COOLING - now)
    everywhere = failed.filter(attempt_time__gt=now - HOUR)[: MOST_FOR_ACCOUNT + 1]
    if len(everywhere) <= MOST_FOR_ACCOUNT or AccessLog.objects.filter(username=name, ip_address=client).exists():
        return 0
    return seconds(everywhere[0] + PAUSE - now)


def seconds(rest: datetime.timedelta) -> int:
    """Whole seconds, rounded up; 0 for a time that is over."""
    return max(0, math.ceil(rest.total_seconds()))


def digest_of_name(name: str) -> str:
    """A stand-in for a typed name; names that mean one account have the same."""
    return digests.digest_of(["sign-in", folded(name)])


def digest_of_client(request: HttpRequest) -> str:
    """A stand-in for the visitor's network address; visitors whose address cannot be read share one.

    The column of axes takes only network addresses, so it is one: unique local (RFC 4193), made of a keyed digest.
    """
    digest = digests.digest_of(["sign-in", client_address(request)])
    return str(ipaddress.IPv6Address(bytes.fromhex("fd" + digest[:30])))


class Handler(AxesHandler):  # type: ignore[misc]  # axes has no types
    """What axes asks, and what it is told."""

    def is_locked(self, request: SignInRequest, credentials: Mapping[str, Any]) -> bool:
        """Whether no password is looked at now; for how long stands on the request then."""
        name, client = digest_of_name(credentials["username"]), request.axes_ip_address
        request.seconds_to_wait = seconds_to_wait(name, client, timezone.now())
        return request.seconds_to_wait > 0

    def user_login_failed(
        self, sender: str, credentials: Mapping[str, Any], request: SignInRequest, **kwargs: Any
    ) -> None:
        # A password that was not looked at does not count: whoever goes on guessing would lock an account for good.
        if not request.axes_locked_out:
            note(AccessFailureLog, digest_of_name(credentials["username"]), request.axes_ip_address)
            request.axes_locked_out = self.is_locked(request, credentials)

    def user_logged_in(self, sender: type[User], request: SignInRequest, user: User, **kwargs: Any) -> None:
        name, client = digest_of_name(user.get_username()), request.axes_ip_address
        AccessFailureLog.objects.filter(username=name, ip_address=client).delete()
        AccessLog.objects.filter(username=name).delete()
        note(AccessLog, name, client)

    def post_save_access_attempt(self, instance: AccessAttempt, **kwargs: Any) -> None:
        """Nothing: axes tells of rows that only its own handler writes, which earlier versions of ours used."""

    post_delete_access_attempt = post_save_access_attempt


def note(model: type[AccessFailureLog | AccessLog], name: str, client: str) -> None:
    """Write a row with these digests and the present moment, and nothing else of what axes would keep."""
    model.objects.create(username=name, ip_address=client)


def forget_sign_ins(now: datetime.datetime) -> None:
    """Forget what is over: sessions, wrong passwords, and from where accounts signed in long ago."""
    Session.objects.filter(expire_date__lt=now).delete()
    AccessFailureLog.objects.filter(attempt_time__lt=now - HOUR).delete()
    AccessLog.objects.filter(attempt_time__lt=now - KEPT_LAST).delete()
    # Written by earlier versions alone, with network addresses in clear.
    AccessAttempt.objects.all().delete()
