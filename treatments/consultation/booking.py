"""What patients do to a consultation request; `staff_acts` has what only staff do, `holding` how times are held.

Each act is one transaction: request, held time, event, letters and tasks, or nothing. It returns the request as it is
afterwards. `by` is the member of staff who acts, None for the patient; `seen` is the id of the newest event that the
screen showed to whoever acts; `now` is an aware moment, by default the present one.
"""

import datetime
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from clinic_site import journal
from treatments.consultation import limits, links, search, wishes
from treatments.consultation.acting import NotPossible, is_not_erased, locked, move, snapshot
from treatments.follow_up import outbox
from treatments.models import Act, Clinic, ConsultationRequest, RequestState, RequestWay, TaskKind
from treatments.models.consultation import EMPTIED, new_reference
from treatments.models.private_link import new_secret
from treatments.times import holding
from treatments.values import digests
from treatments.values.visit import Visit


class AlreadyAsked(Exception):
    """The form was sent before with other answers, and counts as it was sent then."""


class NotHeard(Exception):
    """The wished time may only be held once the patient was heard from; nothing was changed."""


# Asking


@transaction.atomic
def ask(
    answers: Mapping[str, Any],
    *,
    start: datetime.datetime | None = None,
    form_key: str,
    client: str = "",
    looks_like_spam: bool = False,
    by: User | None = None,
    now: datetime.datetime | None = None,
) -> ConsultationRequest:
    """Store a patient's request, hold its time and queue its messages.

    `answers` are the fields of ConsultationRequest that the patient gave; `start` is the wished moment, None to be
    called; `client` is the network address, "" where it is not known; no limit holds for staff, `by`, who take a
    request by phone. The same form sent again with the same answers gives the same request.

    A request that looks like a machine's, or is one more than a contact or a network address may have, is set apart:
    it keeps its wish and holds nothing. Where `wishes` says so, a new one holds nothing until the patient has pressed
    a button. Raises AlreadyAsked and TimeGone, after which nothing is stored.
    """
    now = now or timezone.now()
    clinic = Clinic.objects.locked()
    digest = digests.digest_of({**answers, "start": start})
    sent_before = ConsultationRequest.objects.filter(form_key=form_key).first()
    if sent_before:
        if sent_before.answers_digest == digest:
            return sent_before
        raise AlreadyAsked
    contact = {"phone": answers.get("phone", ""), "email": answers.get("email", "")}
    of_client = digests.digests_of_client(client)
    consultation = ConsultationRequest(
        **answers,
        **of_client,
        way=RequestWay.TIME if start else RequestWay.CALL,
        reference=free_reference(),
        form_key=form_key,
        answers_digest=digest,
        is_heard=by is not None or limits.has_been_here(**contact),
        is_set_apart=by is None
        and (looks_like_spam or limits.is_too_much(of_client, now) or limits.has_enough(clinic, now, **contact)),
        requested_at=now,
        heard_at=now,
    )
    consultation.save()
    search.note(consultation)
    if start:
        wishes.hold_or_wish(consultation, start, clinic, now, by=by)
    is_held = bool(consultation.held_visit()) and (by is not None or not clinic.confirms_by_hand)
    state = RequestState.CONFIRMED if is_held else RequestState.REQUESTED
    event = move(consultation, state, Act.ASKED, by=by, at=now, was="")
    outbox.follow(event, clinic)
    return consultation


def free_reference() -> str:
    """A reference, drawn by lot, that no other request has. Call with the clinic's row locked."""
    while True:
        reference = new_reference()
        if not ConsultationRequest.objects.filter(reference=reference).exists():
            return reference


# The patient's own page


@transaction.atomic
def change_time(
    consultation: ConsultationRequest,
    start: datetime.datetime,
    *,
    by: User | None = None,
    came_by_letter: bool = False,
    seen: int | None = None,
    now: datetime.datetime | None = None,
) -> ConsultationRequest:
    """Move a request to the time that begins at `start`: it is held before the old one is let go.

    For a patient who holds it already nothing changes; staff confirm it, with the length that visits have now.
    `came_by_letter` says that the patient chose it on the page that a link in a letter opens, and so was heard from.
    Raises TimeGone, NotHeard, NotPossible and Overtaken, after which the old time is still held.
    """
    now = now or timezone.now()
    clinic = Clinic.objects.locked()
    consultation = locked(consultation, seen=seen)
    visit = consultation.held_visit()
    before = snapshot(consultation, visit) if by else None
    is_possible = patient_can_change_time if by is None else can_be_booked
    if not is_possible(consultation, visit, now):
        raise NotPossible
    is_held_already = visit is not None and visit.start == start
    if is_held_already and by is None:
        return consultation
    limits.refuse_second_place(consultation, start, clinic, now)
    consultation.is_heard = consultation.is_heard or by is not None or came_by_letter
    is_offered = start in holding.offered_moments(consultation)
    if not is_offered and wishes.may_not_hold(consultation, start, clinic, now):
        raise NotHeard
    holding.hold(consultation, start, clinic, now, by=by)
    # What staff offered they need not confirm again.
    is_held = by is not None or is_offered or not clinic.confirms_by_hand
    consultation.sequence += 1
    consultation.way = RequestWay.TIME
    consultation.is_set_apart = False
    consultation.offered_times = ""
    state = RequestState.CONFIRMED if is_held else RequestState.REQUESTED
    act = Act.CONFIRMED if is_held_already else Act.CHANGED
    event = move(consultation, state, act, by=by, at=now, before=before)
    if is_held_already:
        consultation.tasks.filter(kind=TaskKind.CONFIRM).end(event, now=now)
    outbox.follow(event, clinic, was=visit if visit and visit.lies_ahead(now) else None)
    return consultation


