"""What staff do about a letter that did not arrive: send it again, or call in its place."""

from django.db import transaction
from django.utils import timezone

from treatments.consultation.acting import locked, move, snapshot
from treatments.follow_up import outbox, settling, tasks, truth
from treatments.models import Act, Clinic, Message, MessageState


@transaction.atomic
def send_again(message, *, now=None):
    """Try once more to send what was not delivered, if it is still true; whether it goes out again."""
    now = now or timezone.now()
    request = locked(message.request)
    message = Message.objects.failed().select_for_update().filter(pk=message.pk).first()
    if message is None:
        return False
    message.request = request
    if not truth.is_true(message, Clinic.objects.current(), now):
        settling.settle(request, now)
        return False
    Message.objects.filter(pk=message.pk).update(
        state=MessageState.QUEUED, attempts=0, not_before=now, error="", is_of_our_account=False
    )
    settling.settle(request, now)
    return True


@transaction.atomic
def call_instead(message, *, by, now=None):
    """Put a call on the desk's list in the place of a letter; whether there is somebody to call about it."""
    now = now or timezone.now()
    request = locked(message.request)
    before = snapshot(request, request.held_visit())
    message = Message.objects.failed().select_for_update().filter(pk=message.pk).first()
    if message is None or tasks.call_for(request, message.kind, now) is None:
        return False
    event = move(request, request.state, Act.CALL_ADDED, by=by, at=now, before=before)
    Message.objects.filter(pk=message.pk).take_back(event)
    message.request = request
    tasks.call_instead(message, event=event, now=now)
    outbox.noted(event)
    return True
