"""Sending a private link again: asked for on a page, answered by the worker."""

import datetime

from django.db import transaction
from django.utils import timezone

from treatments.consultation import limits
from treatments.follow_up import outbox, truth
from treatments.models import LinkAsked, Message, MessageKind
from treatments.values import addresses, digests
from treatments.values.availability import HOUR

#: Askings from one network address in an hour; more are turned away.
MOST_FROM_CLIENT = 20
#: One mailbox is answered once in so long, however often it is asked for.
PAUSE = datetime.timedelta(minutes=10)
#: Askings that one round of the worker answers.
MOST_ANSWERED = 100


@transaction.atomic
def ask(email: str, *, client: str = "", now: datetime.datetime | None = None) -> None:
    """Note that the links of an email address are asked for: one row, whether or not there are any.

    `client` is the network address, "" where it is not known. Raises limits.TooMany, after which nothing is noted.
    """
    now = now or timezone.now()
    digest = digests.digest_of(client) if client else ""
    recent = LinkAsked.objects.filter(client_digest=digest, asked_at__gt=now - HOUR)
    if client and recent.count() >= MOST_FROM_CLIENT:
        raise limits.TooMany
    LinkAsked.objects.create(email=email, mailbox_digest=digest_of(email), client_digest=digest, asked_at=now)


def digest_of(email: str) -> str:
    """What tells the mailbox of an email address, under every spelling."""
    return digests.digest_of(["mailbox", addresses.mailbox(email)])


def answer(now: datetime.datetime) -> int:
    """Queue the letters that were asked for, and empty the email addresses; how many letters."""
    queued = 0
    for asking in LinkAsked.objects.filter(answered_at__isnull=True).order_by("pk")[:MOST_ANSWERED]:
        with transaction.atomic():
            # The pause is counted from the last letter, not the last asking: whoever goes on asking for the link of
            # somebody else does not keep it from them.
            answered = Message.objects.filter(
                kind=MessageKind.LINK, mailbox_digest=asking.mailbox_digest, not_before__gt=now - PAUSE
            )
            found = [] if answered.exists() else truth.open_requests_of(asking.email)
            if found:
                outbox.link_again(found[0], now)
                queued += 1
            LinkAsked.objects.filter(pk=asking.pk).update(email="", answered_at=now)
    return queued


def erase_asked(email: str, now: datetime.datetime) -> None:
    """Empty the askings of a mailbox, one of whose requests was erased, that wait for no other; none for ""."""
    unanswered = LinkAsked.objects.filter(mailbox_digest=digest_of(email), answered_at__isnull=True)
    for asking in unanswered if email else ():
        if not truth.open_requests_of(asking.email):
            LinkAsked.objects.filter(pk=asking.pk).update(email="", mailbox_digest="", answered_at=now)


def forget(now: datetime.datetime) -> None:
    """Delete the askings that are too old to be counted."""
    LinkAsked.objects.filter(asked_at__lt=now - 2 * HOUR).delete()
