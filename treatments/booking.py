"""What patients do to a consultation request. Each act is one transaction: request, held time, event and messages, or
nothing; `desk` has what only staff do.

The database is what keeps two patients from one place: a cell of five minutes belongs to one request, and an insert
that comes second is refused, whoever makes it.
"""

import dataclasses
import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from treatments import availability, limits, outbox
from treatments.models import (
    Act,
    ConsultationRequest,
    RequestEvent,
    RequestState,
    RequestWay,
    SeatCell,
)
from treatments.models.consultation import new_reference, new_secret

#: Requests that one contact may have open at the same time.
MOST_ACTIVE = 2
#: Requests of one contact that are looked at for it, the newest.
MOST_KNOWN = 200
#: What erasing empties.
PERSONAL = (
    *("name", "phone", "email", "message", "precautions", "offered_times"),
    *("answers_digest", "client_digest"),
)


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


class NotPossible(Exception):
    """The request is in a state in which this act makes no sense; nothing was changed."""


class Overtaken(Exception):
    """Someone else did something to the request meanwhile; `event` is the newest that was done, and this was not."""

    def __init__(self, event):
        super().__init__("Someone else was quicker.")
        self.event = event


# Asking


@transaction.atomic
def ask(answers, *, start=None, form_key, client="", looks_like_spam=False, by=None, now=None):
    """Store a patient's request, hold its time and queue its messages; return the request.

    `answers` are the fields of ConsultationRequest that the patient gave; `start` is the wished moment, None to be
    called; `by` is the member of staff who took it by phone, whom no limit holds. The same form sent again with the
    same answers gives the same request. Raises AlreadyAsked, limits.TooMany and TimeGone, after which nothing is
    stored.
    """
    now = now or timezone.now()
    clinic = limits.locked_clinic()
    digest = limits.digest_of({**answers, "start": start})
    sent_before = ConsultationRequest.objects.filter(form_key=form_key).first()
    if sent_before:
        if sent_before.answers_digest == digest:
            return sent_before
        raise AlreadyAsked(sent_before)
    client_digest = limits.digest_of(client) if client else ""
    recent = ConsultationRequest.objects.filter(client_digest=client_digest, requested_at__gt=now - limits.HOUR).count()
    if client and recent >= limits.MOST_FROM_CLIENT:
        raise limits.TooMany
    is_quarantined = by is None and (
        looks_like_spam
        or (bool(client) and recent >= limits.MANY_FROM_CLIENT)
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
        hold(request, start, clinic, now, by=by)
        state = RequestState.CONFIRMED if by or not clinic.confirms_by_hand else RequestState.REQUESTED
    else:
        state = RequestState.REQUESTED
    if state == RequestState.REQUESTED:
        request.promised_at = promise(clinic, now)
    event = move(request, state, Act.ASKED, by=by, at=now, was="")
    outbox.asked(event, clinic)
    return request


def free_reference():
    """A reference that no other request has: of 300 million some will meet. Call with the clinic's row locked."""
    while True:
        reference = new_reference()
        if not ConsultationRequest.objects.filter(reference=reference).exists():
            return reference


def has_enough(now, *, phone, email):
    """Whether this contact has as many open requests as one may have; a visit that has begun is none."""
    # In two steps, so that the database begins with the contact and not with everything that is open.
    of_contact = ConsultationRequest.objects.of_contact(phone=phone, email=email)
    known = list(of_contact.values_list("pk", flat=True)[:MOST_KNOWN])
    return ConsultationRequest.objects.ahead(now).filter(pk__in=known).count() >= MOST_ACTIVE


def promise(clinic, now):
    """By when we call: after the clinic's hours of opening time from now; None for a clinic without hours."""
    return when_open_for(datetime.timedelta(hours=clinic.call_back_hours), clinic, now)


def when_open_for(open_for, clinic, now):
    """The moment at which the clinic will have been open for so long, a timedelta, from now on; None if it never is."""
    for days in availability.NEAR_AND_FAR:
        rules = clinic.rules(now, now + availability.DAY * (days + 1))
        found = availability.promise(rules, now, open_for, days)
        if found:
            return found
    return None


# Times


def rules_and_taken(clinic, first, last, *, by=None):
    """The clinic's rules and the held cells from one date to another, both included, at the clinic.

    Staff, `by`, need no notice time.
    """
    start = datetime.datetime.combine(first, datetime.time(), clinic.zone)
    end = datetime.datetime.combine(last, datetime.time(), clinic.zone) + 2 * availability.DAY
    rules = clinic.rules(start, end)
    if by is not None:
        rules = dataclasses.replace(rules, notice=datetime.timedelta())
    return rules, SeatCell.objects.between(start, end)


def hold(request, start, clinic, now, *, by=None):
    """Hold a visit that starts at this moment, beside what the request already holds.

    Raises TimeGone if it is not offered, or if someone else was quicker.
    """
    date = start.astimezone(clinic.zone).date()
    around = datetime.timedelta(days=14)
    rules, taken = rules_and_taken(clinic, date, date, by=by)
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
    rules, taken = rules_and_taken(clinic, date - around, date + around, by=by)
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
def change_time(request, start, *, by=None, seen=None, now=None):
    """Move a request to another time: the new one is held before the old one is let go.

    Raises TimeGone, after which the old time is still held, NotPossible and Overtaken.
    """
    now = now or timezone.now()
    clinic = limits.locked_clinic()
    request = locked(request, by=by, seen=seen)
    visit = request.visit
    if not can_change(request, visit, now, by):
        raise NotPossible
    if visit and visit[0] == start:
        return request
    wanted = hold(request, start, clinic, now, by=by)
    # `wanted` is of one seat: every other cell was the old time.
    request.cells.exclude(seat=wanted[0][0], starts_at__in=[cell for _seat, cell in wanted]).delete()
    is_held = by is not None or not clinic.confirms_by_hand
    request.sequence += 1
    request.way = RequestWay.TIME
    request.is_quarantined = False
    request.offered_times = ""
    request.promised_at = None if is_held else promise(clinic, now)
    event = move(request, RequestState.CONFIRMED if is_held else RequestState.REQUESTED, Act.CHANGED, by=by, at=now)
    outbox.changed(event, clinic, had_visit=visit is not None)
    return request


def can_change(request, visit, now, by):
    """Whether another time can be taken: by patients while something is to come, by staff until the patient came."""
    if request.erased_at or request.state == RequestState.ATTENDED:
        return False
    return by is not None or (request.is_active and not request.is_quarantined and not has_begun(visit, now, by))


@transaction.atomic
def cancel(request, *, by=None, seen=None, now=None):
    """Cancel a request and give its time back; a request that is cancelled already stays as it is.

    Raises NotPossible for what is over, and for a patient whose visit has begun; and Overtaken.
    """
    now = now or timezone.now()
    request = locked(request, by=by, seen=seen)
    if request.state == RequestState.CANCELLED:
        return request
    visit = request.visit
    if not request.is_active or has_begun(visit, now, by):
        raise NotPossible
    request.cells.all().delete()
    request.sequence += 1
    request.offered_times = ""
    request.promised_at = None
    event = move(request, RequestState.CANCELLED, Act.CANCELLED, by=by, at=now)
    outbox.cancelled(event, visit)
    return request


def has_begun(visit, now, by):
    """Whether a visit is out of the patient's own hands; staff may still put right what was noted."""
    return visit is not None and visit[0] <= now and by is None


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
    request.events.update(before=None)
    for field in PERSONAL:
        setattr(request, field, "")
    request.erased_at = now
    request.promised_at = None
    # The old link opens nothing any more.
    request.nonce = new_secret()
    event = move(request, state, Act.ERASED, by=by, at=now)
    outbox.erased(event, visit if lies_ahead else None)
    return request


# What every act does


def locked(request, *, by=None, seen=None):
    """The request as it is now, held until the end of the transaction.

    For an act of staff, `by`, with what it is `before`. `seen` is the id of the newest event that whoever acts has
    read; raises Overtaken if there is a newer one.
    """
    found = ConsultationRequest.objects.select_for_update().get(pk=request.pk)
    if seen is not None:
        newest = found.events.select_related("by").last()
        if newest is not None and newest.pk != seen:
            raise Overtaken(newest)
    if by is not None:
        found.before = snapshot(found)
    return found


def snapshot(request):
    """What an act of staff may change, as plain data, to be put back when it is undone."""
    held = request.cells.values_list("seat", "starts_at")
    return {
        **{name: getattr(request, name) for name in ("state", "way", "sequence", "is_quarantined", "offered_times")},
        "promised_at": request.promised_at and request.promised_at.isoformat(),
        "cells": [[seat, start.isoformat()] for seat, start in held],
    }


def move(request, state, act, *, at, by=None, was=None):
    """Bring the request into a state, save it, and return the event that says who did it."""
    event = RequestEvent.objects.create(
        request=request,
        act=act,
        state_before=request.state if was is None else was,
        state_after=state,
        by=by,
        at=at,
        before=getattr(request, "before", None),
    )
    request.state = state
    request.heard_at = at
    request.save()
    return event
