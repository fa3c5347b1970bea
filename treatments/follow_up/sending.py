"""What the worker does with the outbox: claims one letter after the other, sends it, and finishes it.

A row is claimed by one conditional update with a lease, sent outside any transaction, and finished whoever holds the
lease by then; so a worker that dies loses nothing, and a letter arrives twice only if the line or the process dies
between the letter and the mail server's answer, under one Message-ID.
"""

import datetime
import logging
from collections.abc import Callable, Collection
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from treatments.follow_up import letters, refusals, settling, tasks, truth
from treatments.models import Clinic, ConsultationRequest, Message, MessageKind, MessageState, TaskKind
from treatments.models.private_link import new_secret
from treatments.values.availability import DAY, HOUR

log = logging.getLogger(__name__)

#: Longer than any step of a conversation with a mail server, and renewed between steps.
LEASE = datetime.timedelta(minutes=10)
#: After each failed attempt it waits longer, up to this; the last attempt comes about two days after the first.
LONGEST_WAIT = datetime.timedelta(hours=8)
MOST_ATTEMPTS = 14
#: Letters that strangers can cause to one mailbox: so many in each of these stretches of time.
MAILBOX_LIMITS = ((HOUR, 5), (DAY, 10))
#: Letters of the whole site in an hour that ask to press a button for a time.
MOST_WISHED = 60
#: The clinic hears of what patients do in one letter in so long.
GATHERING = datetime.timedelta(minutes=10)
MOST_GATHERED = 100


def send_due(
    owner: str,
    *,
    now: datetime.datetime | None = None,
    most: int = 100,
    is_stopped: Callable[[], bool] = lambda: False,
) -> int:
    """Send what is due, at most so many messages, and return how many went out; `is_stopped` is asked before each.

    `owner` is the name of new_owner() under which this worker claims messages.
    """
    now = now or timezone.now()
    sent = 0
    for pk in list(Message.objects.due(now).values_list("pk", flat=True)[:most]):
        if is_stopped():
            break
        sent += send(pk, owner)
    return sent


def new_owner() -> str:
    """The name under which one worker holds leases."""
    return new_secret()


def send(pk: int, owner: str) -> bool:
    """Send one message if it is still free and may go now; return whether it went out."""
    now = timezone.now()
    claimed = Message.objects.due(now).filter(pk=pk).order_by()
    if not claimed.update(lease_owner=owner, lease_until=now + LEASE, attempts=F("attempts") + 1):
        return False
    message = Message.objects.select_related("request", "treatment", "staff").get(pk=pk)
    later = when_it_may_go(message, now)
    if later:
        postpone(message, owner, later)
        return False
    gathered = gather(message, owner, now)
    try:
        letter = letters.letter_of(message, at=now, gathered=gathered)
        if letter is None:
            give_back(message, owner)
            return False
        get_connection(between_steps=lambda: renew([message, *gathered], owner)).send_messages([letter])
    except DatabaseError:
        raise
    except Exception as error:
        # Whatever is wrong with one letter, the others must go out.
        for one in (message, *gathered):
            give_up_or_wait(one, owner, error)
        return False
    for one in (message, *gathered):
        finish(one)
    return True


def renew(messages: Collection[Message], owner: str) -> None:
    """Hold the leases of these messages for another LEASE from now on."""
    pks = [message.pk for message in messages]
    mine = Message.objects.filter(pk__in=pks, lease_owner=owner, state=MessageState.QUEUED)
    mine.update(lease_until=timezone.now() + LEASE)


# Limits


def when_it_may_go(message: Message, now: datetime.datetime) -> datetime.datetime | None:
    """The moment until which a limit keeps a letter waiting; None if it may go."""
    if message.kind == MessageKind.CLINIC_NOTICE:
        last = Message.objects.filter(kind=message.kind, sent_at__gt=now - GATHERING).order_by("-sent_at").first()
        return last.sent_at + GATHERING if last and last.sent_at else None
    waits = [until_mailbox_is_free(message, now)]
    if message.kind == MessageKind.WISHED:
        waits.append(until_number_is_below(Message.objects.filter(kind=message.kind), HOUR, MOST_WISHED, now))
    return max(filter(None, waits), default=None)


def until_mailbox_is_free(message: Message, now: datetime.datetime) -> datetime.datetime | None:
    """Until when a mailbox has had as many letters as strangers may cause; None if one more may go."""
    if not message.mailbox_digest:
        return None
    of_mailbox = Message.objects.filter(mailbox_digest=message.mailbox_digest).exclude(pk=message.pk)
    waits = [until_number_is_below(of_mailbox, stretch, most, now) for stretch, most in MAILBOX_LIMITS]
    in_hand = of_mailbox.filter(state=MessageState.QUEUED, lease_until__gte=now, pk__lt=message.pk)
    if in_hand.exists():
        # One after the other, so that two workers count each other's.
        waits.append(now + datetime.timedelta(seconds=5))
    return max(filter(None, waits), default=None)


def until_number_is_below(
    messages: QuerySet[Message], stretch: datetime.timedelta, most: int, now: datetime.datetime
) -> datetime.datetime | None:
    """Until when `most` of these messages were sent within the last `stretch` of time; None if fewer were."""
    recent = messages.filter(sent_at__gt=now - stretch).order_by("-sent_at").values_list("sent_at", flat=True)
    first_of_most = recent[most - 1 : most].first()
    return first_of_most + stretch if first_of_most else None