def patient_can_change_time(consultation: ConsultationRequest, visit: Visit | None, now: datetime.datetime) -> bool:
    """Whether patients can take another time: while something is still to come."""
    return consultation.is_active and not consultation.is_set_apart and not is_out_of_hands(consultation, visit, now)


def can_be_booked(
    consultation: ConsultationRequest, visit: Visit | None = None, now: datetime.datetime | None = None
) -> bool:
    """Whether staff can give it another time: until the patient came."""
    return is_not_erased(consultation) and consultation.state != RequestState.ATTENDED


@transaction.atomic
def will_come(consultation: ConsultationRequest, *, now: datetime.datetime | None = None) -> ConsultationRequest:
    """The patient says that they will come, which also takes the wished time if it is still free.

    Raises TimeGone if it is not, and NotPossible for what is over or set apart; then nothing has changed.
    """
    now = now or timezone.now()
    clinic = Clinic.objects.locked()
    consultation = locked(consultation)
    visit, wished = consultation.held_visit(), consultation.wished_at
    if not patient_can_say_will_come(consultation, visit, now):
        raise NotPossible
    if consultation.is_heard and visit:
        return consultation
    consultation.is_heard = True
    if visit is None and wished is not None:
        limits.refuse_second_place(consultation, wished, clinic, now)
        holding.hold(consultation, wished, clinic, now)
        consultation.sequence += 1
        state = RequestState.REQUESTED if clinic.confirms_by_hand else RequestState.CONFIRMED
        outbox.follow(move(consultation, state, Act.WILL_COME, at=now), clinic)
        return consultation
    outbox.noted(move(consultation, consultation.state, Act.WILL_COME, at=now))
    return consultation


def patient_can_say_will_come(consultation: ConsultationRequest, visit: Visit | None, now: datetime.datetime) -> bool:
    """Whether there is something to come to: a visit that has not begun, or a time that was wished for."""
    is_open = consultation.is_active and not consultation.is_set_apart and not has_begun(visit, now)
    return is_open and (visit is not None or consultation.wished_at is not None)


@transaction.atomic
def cancel(
    consultation: ConsultationRequest,
    *,
    by: User | None = None,
    seen: int | None = None,
    now: datetime.datetime | None = None,
) -> ConsultationRequest:
    """Cancel a request and give its time back; for a patient who presses twice it stays as it is.

    Raises NotPossible for what is over, and for a patient whose visit has begun; and Overtaken.
    """
    now = now or timezone.now()
    clinic = Clinic.objects.locked()
    consultation = locked(consultation, seen=seen)
    if by is None and consultation.state == RequestState.CANCELLED:
        return consultation
    visit = consultation.held_visit()
    before = snapshot(consultation, visit) if by else None
    is_possible = patient_can_cancel if by is None else can_be_cancelled
    if not is_possible(consultation, visit, now):
        raise NotPossible
    consultation.cells.all().delete()
    consultation.sequence += 1
    consultation.offered_times = ""
    consultation.wished_at = None
    event = move(consultation, RequestState.CANCELLED, Act.CANCELLED, by=by, at=now, before=before)
    outbox.cancelled(event, clinic, visit)
    return consultation


def patient_can_cancel(consultation: ConsultationRequest, visit: Visit | None, now: datetime.datetime) -> bool:
    """Whether patients can cancel: while something is still to come."""
    return consultation.is_active and not is_out_of_hands(consultation, visit, now)


def can_be_cancelled(
    consultation: ConsultationRequest, visit: Visit | None = None, now: datetime.datetime | None = None
) -> bool:
    """Whether staff can cancel: also what has begun, to put right what was noted."""
    return consultation.is_active


def is_out_of_hands(consultation: ConsultationRequest, visit: Visit | None, now: datetime.datetime) -> bool:
    """Whether the patient can do nothing any more, because the visit has begun and staff have offered no other time."""
    return has_begun(visit, now) and consultation.state != RequestState.OFFERED


def has_begun(visit: Visit | None, now: datetime.datetime) -> bool:
    """Whether a visit is held that does not lie ahead."""
    return visit is not None and not visit.lies_ahead(now)


# The end


@transaction.atomic
def erase(
    consultation: ConsultationRequest,
    *,
    by: User | None = None,
    seen: int | None = None,
    now: datetime.datetime | None = None,
) -> ConsultationRequest:
    """Erase what is personal and keep an anonymous stub; a visit that lies ahead is cancelled first.

    There is no undo. What is erased already stays as it is, and for staff raises NotPossible. Raises Overtaken.
    """
    now = now or timezone.now()
    clinic = Clinic.objects.locked()
    consultation = locked(consultation, seen=seen)
    if not is_not_erased(consultation):
        if by is not None:
            raise NotPossible
        return consultation
    visit, email = consultation.held_visit(), consultation.email
    state = RequestState.CANCELLED if consultation.is_active else consultation.state
    lies_ahead = consultation.is_active and visit is not None and visit.lies_ahead(now)
    consultation.cells.all().delete()
    consultation.events.update(before=None)
    consultation.messages.update(mailbox_digest="")
    for field, empty in EMPTIED.items():
        setattr(consultation, field, empty)
    search.forget(consultation)
    consultation.erased_at = now
    # The old link opens nothing any more.
    consultation.nonce = new_secret()
    event = move(consultation, state, Act.ERASED, by=by, at=now)
    links.erase_asked(email, now)
    outbox.erased(event, clinic, visit if lies_ahead else None)
    journal.note(journal.REQUEST, consultation.public_id)
    # Once the erasing is committed: whoever writes a letter at this moment looks again afterwards whether it may stay.
    transaction.on_commit(lambda: outbox.forget_files(consultation))
    return consultation
