"""Messages: queued as rows in the transaction that makes them needed, sent later by a worker.

A row is claimed by one conditional update with a lease, sent outside any transaction, and finished only by the owner
of the lease; so a worker that dies loses nothing, and at worst one message arrives twice, under one Message-ID.
"""

import datetime
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import DatabaseError
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from treatments import letters
from treatments.availability import DAY
from treatments.models import Clinic, Message, MessageKind, MessageState, RequestState
from treatments.models.consultation import new_secret
from treatments.moments import text_of

#: Longer than the socket's own timeout, so that nobody else sends what is still under way.
LEASE = datetime.timedelta(minutes=1)
#: After each failed attempt it waits longer, up to this; the last attempt comes about two days after the first.
LONGEST_WAIT = datetime.timedelta(hours=8)
MOST_ATTEMPTS = 14

#: So long an act of staff can be undone before its message goes out.
UNDO = datetime.timedelta(minutes=2)


#: So long before its end the clinic hears that a review runs out, and at what time of its day.
REVIEW_NOTICE = 30 * DAY
MORNING = datetime.time(9)


# Queueing


def queue(event, kind, *, at=None, note=""):
    """One row because of an act. What staff did goes out a little later, so that it can be undone."""
    request = event.request
    soon = event.at + UNDO if event.by_id else event.at
    key = f"{kind}:{request.pk}:{event.pk}"
    Message.objects.create(request=request, kind=kind, key=key, not_before=at or soon, note=note, made_by=event)


def asked(event, clinic):
    """What follows from a new request."""
    tell_patient(event, MessageKind.CONFIRMED)
    tell_clinic(event, clinic)


def confirmed(event):
    tell_patient(event, MessageKind.CONFIRMED)


def changed(event, clinic, *, had_visit):
    """What follows from another time: what was said about the old one and has not gone out is taken back."""
    event.request.messages.take_back(event)
    tell_patient(event, MessageKind.CHANGED if had_visit else MessageKind.CONFIRMED)
    tell_clinic(event, clinic)


def offered(event, visit):
    """What follows from times to choose from; `visit` is (start, end) of what was held before, or None."""
    event.request.messages.take_back(event)
    queue(event, MessageKind.OFFER, note=note_of(visit))


def cancelled(event, visit):
    """What follows from a cancelled request; `visit` is (start, end) of what it held, or None."""
    event.request.messages.take_back(event)
    if event.request.email:
        queue(event, MessageKind.CANCELLED, note=note_of(visit))
    if event.by_id is None and not event.request.is_quarantined:
        queue(event, MessageKind.CLINIC_NOTICE, note="cancelled")


def erased(event, visit):
    """What follows from erasing; `visit` is (start, end) of a visit that lay ahead, or None."""
    event.request.messages.take_back(event)
    for message in event.request.messages.all():
        letters.forget(message)
    if visit:
        queue(event, MessageKind.CLINIC_NOTICE, note=f"erased {visit[0].isoformat()}")


def note_of(visit):
    """How a letter knows a time that is not held any more; see letters.visit_of_note."""
    return "/".join(moment.isoformat() for moment in visit) if visit else ""


def call_again(event, calls, at):
    """Put calls that nobody answered off until later; `calls` are messages."""
    for kind in {call.kind for call in calls}:
        queue(event, kind, at=at)
    calls.order_by().take_back(event)


def link_again(request, now):
    """Send the private link once more, at most once in ten minutes."""
    key = f"{MessageKind.LINK}:{request.pk}:{int(now.timestamp()) // 600}"
    values = {"request": request, "kind": MessageKind.LINK, "not_before": now}
    Message.objects.get_or_create(key=key, defaults=values)


def to_look_at_again(requests):
    """The ids of those of the requests that are on the desk's list to be looked at again."""
    waiting = Message.objects.filter(kind=MessageKind.LOOK_AGAIN, state=MessageState.QUEUED, request__in=requests)
    return set(waiting.values_list("request_id", flat=True))


def is_to_confirm_by_phone(request, visit):
    """Whether a patient who left no email address has yet to be called about the visit, (start, end) or None."""
    if request.email or visit is None:
        return False
    waiting = request.messages.filter(kind=MessageKind.CALL_TO_CONFIRM, state=MessageState.QUEUED)
    return request.state == RequestState.REQUESTED or waiting.exists()


def look_again(request, now):
    """Put a visit on the desk's list over which hours or a closure were saved."""
    key = f"{MessageKind.LOOK_AGAIN}:{request.pk}:{now.isoformat()}"
    Message.objects.create(request=request, kind=MessageKind.LOOK_AGAIN, key=key, not_before=now)


