"""What staff do about a letter that did not arrive: send it again, or call in its place."""

import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from treatments.consultation.acting import locked, move, snapshot
from treatments.follow_up import outbox, settling, tasks, truth
from treatments.models import Act, Clinic, Message


@transaction.atomic
def send_again(message: Message, *, now: datetime.datetime | None = None) -> bool:
    """Try once more to send a letter that was not delivered, if it is still true; whether it goes out again.

    One about a treatment does not.
    """
    now = now or timezone.now()
    if message.request is None:
        return False
    consultation = locked(message.request)
    failed = Message.objects.failed().select_for_update().filter(pk=message.pk).first()
    if failed is None:
        return False
    failed.request = consultation
    if not truth.is_true(failed, Clinic.objects.current(), now):
        settling.settle(consultation, now)
        return False
    Message.objects.filter(pk=failed.pk).try_anew(now)
    settling.settle(consultation, now)
    return True


@transaction.atomic
def call_instead(message: Message, *, by: User, now: datetime.datetime | None = None) -> bool:
    """Put a call on the desk's list in the place of a letter; whether there is somebody to call about it.

    `by` is the member of staff who asks for it.
    """
    now = now or timezone.now()
    if message.request is None:
        return False
    consultation = locked(message.request)
    before = snapshot(consultation, consultation.held_visit())
    failed = Message.objects.failed().select_for_update().filter(pk=message.pk).first()
    if failed is None or tasks.call_for(consultation, failed.kind, now) is None:
        return False
    event = move(consultation, consultation.state, Act.CALL_ADDED, by=by, at=now, before=before)
    Message.objects.filter(pk=failed.pk).take_back(event)
    failed.request = consultation
    tasks.call_instead(failed, event=event, now=now)
    outbox.noted(event)
    return True
