"""The acts on a consultation request. Each is one transaction: request, held time, event and messages, or nothing.

The database is what keeps two patients from one place: a cell of five minutes belongs to one request, and an insert
that comes second is refused, whoever makes it.
"""

import datetime
import hashlib
import hmac
import json

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from treatments import availability, outbox
from treatments.models import (
    Clinic,
    ConsultationRequest,
    MessageKind,
    RequestEvent,
    RequestState,
    RequestWay,
    SeatCell,
)
from treatments.models.consultation import new_reference

#: Requests that one contact may have open at the same time.
MOST_ACTIVE = 2
#: Requests from one network address in an hour. Many patients can share a mobile carrier's address, so more than the
#: first number are set apart to be called, and only more than the second are turned away.
MANY_FROM_CLIENT = 10
MOST_FROM_CLIENT = 100
HOUR = datetime.timedelta(hours=1)


class TimeGone(Exception):
    """The wished time cannot be had any more; `nearest` holds up to three that can, as moments in UTC."""

    def __init__(self, nearest):
        super().__init__("The time is gone.")
        self.nearest = nearest


class AlreadyAsked(Exception):
    """The form was sent before with other answers; `request` is what came of it then."""

    def __init__(self, request):
        super().__init__("This form was sent before.")
        self.request = request


class TooMany(Exception):
    """So much came from one network address within an hour that no more is taken."""


class NotPossible(Exception):
    """The request is in a state in which this act makes no sense; nothing was changed."""


# Asking


@transaction.atomic
def ask(answers, *, start=None, form_key, client="", looks_like_spam=False, now=None):
    """Store a patient's request, hold its time and queue its messages; return the request.

    `answers` are the fields of ConsultationRequest that the patient gave; `start` is the wished moment, None to be
    called. The same form sent again with the same answers gives the same request. Raises AlreadyAsked, TooMany, and
    TimeGone, after which nothing is stored.
    """
    now = now or timezone.now()
    clinic = locked_clinic()
    digest = digest_of({**answers, "start": start})
    sent_before = ConsultationRequest.objects.filter(form_key=form_key).first()
    if sent_before:
        if sent_before.answers_digest == digest:
            return sent_before
        raise AlreadyAsked(sent_before)
    client_digest = digest_of(client) if client else ""
    recent = ConsultationRequest.objects.filter(client_digest=client_digest, requested_at__gt=now - HOUR).count()
    if client and recent >= MOST_FROM_CLIENT:
        raise TooMany
    is_quarantined = (
        looks_like_spam
        or (bool(client) and recent >= MANY_FROM_CLIENT)
        or has_enough(now, phone=answers.get("phone", ""), email=answers.get("email", ""))
    )
    way = RequestWay.TIME if start and not is_quarantined else RequestWay.CALL
    request = ConsultationRequest.objects.create(
        **answers,
        way=way,
        reference=free_reference(),
        form_key=form_key,
        answers_digest=digest,
        client_digest=client_digest,
        is_quarantined=is_quarantined,
        requested_at=now,
        heard_at=now,
    )
    if way == RequestWay.TIME:
        hold(request, start, clinic, now)
        state = RequestState.REQUESTED if clinic.confirms_by_hand else RequestState.CONFIRMED
    else:
        state = RequestState.REQUESTED
    if state == RequestState.REQUESTED:
        request.promised_at = promise(clinic, now)
    move(request, state, "asked", at=now, was="")
    request.save(update_fields=["state", "promised_at"])
    outbox.asked(request, clinic, now)
    return request


def locked_clinic():
    """The clinic's row, held until the end of the transaction: limits are counted by one request after the other."""
    Clinic.objects.current()
    return Clinic.objects.select_for_update().prefetch_related("opening_hours").get(pk=Clinic.ONLY)


def free_reference():
    """A reference that no other request has: of 300 million some will meet. Call with the clinic's row locked."""
    while True:
        reference = new_reference()
        if not ConsultationRequest.objects.filter(reference=reference).exists():
            return reference


