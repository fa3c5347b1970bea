"""Messages: queued as rows in the transaction that makes them needed, sent later by a worker.

A row is claimed by one conditional update with a lease, sent outside any transaction, and finished only by the owner
of the lease; so a worker that dies loses nothing, and at worst one message arrives twice, under one Message-ID.
"""

import datetime
import smtplib

from django.core.mail import get_connection
from django.db.models import F
from django.utils import timezone

from treatments import letters
from treatments.models import Message, MessageKind, MessageState, RequestState
from treatments.models.consultation import new_secret

#: Longer than the socket's own timeout, so that nobody else sends what is still under way.
LEASE = datetime.timedelta(minutes=1)
#: After each failed attempt it waits longer, up to this; the last attempt comes about two days after the first.
LONGEST_WAIT = datetime.timedelta(hours=8)
MOST_ATTEMPTS = 14

DAY = datetime.timedelta(days=1)


# Queueing


def queue(request, kind, *, not_before, note=""):
    """One row for each kind and each change of the time; a second call changes nothing."""
    key = f"{kind}:{request.pk}:{request.sequence}"
    Message.objects.get_or_create(
        key=key, defaults={"request": request, "kind": kind, "not_before": not_before, "note": note}
    )


def asked(request, clinic, now):
    """What follows from a new request."""
    tell_patient(request, now)
    tell_clinic(request, clinic, now, "asked")


def confirmed(request, now):
    tell_patient(request, now)


def changed(request, clinic, now):
    """What follows from another time: what was said about the old one and has not gone out is taken back."""
    request.messages.cancel()
    tell_patient(request, now)
    tell_clinic(request, clinic, now, "changed")


def cancelled(request, visit, now):
    """What follows from a cancelled request; `visit` is (start, end) of what it held, or None."""
    request.messages.cancel()
    note = "/".join(moment.isoformat() for moment in visit) if visit else ""
    if request.email:
        queue(request, MessageKind.CANCELLED, not_before=now, note=note)
    queue(request, MessageKind.CLINIC_NOTICE, not_before=now, note="cancelled")


def erased(request, visit, now):
    """What follows from erasing; `visit` is (start, end) of a visit that lay ahead, or None."""
    request.messages.cancel()
    for message in request.messages.all():
        letters.forget(message)
    if visit:
        queue(request, MessageKind.CLINIC_NOTICE, not_before=now, note=f"erased {visit[0].isoformat()}")


def link_again(request, now):
    """Send the private link once more, at most once in ten minutes."""
    key = f"{MessageKind.LINK}:{request.pk}:{int(now.timestamp()) // 600}"
    values = {"request": request, "kind": MessageKind.LINK, "not_before": now}
    Message.objects.get_or_create(key=key, defaults=values)


def look_again(request, now):
    """Put a visit on the desk's list over which hours or a closure were saved."""
    key = f"{MessageKind.LOOK_AGAIN}:{request.pk}:{now.isoformat()}"
    Message.objects.create(request=request, kind=MessageKind.LOOK_AGAIN, key=key, not_before=now)


def tell_patient(request, now):
    """Say what holds now, and remind of it; by phone where there is no email."""
    visit = request.visit
    if request.state != RequestState.CONFIRMED or visit is None:
        if request.email:
            queue(request, MessageKind.PROMISE, not_before=now)
        return
    start = visit[0]
    if not request.email:
        queue(request, MessageKind.CALL_TO_CONFIRM, not_before=now)
        remind(request, MessageKind.CALL_TO_REMIND, start - DAY, now)
        return
    queue(request, MessageKind.CHANGED if request.sequence else MessageKind.CONFIRMED, not_before=now)
    remind(request, MessageKind.REMINDER_3_DAYS, start - 3 * DAY, now)
    remind(request, MessageKind.REMINDER_1_DAY, start - DAY, now)


def remind(request, kind, at, now):
    """A reminder, unless its moment has passed: whoever books late knows."""
    if at > now:
        queue(request, kind, not_before=at)


def tell_clinic(request, clinic, now, note):
    if clinic.email and not request.is_quarantined:
        queue(request, MessageKind.CLINIC_NOTICE, not_before=now, note=note)


# Sending


def send_due(owner, *, now=None, most=100):
    """Send what is due, and return how many messages went out."""
    now = now or timezone.now()
    sent = 0
    for pk in list(Message.objects.due(now).values_list("pk", flat=True)[:most]):
        sent += send(pk, owner)
    return sent


def new_owner():
    """The name under which one worker holds leases."""
    return new_secret()


def send(pk, owner):
    """Send one message if it is still free; whether it went out."""
    now = timezone.now()
    claimed = Message.objects.due(now).filter(pk=pk).order_by()
    if not claimed.update(lease_owner=owner, lease_until=now + LEASE, attempts=F("attempts") + 1):
        return False
    message = Message.objects.select_related("request").get(pk=pk)
    letter = letters.letter_of(message)
    if letter is None:
        # There is nobody to say it to any more.
        finish(message, owner, state=MessageState.CANCELLED)
        return False
    try:
        get_connection().send_messages([letter])
    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as fault:
        give_up_or_wait(message, owner, fault, is_final=is_permanent(fault))
        return False
    except (OSError, smtplib.SMTPException) as fault:
        give_up_or_wait(message, owner, fault, is_final=False)
        return False
    return bool(finish(message, owner, state=MessageState.SENT, sent_at=timezone.now(), fault=""))


def finish(message, owner, **values):
    """Write the outcome, if the lease is still ours and nobody has taken the message back."""
    mine = Message.objects.filter(pk=message.pk, lease_owner=owner, state=MessageState.QUEUED)
    return mine.update(lease_owner="", lease_until=None, **values)


def is_permanent(fault):
    """Whether the mail server said that trying again will not help: a code from 500 on (RFC 5321, 4.2.1)."""
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in fault.recipients.values())
    return fault.smtp_code >= 500


def give_up_or_wait(message, owner, fault, *, is_final):
    """Note the reason, without any address in it, and try again later or never."""
    reason = f"{type(fault).__name__} {getattr(fault, 'smtp_code', '') or getattr(fault, 'errno', '') or ''}".strip()
    if is_final or message.attempts >= MOST_ATTEMPTS:
        finish(message, owner, state=MessageState.FAILED, fault=reason)
        return
    wait = min(LONGEST_WAIT, datetime.timedelta(seconds=15 * 2**message.attempts))
    finish(message, owner, not_before=timezone.now() + wait, fault=reason)
