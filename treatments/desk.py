"""What staff do to a consultation request. Each act is one transaction, says who did it, and can be undone for a while.

Every act takes `by`, the member of staff, and `seen`, the id of the newest event that she has read. It raises
booking.NotPossible where it makes no sense, and booking.Overtaken if someone else was quicker; then nothing changed.
"""

import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from treatments import booking, letters, limits, outbox
from treatments.booking import NotPossible, locked, move
from treatments.models import Act, Clinic, Message, MessageKind, MessageState, RequestState, SeatCell
from treatments.models.message import BY_HAND
from treatments.moments import text_of

#: Opening time after which a call that nobody answered is tried again, unless staff say another moment.
NEXT_TRY = datetime.timedelta(hours=2)


class TooLate(Exception):
    """An act cannot be undone any more; `reason` says why."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def confirm(request, *, by, seen=None, now=None):
    """Confirm the time that the patient chose."""
    now = now or timezone.now()
    request = locked(request, by=by, seen=seen)
    if request.state != RequestState.REQUESTED or request.visit is None:
        raise NotPossible
    request.promised_at = None
    outbox.confirmed(move(request, RequestState.CONFIRMED, Act.CONFIRMED, by=by, at=now))
    return request


@transaction.atomic
def offer(request, starts, *, by, seen=None, now=None):
    """Send the patient times to choose from; what was held is given back. `starts` are moments."""
    now = now or timezone.now()
    request = locked(request, by=by, seen=seen)
    if not booking.can_change(request, request.visit, now, by) or not request.email:
        raise NotPossible
    visit = request.visit
    request.cells.all().delete()
    request.offered_times = " ".join(text_of(start) for start in sorted(starts))
    request.promised_at = None
    request.is_quarantined = False
    request.sequence += 1
    outbox.offered(move(request, RequestState.OFFERED, Act.OFFERED, by=by, at=now), visit)
    return request


@transaction.atomic
def called(request, outcome, *, next_try=None, by, seen=None, now=None):
    """Note a call: Act.NO_ANSWER, LEFT_MESSAGE or SPOKE. Unless they spoke, it is to be tried again at `next_try`."""
    now = now or timezone.now()
    request = locked(request, by=by, seen=seen)
    if request.erased_at or request.state in (RequestState.CANCELLED, RequestState.ATTENDED):
        raise NotPossible
    to_call = request.messages.by_hand(now)
    if outcome == Act.SPOKE:
        # A call does not undo a time that is held.
        state = request.state if request.visit else RequestState.CALLED
        request.promised_at = None
        request.offered_times = ""
        request.is_quarantined = False
        event = move(request, state, outcome, by=by, at=now)
        to_call.order_by().update(state=MessageState.SENT, sent_at=now, ended_by=event)
        return request
    next_try = next_try or proposed_next_try(now)
    if request.promised_at:
        request.promised_at = next_try
    outbox.call_again(move(request, request.state, outcome, by=by, at=now), to_call, next_try)
    return request


def proposed_next_try(now):
    """After two hours of opening time; two hours from now for a clinic that is never open."""
    clinic = Clinic.objects.prefetch_related("opening_hours").current()
    return booking.when_open_for(NEXT_TRY, clinic, now) or now + NEXT_TRY


@transaction.atomic
def attended(request, *, by, seen=None, now=None):
    """The patient came."""
    return note_visit(request, RequestState.ATTENDED, Act.ATTENDED, by=by, seen=seen, now=now)


@transaction.atomic
def missed(request, *, by, seen=None, now=None):
    """The patient did not come."""
    return note_visit(request, RequestState.MISSED, Act.MISSED, by=by, seen=seen, now=now)


def note_visit(request, state, act, *, by, seen, now):
    now = now or timezone.now()
    request = locked(request, by=by, seen=seen)
    visit = request.visit
    if visit is None or visit[0] > now or request.erased_at or request.state == state:
        raise NotPossible
    request.promised_at = None
    event = move(request, state, act, by=by, at=now)
    request.messages.take_back(event)
    return request


# Undo


@transaction.atomic
def undo(event, *, by, now=None):
    """Put a request back to what it was before the newest act of staff, and take back what that act had to say.

    Raises TooLate when two minutes are over, something was sent, someone has acted since, or the time has gone.
    """
    now = now or timezone.now()
    limits.locked_clinic()
    request = locked(event.request)
    event = request.events.last() if request.events.last() == event else None
    if event is None or event.before is None:
        raise TooLate("newer")
    made = event.made.select_for_update()
    if now > event.at + outbox.UNDO or any(message.is_on_its_way for message in made):
        raise TooLate("sent")
    made.delete()
    event.ended.update(state=MessageState.QUEUED, sent_at=None, ended_by=None)
    take_again(request, event.before["cells"])
    for name in ("way", "sequence", "is_quarantined", "offered_times"):
        setattr(request, name, event.before[name])
    request.promised_at = event.before["promised_at"] and parse_datetime(event.before["promised_at"])
    move(request, event.before["state"], Act.UNDONE, by=by, at=now)
    return request


def take_again(request, cells):
    """Hold exactly these cells again; TooLate if someone has one of them by now."""
    wanted = {(seat, parse_datetime(start)) for seat, start in cells}
    held = set(request.cells.values_list("seat", "starts_at"))
    try:
        with transaction.atomic():
            SeatCell.objects.bulk_create(
                SeatCell(request=request, seat=seat, starts_at=start) for seat, start in wanted - held
            )
    except IntegrityError as taken:
        raise TooLate("gone") from taken
    for seat, start in held - wanted:
        request.cells.filter(seat=seat, starts_at=start).delete()


# Rehearsal


def rehearse(act, request, *arguments, **options):
    """The letters that an act would send, as they would go out; afterwards everything is as before.

    Raises whatever the act raises.
    """
    with transaction.atomic():
        before = request.events.last()
        newest = act(request, *arguments, **options).events.last()
        if newest == before:
            # Nothing to do, as for a visit that is moved to where it is.
            return []
        made = newest.made.select_related("request").exclude(kind__in=BY_HAND).order_by("not_before")
        said = [(message, letters.letter_of(message)) for message in made]
        transaction.set_rollback(True)
    return [(message, letter) for message, letter in said if letter is not None]


# Letters that did not arrive


def send_again(message, *, now=None):
    """Try once more to send what was not delivered; whether nobody else had dealt with it."""
    now = now or timezone.now()
    failed = Message.objects.failed().order_by().filter(pk=message.pk)
    return bool(failed.update(state=MessageState.QUEUED, attempts=0, not_before=now, fault=""))


@transaction.atomic
def call_instead(message, *, now=None):
    """Put a call on the desk's list in the place of a letter; whether nobody else had dealt with it."""
    now = now or timezone.now()
    failed = Message.objects.failed().order_by().filter(pk=message.pk)
    if not failed.update(state=MessageState.CANCELLED):
        return False
    is_reminder = message.kind in (MessageKind.REMINDER_1_DAY, MessageKind.REMINDER_3_DAYS)
    kind = MessageKind.CALL_TO_REMIND if is_reminder else MessageKind.CALL_TO_CONFIRM
    key = f"{kind}:{message.request_id}:instead:{message.pk}"
    Message.objects.create(request=message.request, kind=kind, key=key, not_before=now)
    return True