def has_enough(now, *, phone, email):
    """Whether this contact has as many open requests as one may have; a visit that has begun is none."""
    return ConsultationRequest.objects.ahead(now).of_contact(phone=phone, email=email).count() >= MOST_ACTIVE


def digest_of(value):
    """A keyed digest that tells equal values and gives nothing away."""
    text = json.dumps(value, sort_keys=True, default=str)
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def promise(clinic, now):
    """By when we call: after the clinic's hours of opening time from now; None for a clinic without hours."""
    rules = clinic.rules(now, now + availability.DAY * availability.LONGEST_CLOSURE)
    return availability.promise(rules, now, datetime.timedelta(hours=clinic.call_back_hours))


# Times


def rules_and_taken(clinic, first, last):
    """The clinic's rules and the held cells from one date to another, both included, at the clinic."""
    start = datetime.datetime.combine(first, datetime.time(), clinic.zone)
    end = datetime.datetime.combine(last, datetime.time(), clinic.zone) + 2 * availability.DAY
    return clinic.rules(start, end), SeatCell.objects.between(start, end)


def hold(request, start, clinic, now):
    """Hold a visit that starts at this moment, beside what the request already holds.

    Raises TimeGone if it is not offered, or if someone else was quicker.
    """
    date = start.astimezone(clinic.zone).date()
    around = datetime.timedelta(days=14)
    rules, taken = rules_and_taken(clinic, date, date)
    own = SeatCell.objects.filter(request=request)
    held = set(own.values_list("seat", "starts_at"))
    if availability.is_offered(rules, start, now, taken - held):
        needed = availability.cells(start, rules.length)
        for seat in availability.free_seats(rules, start, taken - held):
            wanted = [(seat, cell) for cell in needed]
            try:
                # Inside, so that PostgreSQL can go on after a refusal.
                with transaction.atomic():
                    SeatCell.objects.bulk_create(
                        SeatCell(request=request, seat=seat, starts_at=cell)
                        for seat, cell in wanted
                        if (seat, cell) not in held
                    )
            except IntegrityError:
                continue
            return wanted
    rules, taken = rules_and_taken(clinic, date - around, date + around)
    raise TimeGone(availability.nearest(rules, start, now, taken))


def visits_outside_hours(clinic, now=None):
    """Requests whose held visit lies ahead and not wholly inside the opening hours, as they are now; soonest first."""
    now = now or timezone.now()
    ahead = ConsultationRequest.objects.active().with_times().filter(starts_at__gt=now).order_by("starts_at")
    found = list(ahead)
    if not found:
        return []
    rules = clinic.rules(now, max(request.last_cell_at for request in found) + availability.CELL)
    return [request for request in found if not is_open(rules, request.starts_at, request.last_cell_at)]


def is_open(rules, start, last_cell):
    """Whether the clinic is open from the start of a visit to the end of its last cell."""
    end = last_cell + availability.CELL
    stretches = availability.stretches(rules, rules.date_of(start))
    return any(opens <= start and end <= closes for opens, closes in stretches)


@transaction.atomic
def change_time(request, start, *, by=None, now=None):
    """Move a request to another time: the new one is held before the old one is let go.

    Raises TimeGone, after which the old time is still held, and NotPossible.
    """
    now = now or timezone.now()
    clinic = locked_clinic()
    request = locked(request)
    visit = request.visit
    if not request.is_active or request.is_quarantined or has_begun(visit, now, by):
        raise NotPossible
    if visit and visit[0] == start:
        return request
    wanted = hold(request, start, clinic, now)
    # `wanted` is of one seat: every other cell was the old time.
    request.cells.exclude(seat=wanted[0][0], starts_at__in=[cell for _seat, cell in wanted]).delete()
    is_held = by is not None or not clinic.confirms_by_hand
    request.sequence += 1
    request.way = RequestWay.TIME
    request.promised_at = None if is_held else promise(clinic, now)
    move(request, RequestState.CONFIRMED if is_held else RequestState.REQUESTED, "changed", by=by, at=now)
    request.save(update_fields=["sequence", "way", "promised_at", "state", "heard_at"])
    outbox.changed(request, clinic, now)
    return request