def tell_patient(event, kind):
    """Say what holds now, and remind of it; by phone where there is no email."""
    request = event.request
    visit = request.visit
    if request.state != RequestState.CONFIRMED or visit is None:
        if request.email:
            queue(event, MessageKind.PROMISE)
        return
    start = visit[0]
    if not request.email:
        if event.by_id is None:
            # Staff who book a time have the patient before them, or on the phone.
            queue(event, MessageKind.CALL_TO_CONFIRM)
        remind(event, MessageKind.CALL_TO_REMIND, start - DAY)
        return
    queue(event, kind)
    remind(event, MessageKind.REMINDER_3_DAYS, start - 3 * DAY)
    remind(event, MessageKind.REMINDER_1_DAY, start - DAY)


def remind(event, kind, at):
    """A reminder, unless its moment has passed: whoever books late knows."""
    if at > event.at:
        queue(event, kind, at=at)


def tell_clinic(event, clinic):
    """Tell the clinic what a patient did; what staff did they know."""
    if clinic.email and event.by_id is None and not event.request.is_quarantined:
        queue(event, MessageKind.CLINIC_NOTICE, note=event.act)


def not_published(treatment, at, editor):
    """Tell whoever set the moment that the gate stopped it; `at` is that moment."""
    Message.objects.create(
        treatment=treatment,
        staff=editor,
        kind=MessageKind.NOT_PUBLISHED,
        key=f"{MessageKind.NOT_PUBLISHED}:{treatment.pk}:{at.isoformat()}",
        note=text_of(at),
    )


def review_due(edition, zone):
    """Tell the clinic a month before the review of this edition runs out; of earlier editions nobody need know."""
    earlier = Message.objects.filter(treatment=edition.treatment_id, kind=MessageKind.REVIEW_DUE)
    earlier.filter(state=MessageState.QUEUED).update(state=MessageState.CANCELLED)
    ends_at = datetime.datetime.combine(edition.next_review_date, MORNING, zone)
    Message.objects.create(
        treatment=edition.treatment,
        kind=MessageKind.REVIEW_DUE,
        key=f"{MessageKind.REVIEW_DUE}:{edition.pk}",
        not_before=ends_at - REVIEW_NOTICE,
        note=text_of(ends_at),
    )


def review_again(treatment):
    """What fell due while the treatment was withdrawn, and had nobody to go to, goes out after all."""
    newest = treatment.editions.order_by("-number").values_list("pk", flat=True).first()
    lost = Message.objects.filter(key=f"{MessageKind.REVIEW_DUE}:{newest}", state=MessageState.CANCELLED)
    lost.update(state=MessageState.QUEUED)


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
    message = Message.objects.select_related("request", "treatment", "staff").get(pk=pk)
    try:
        letter = letters.letter_of(message)
        if letter is None:
            # There is nobody to say it to any more.
            finish(message, owner, state=MessageState.CANCELLED)
            return False
        get_connection().send_messages([letter])
    except DatabaseError:
        raise
    except Exception as fault:
        # Whatever is wrong with one letter, the others must go out.
        give_up_or_wait(message, owner, fault, is_final=is_permanent(fault))
        return False
    return bool(finish(message, owner, state=MessageState.SENT, sent_at=timezone.now(), fault=""))


def send_test(to):
    """Send a letter that says nothing but that it came; why it did not go out, in words, or an empty text."""
    letter = EmailMessage(
        subject=_("A test letter from your site"),
        body=_("Letters from your site arrive."),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[to],
    )
    try:
        get_connection().send_messages([letter])
    except (OSError, ValueError) as fault:
        return in_words(fault)
    Clinic.objects.filter(pk=Clinic.ONLY).update(mail_tested_at=timezone.now())
    return ""


def finish(message, owner, **values):
    """Write the outcome, if the lease is still ours and nobody has taken the message back."""
    mine = Message.objects.filter(pk=message.pk, lease_owner=owner, state=MessageState.QUEUED)
    return mine.update(lease_owner="", lease_until=None, **values)


def is_permanent(fault):
    """Whether trying again will not help.

    So it is where the mail server answered a code from 500 on (RFC 5321, 4.2.1) to this letter, and where the letter
    cannot be written, as for an address with a name that has no form for the network.
    """
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in fault.recipients.values())
    if isinstance(fault, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        return fault.smtp_code >= 500
    return not isinstance(fault, OSError)


def in_words(fault):
    """Why a letter did not go out, for the front desk; without any address."""
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return _("The mail server does not take letters for this address.")
    if isinstance(fault, smtplib.SMTPResponseException):
        return _("The mail server refused the letter (%(code)s).") % {"code": fault.smtp_code}
    if isinstance(fault, OSError):
        return _("The mail server could not be reached (%(kind)s).") % {"kind": type(fault).__name__}
    return _("The letter cannot be written (%(kind)s). Check the address.") % {"kind": type(fault).__name__}


def give_up_or_wait(message, owner, fault, *, is_final):
    """Note the reason, and try again later or never."""
    reason = in_words(fault)
    if is_final or message.attempts >= MOST_ATTEMPTS:
        finish(message, owner, state=MessageState.FAILED, fault=reason)
        return
    wait = min(LONGEST_WAIT, datetime.timedelta(seconds=15 * 2**message.attempts))
    finish(message, owner, not_before=timezone.now() + wait, fault=reason)
