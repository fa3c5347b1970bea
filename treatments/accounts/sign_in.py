"""Signing in at the desk: which account a typed name means, and how many wrong passwords are taken.

django-axes asks before each password and tells afterwards; what it keeps are moments and keyed digests. No name that
was typed, and no network address, is stored in clear.
"""

import datetime
import ipaddress
import math
import unicodedata

from axes.handlers.base import AxesHandler
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.utils import timezone

from treatments.values import digests
from treatments.values.availability import DAY, HOUR
from treatments.web.client import client_address

#: Wrong passwords for one account from one network address, and for how long they count.
MOST_FROM_CLIENT = 6
COOLING = datetime.timedelta(minutes=15)
#: More wrong passwords an hour than this, from wherever, slow an account down: then one is looked at in each pause.
MOST_FOR_ACCOUNT = 50
PAUSE = datetime.timedelta(seconds=30)
#: For how long it is known from where an account signed in last.
KEPT_LAST = 90 * DAY


def folded(name):
    """A name as it is compared: two that differ in capitals or width alone mean one account."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def account_named(name):
    """The account that a typed name means, whatever its capitals; None without one, or if several are meant.

    Phones write the first letter large, and nobody should be refused for that. A name typed exactly as it is comes
    first, for accounts from before names had to differ in more than capitals.
    """
    users = get_user_model().objects
    exact = users.filter(username=unicodedata.normalize("NFKC", name).strip()).first()
    if exact:
        return exact
    # Few enough to look through; databases fold other letters than Python does.
    alike = [pk for pk, known in users.values_list("pk", "username") if folded(known) == folded(name)]
    return users.get(pk=alike[0]) if len(alike) == 1 else None


def seconds_to_wait(name, client, now):
    """For how long no password for this account is looked at from this client, in whole seconds; 0 if one is.

    `name` and `client` are digests. Whoever guesses from one place waits a quarter of an hour. When many places guess,
    every one waits for its turn, but not the one from which the account signed in last.
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


def seconds(rest):
    return max(0, math.ceil(rest.total_seconds()))


def digest_of_name(name):
    return digests.digest_of(["sign-in", folded(name)])


def digest_of_client(request):
    """A stand-in for the visitor's network address, for a column that takes nothing else: a unique local one
    (RFC 4193) made of a keyed digest. Visitors whose address cannot be read share one."""
    digest = digests.digest_of(["sign-in", client_address(request)])
    return str(ipaddress.IPv6Address(bytes.fromhex("fd" + digest[:30])))


class Handler(AxesHandler):
    """What axes asks, and what it is told."""

    def is_locked(self, request, credentials=None):
        name, client = digest_of_name(credentials["username"]), request.axes_ip_address
        request.seconds_to_wait = seconds_to_wait(name, client, timezone.now())
        return request.seconds_to_wait > 0

    def user_login_failed(self, sender, credentials, request=None, **kwargs):
        # What was not looked at does not count: else guessing on would lock an account for good.
        if not request.axes_locked_out:
            note(AccessFailureLog, digest_of_name(credentials["username"]), request.axes_ip_address)
            request.axes_locked_out = self.is_locked(request, credentials)

    def user_logged_in(self, sender, request, user, **kwargs):
        name, client = digest_of_name(user.get_username()), request.axes_ip_address
        AccessFailureLog.objects.filter(username=name, ip_address=client).delete()
        AccessLog.objects.filter(username=name).delete()
        note(AccessLog, name, client)

    def post_save_access_attempt(self, instance, **kwargs):
        """Axes tells of rows that its own handler writes; earlier versions used that one."""

    post_delete_access_attempt = post_save_access_attempt


def note(model, name, client):
    """A row with the present moment, and nothing else of what axes would keep."""
    model.objects.create(username=name, ip_address=client)


def forget_sign_ins(now):
    """Forget what is over at `now`, a moment: sessions, wrong passwords, and from where accounts signed in long ago."""
    Session.objects.filter(expire_date__lt=now).delete()
    AccessFailureLog.objects.filter(attempt_time__lt=now - HOUR).delete()
    AccessLog.objects.filter(attempt_time__lt=now - KEPT_LAST).delete()
    # Written by earlier versions alone, with network addresses in clear.
    AccessAttempt.objects.all().delete()