@transaction.atomic
def cancel(request, *, by=None, now=None):
    """Cancel a request and give its time back; a request that is cancelled already stays as it is.

    Raises NotPossible for what is over, and for a patient whose visit has begun.
    """
    now = now or timezone.now()
    request = locked(request)
    if request.state == RequestState.CANCELLED:
        return request
    visit = request.visit
    if not request.is_active or has_begun(visit, now, by):
        raise NotPossible
    request.cells.all().delete()
    request.sequence += 1
    request.promised_at = None
    move(request, RequestState.CANCELLED, "cancelled", by=by, at=now)
    request.save(update_fields=["sequence", "promised_at", "state", "heard_at"])
    outbox.cancelled(request, visit, now)
    return request


def has_begun(visit, now, by):
    """Whether a visit is out of the patient's own hands; staff may still put right what was noted."""
    return visit is not None and visit[0] <= now and by is None


# Staff


@transaction.atomic
def confirm(request, *, by, now=None):
    """A member of staff confirms a time that the patient chose."""
    now = now or timezone.now()
    request = locked(request)
    if request.state != RequestState.REQUESTED or request.visit is None:
        raise NotPossible
    request.promised_at = None
    move(request, RequestState.CONFIRMED, "confirmed", by=by, at=now)
    request.save(update_fields=["promised_at", "state", "heard_at"])
    outbox.confirmed(request, now)
    return request


@transaction.atomic
def mark(request, state, *, by, now=None):
    """A member of staff notes that the patient was called, attended or missed the visit."""
    now = now or timezone.now()
    request = locked(request)
    if request.erased_at or request.state == RequestState.CANCELLED or state == request.state:
        raise NotPossible
    if state in (RequestState.ATTENDED, RequestState.MISSED) and request.visit is None:
        raise NotPossible
    if state == RequestState.CALLED:
        request.messages.filter(kind=MessageKind.CALL_TO_CONFIRM).cancel()
        # A call does not undo a time that is held.
        state = request.state if request.visit else state
    request.promised_at = None
    request.is_quarantined = False
    move(request, state, str(RequestState(state)), by=by, at=now)
    request.save(update_fields=["promised_at", "is_quarantined", "state", "heard_at"])
    return request


# The end


@transaction.atomic
def erase(request, *, by=None, now=None):
    """Erase what is personal and keep an anonymous stub; a visit that lies ahead is cancelled first."""
    now = now or timezone.now()
    request = locked(request)
    if request.erased_at:
        return request
    visit = request.visit
    state = RequestState.CANCELLED if request.is_active else request.state
    lies_ahead = request.is_active and visit is not None and visit[0] > now
    request.cells.all().delete()
    outbox.erased(request, visit if lies_ahead else None, now)
    for field in ("name", "phone", "email", "message", "precautions", "answers_digest", "client_digest"):
        setattr(request, field, "")
    request.erased_at = now
    request.promised_at = None
    # The old link opens nothing any more.
    request.nonce = ConsultationRequest._meta.get_field("nonce").get_default()
    move(request, state, "erased", by=by, at=now)
    request.save()
    return request


@transaction.atomic
def new_link(request):
    """Revoke the private link and give the request another."""
    request = locked(request)
    request.nonce = ConsultationRequest._meta.get_field("nonce").get_default()
    request.save(update_fields=["nonce"])
    return request


def locked(request):
    """The request as it is now, held until the end of the transaction."""
    return ConsultationRequest.objects.select_for_update().get(pk=request.pk)


def move(request, state, act, *, at, by=None, was=None):
    """Bring the request into a state and note who did it."""
    RequestEvent.objects.create(
        request=request, act=act, state_before=request.state if was is None else was, state_after=state, by=by, at=at
    )
    request.state = state
    request.heard_at = at