def postpone(message: Message, owner: str, later: datetime.datetime) -> None:
    """Keep a letter waiting until `later` because of a limit, which does not count as an attempt.

    In the place of one that would come after its visit has begun the patient is called.
    """
    consultation = message.request
    visit = consultation.held_visit() if consultation else None
    if consultation and visit and later >= visit.start and message.is_to_patient:
        with transaction.atomic():
            if tasks.call_instead(message) or tasks.call_for(consultation, message.kind, timezone.now()):
                Message.objects.filter(pk=message.pk, lease_owner=owner).take_back()
                return
            fail(message, owner, _("Too many letters went to this address; this one would come too late."))
        return
    release(message, owner, not_before=later, attempts=max(message.attempts - 1, 0))


def gather(message: Message, owner: str, now: datetime.datetime) -> list[Message]:
    """Claim further notices to the clinic that go in the same letter, and return them; none for other letters."""
    clinic = Clinic.objects.current()
    if message.kind != MessageKind.CLINIC_NOTICE or not truth.is_true(message, clinic, now):
        return []
    others = Message.objects.due(now).filter(kind=message.kind).exclude(pk=message.pk)[:MOST_GATHERED]
    claimed = []
    for other in others.select_related("request"):
        if not truth.is_true(other, clinic, now):
            continue
        free = Message.objects.due(now).filter(pk=other.pk).order_by()
        if free.update(lease_owner=owner, lease_until=now + LEASE, attempts=F("attempts") + 1):
            claimed.append(other)
    return claimed


# Outcomes


def finish(message: Message) -> None:
    """Note that a letter went out, which is a fact whoever holds the lease or has taken the letter back by now.

    If the request was erased meanwhile, the file that was written in place of sending the letter is erased at once.
    """
    Message.objects.filter(pk=message.pk).exclude(state=MessageState.SENT).update(
        state=MessageState.SENT,
        sent_at=timezone.now(),
        error="",
        is_of_our_account=False,
        lease_owner="",
        lease_until=None,
    )
    erased = Message.objects.filter(pk=message.pk, request__erased_at__isnull=False)
    if erased.exists():
        letters.forget(message)


def give_back(message: Message, owner: str) -> None:
    """Take back a letter that is not true any more; what somebody still has to know becomes a task.

    While somebody has to look at the clock the letter waits, because by the right time what it says may be true.
    """
    if settling.clock_is_doubted():
        release(message, owner, not_before=timezone.now() + GATHERING)
        return
    if message.request is None:
        Message.objects.filter(pk=message.pk, lease_owner=owner).take_back()
        return
    with transaction.atomic():
        consultation = ConsultationRequest.objects.select_for_update().get(pk=message.request.pk)
        release(message, owner)
        now = timezone.now()
        settling.settle(consultation, now)
        settling.leave_nobody_waiting(consultation, Clinic.objects.prefetched(), now)
        # Without an address there is nobody to say it to.
        Message.objects.filter(pk=message.pk, state=MessageState.QUEUED).take_back()


def release(message: Message, owner: str, **values: Any) -> int:
    """Give the lease back with these values of columns, if it is still ours and nobody has taken the message back.

    Returns how many rows that were: 1 or 0.
    """
    mine = Message.objects.filter(pk=message.pk, lease_owner=owner, state=MessageState.QUEUED)
    return mine.update(lease_owner="", lease_until=None, **values)


def fail(message: Message, owner: str, reason: str) -> None:
    """Give a letter up, and put it on the desk's list."""
    if release(message, owner, state=MessageState.FAILED, error=reason):
        tasks.not_delivered(message)


def give_up_or_wait(message: Message, owner: str, error: Exception) -> None:
    """Note and log why a letter did not go out, and try again later or never.

    After an error of our own mail account the letter waits, however often it was tried, and the manager has one task
    about it.
    """
    reason, is_ours = refusals.in_words(error), refusals.is_our_own(error)
    log.warning("Letter %s (%s) did not go out, attempt %s: %s", message.pk, message.kind, message.attempts, reason)
    message.refresh_from_db(fields=["attempts"])
    is_final = not is_ours and (refusals.is_permanent(error) or message.attempts >= MOST_ATTEMPTS)
    if is_final:
        fail(message, owner, reason)
        return
    wait = min(LONGEST_WAIT, datetime.timedelta(seconds=15 * 2 ** min(message.attempts, MOST_ATTEMPTS)))
    release(message, owner, not_before=timezone.now() + wait, error=reason, is_of_our_account=is_ours)
    call_before_the_visit(message)
    if is_ours:
        tasks.raise_for_clinic(TaskKind.MAIL_FAILS, reason="account", said=reason)


def call_before_the_visit(message: Message) -> None:
    """Have the patient called whose visit is within a day while its letter waits, whatever it waits for."""
    visit = message.request.held_visit() if message.request and message.is_to_patient else None
    if visit and timezone.now() < visit.start < timezone.now() + DAY:
        tasks.call_instead(message)


def try_again_now() -> int:
    """Let every letter go at once that waits because of our own mail account or that the clinic's address refused.

    Returns how many there are.
    """
    waiting = Message.objects.filter(
        Q(state=MessageState.QUEUED, is_of_our_account=True)
        | Q(state=MessageState.FAILED, kind=MessageKind.CLINIC_NOTICE)
    )
    return waiting.try_anew(timezone.now())


def send_test(to: str) -> str:
    """Send a letter to an address that says nothing but that it came.

    Returns why it did not go out, in words for the desk; empty if it did.
    """
    letter = EmailMessage(
        subject=_("A test letter from your site"),
        body=_("Letters from your site arrive."),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[to],
    )
    try:
        get_connection().send_messages([letter])
    except (OSError, ValueError) as error:
        return refusals.in_words(error)
    Clinic.objects.filter(pk=Clinic.ONLY).update(mail_tested_at=timezone.now())
    return ""
