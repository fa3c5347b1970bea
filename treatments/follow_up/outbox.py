"""Messages: queued as rows in the transaction that makes them needed. `sending` has what the worker does with them."""

import datetime

from treatments.follow_up import letters, settling, tasks, truth
from treatments.models import (
    Act,
    Clinic,
    ConsultationRequest,
    Message,
    MessageKind,
    MessageState,
    RequestEvent,
    RequestState,
    TaskKind,
    TaskState,
)
from treatments.models.message import PAYLOADS, REMINDERS, TO_CLINIC
from treatments.models.private_link import new_secret
from treatments.times import clashes
from treatments.values import addresses, digests
from treatments.values.availability import DAY, UTC
from treatments.values.visit import Visit

#: So long an act of staff can be undone before its message goes out.
UNDO = datetime.timedelta(minutes=2)
#: Letters that say that a visit is held; and all that speak of a visit, in whose place staff can call.
ABOUT_HELD_VISIT = (MessageKind.CONFIRMED, MessageKind.CHANGED)
ABOUT_VISIT = (*ABOUT_HELD_VISIT, MessageKind.CANCELLED, *REMINDERS)
#: What did not go out yet, or did not arrive.
NOT_SENT = (MessageState.QUEUED, MessageState.FAILED)


# Queueing


def queue(
    event: RequestEvent,
    kind: MessageKind,
    *,
    at: datetime.datetime | None = None,
    **payload: str | datetime.datetime | None,
) -> Message | None:
    """Queue one letter because of an act, and return it; None if what it would say is not so.

    It goes out from the moment `at` on; without `at` at once, or after UNDO if staff did the act, so that they can undo
    it. `payload` holds exactly the names that PAYLOADS gives for the kind. Raises TypeError for others.
    """
    if set(payload) != PAYLOADS[kind]:
        raise TypeError(f"A letter of the kind {kind} holds {sorted(PAYLOADS[kind])}, not {sorted(payload)}.")
    consultation = event.request
    soon = event.at + UNDO if event.by_id else event.at
    message = Message(
        request=consultation,
        kind=kind,
        key=f"{kind}:{consultation.pk}:{event.pk}",
        payload={name: as_text(value) for name, value in payload.items()},
        not_before=at or soon,
        made_by=event,
        mailbox_digest=digest_of_counted(event, kind),
    )
    if not truth.is_true(message, Clinic.objects.current(), max(event.at, message.not_before)):
        return None
    message.save()
    return message


def as_text(value: str | datetime.datetime | None) -> str | None:
    """A value as a payload holds it: a moment as ISO 8601."""
    return value.isoformat() if isinstance(value, datetime.datetime) else value


def digest_of_counted(event: RequestEvent, kind: MessageKind) -> str:
    """The digest of the mailbox that a letter goes to, by which letters to it are counted.

    Empty for a letter that does not count: only those do that a stranger can cause.
    """
    is_counted = event.by_id is None and kind not in REMINDERS and kind != MessageKind.CLINIC_NOTICE
    return digests.digest_of(["mailbox", addresses.mailbox(event.request.email)]) if is_counted else ""


def follow(event: RequestEvent, clinic: Clinic, *, was: Visit | None = None) -> None:
    """Do what follows from an act: end letters and tasks that hold no more, and make those of the new state.

    `was` is the visit that was held before, or None. Call after the request was saved.
    """
    consultation, visit = event.request, event.request.held_visit()
    settling.settle(consultation, event.at, event)
    clashes.take_off_the_list(clinic, event.at, event=event, around=was.start if was else None)
    if consultation.is_set_apart:
        tasks.call_back(event, clinic)
    elif consultation.state == RequestState.CONFIRMED and visit:
        tell_of_visit(event, clinic, visit, was)
    elif consultation.state == RequestState.REQUESTED and visit:
        tasks.confirm_by_hand(event, clinic, visit.start)
        queue(event, MessageKind.PROMISE)
    elif consultation.state == RequestState.REQUESTED and consultation.wished_at and consultation.email:
        queue(event, MessageKind.WISHED, start=consultation.wished_at, end=was.end if was else None)
    elif consultation.state == RequestState.REQUESTED:
        tasks.call_back(event, clinic)
        queue(event, MessageKind.PROMISE)
    tasks.look_at_health_answer(event, clinic, visit)
    settling.leave_nobody_waiting(consultation, clinic, event.at, event)
    tell_clinic(event, clinic)


def noted(event: RequestEvent) -> None:
    """Do what follows from an act that changes nothing of what is held: end what it made needless."""
    settling.settle(event.request, event.at, event)
    settling.leave_nobody_waiting(event.request, Clinic.objects.prefetched(), event.at, event)


def undone(event: RequestEvent, clinic: Clinic, was: Visit | None, told: str) -> None:
    """Do what follows when an act was undone: what is held again, and to do again, meets the hours as they are now.

    `was` is the visit that the act had brought, or None; `told` is the time on the clock that the patient knows of the
    visit that is held again, as `clashes.on_the_clock` gives it, if the time zone has changed since; else empty.
    """
    noted(event)
    tasks.keep_in_opening_time(clinic, event.at, among=event.request.tasks.all())
    look_again(event, clinic, told)
    clashes.take_off_the_list(clinic, event.at, event=event, around=was.start if was else None)


def look_again(event: RequestEvent, clinic: Clinic, told: str = "") -> None:
    """Put the visit of the event's request on the list if it does not fit; `told` as for `undone`."""
    consultation, visit = event.request, event.request.held_visit()
    found = clashes.of_visit(consultation, visit, clinic, event.at)
    if visit and visit.lies_ahead(event.at) and told not in ("", clashes.on_the_clock(visit.start, clinic.zone)):
        found = [clashes.Clash(consultation, visit.start, clashes.ZONE, told), *found]
    clashes.put_on_the_list(found, clinic, event.at, event=event)


def forget_files(consultation: ConsultationRequest) -> None:
    """Erase the files of letters that were written in place of sending them."""
    for message in consultation.messages.all():
        letters.forget(message)


def tell_of_visit(
    event: RequestEvent, clinic: Clinic, visit: Visit, was: Visit | None, *, is_to_hear: bool = False
) -> None:
    """Queue a letter that says what holds now, and its reminders; where there is no email address, raise calls.

    `was` is the visit that was held before, or None. Who was told of this time by a letter gets no other, unless the
    visit takes longer or shorter than it did, or `is_to_hear` says that a call had still to tell of it.
    """
    consultation, start = event.request, visit.start
    if not consultation.email:
        tasks.call_about_visit(event, clinic, start)
        return
    told, not_sent = told_start(consultation), not_sent_of(consultation, start)
    is_other_length = was is not None and was.start == start and was != visit
    before = told or (was.start if was else None)
    if before and before != start:
        queue(event, MessageKind.CHANGED, start=start, was=before)
    elif (told is None or is_to_hear or is_other_length) and not not_sent.intersection(ABOUT_HELD_VISIT):
        queue(event, MessageKind.CONFIRMED, start=start)
    for kind, days in truth.DAYS_AHEAD.items():
        # By the calendar, as the letter counts: a day on which the clocks change does not have 24 hours.
        at = (start.astimezone(clinic.zone) - days * DAY).astimezone(UTC)
        # No reminder to somebody who asked when it would have been due already: they have just been told.
        if at > event.at and kind not in not_sent:
            queue(event, kind, at=at, start=start)


def not_sent_of(consultation: ConsultationRequest, start: datetime.datetime) -> set[str]:
    """The kinds of letters about the visit at `start` that wait or were not delivered."""
    found = consultation.messages.filter(state__in=NOT_SENT, kind__in=(*ABOUT_HELD_VISIT, *REMINDERS))
    return {message.kind for message in found if truth.moment_in(message, "start") == start}


def write_in_the_place_of_calls(event: RequestEvent, clinic: Clinic) -> None:
    """Queue letters that say what open calls were to say, to a patient who can be written to, and end the calls.

    What the patient was told is not said again, except that reminders go out by letter from now on.
    """
    consultation, visit = event.request, event.request.held_visit()
    calls = consultation.tasks.open().filter(kind__in=(*tasks.CALLS_ABOUT_VISIT, TaskKind.CALL_TO_TELL))
    if consultation.state == RequestState.CONFIRMED and visit:
        is_to_hear = calls.exclude(kind=TaskKind.CALL_TO_REMIND, due_at__gt=event.at).exists()
        tell_of_visit(event, clinic, visit, None, is_to_hear=is_to_hear)
    for task in calls.filter(kind=TaskKind.CALL_TO_TELL):
        queue(event, MessageKind.CANCELLED, start=task.payload.get("start"), end=task.payload.get("end"))
    calls.end(event, state=TaskState.LAPSED, now=event.at)


def write_to_another_mailbox(event: RequestEvent) -> None:
    """Send a patient whose email address was put right the private link, and at once what the old one did not get.

    That is what did not arrive there, was to be tried again, or waits for the limit of letters to it. A reminder that
    is still to come keeps its day. What a patient's own act causes counts for the limit of letters to the new one.
    """
    letters_left = event.request.messages.unsent(event.at).exclude(kind__in=TO_CLINIC)
    letters_left.filter(kind=MessageKind.LINK).take_back(event)
    letters_left.update(mailbox_digest="")
    letters_left.exclude(kind__in=REMINDERS).update(mailbox_digest=digest_of_counted(event, MessageKind.LINK))
    letters_left.exclude(kind__in=REMINDERS, state=MessageState.QUEUED, attempts=0).try_anew(event.at)
    link_again(event.request, event.at, event=event)


def call_in_the_place_of_letters(event: RequestEvent, clinic: Clinic) -> None:
    """Raise the calls that say what letters were to say, to a patient who cannot be written to any more.

    Those letters are what did not arrive, or did not go out yet and is so. A letter that is being sent at this moment
    is one of them: it goes to an address that is wrong.
    """
    consultation = event.request
    not_sent = consultation.messages.filter(state__in=NOT_SENT, kind__in=ABOUT_VISIT)
    for message in not_sent.order_by("not_before"):
        message.request = consultation
        if truth.moment_in(message, "start") and truth.is_so(message, clinic, max(event.at, message.not_before)):
            tasks.call_instead(message, event=event, now=event.at)
    if consultation.state == RequestState.OFFERED:
        settling.call_now(consultation, event.at, event)


def told_start(consultation: ConsultationRequest) -> datetime.datetime | None:
    """The moment of the visit that the patient knows of by our letters.

    None where the last letter spoke of none, and where the patient has done something else with the time since.
    """
    kinds = (*ABOUT_HELD_VISIT, *letters.GIVEN_BACK)
    last = consultation.messages.filter(kind__in=kinds, state=MessageState.SENT).order_by("sent_at", "pk").last()
    if last is None or last.kind in letters.GIVEN_BACK:
        return None
    given_up = consultation.events.filter(by=None, act__in=(Act.CANCELLED, Act.CHANGED)).last()
    if given_up and (last.made_by_id is None or last.made_by_id < given_up.pk):
        return None
    return truth.moment_in(last, "start")


def offered(event: RequestEvent, clinic: Clinic, was: Visit | None) -> None:
    """Do what follows when staff offer times to choose from; `was` is the visit that was held before, or None."""
    settling.settle(event.request, event.at, event)
    start, end = (was.start, was.end) if was else (None, None)
    queue(event, MessageKind.OFFER, start=start, end=end)
    tasks.call_when_offer_ends(event, clinic)
    clashes.take_off_the_list(clinic, event.at, event=event, around=start)


def cancelled(event: RequestEvent, clinic: Clinic, was: Visit | None) -> None:
    """Do what follows when a request is cancelled; `was` is the visit that it held, or None."""
    settling.settle(event.request, event.at, event)
    start, end = (was.start, was.end) if was else (None, None)
    queue(event, MessageKind.CANCELLED, start=start, end=end)
    if event.by_id and not event.request.email and was and was.lies_ahead(event.at):
        tasks.call_to_tell(event, clinic, was)
    clashes.take_off_the_list(clinic, event.at, event=event, around=start)
    tell_clinic(event, clinic, start=start)


def erased(event: RequestEvent, clinic: Clinic, was: Visit | None) -> None:
    """Do what follows when a request is erased; `was` is the visit that lay ahead, or None."""
    settling.settle(event.request, event.at, event)
    if was:
        tasks.look_at_erased(event, clinic, was.start)
        clashes.take_off_the_list(clinic, event.at, event=event, around=was.start)
        tell_clinic(event, clinic, start=was.start)


def tell_clinic(event: RequestEvent, clinic: Clinic, *, start: datetime.datetime | None = None) -> None:
    """Tell the clinic what a patient did; what staff did it knows. `start` is when a visit that was given up began."""
    if clinic.email and event.by_id is None:
        queue(event, MessageKind.CLINIC_NOTICE, act=event.act, start=start)


def link_again(
    consultation: ConsultationRequest, now: datetime.datetime, *, event: RequestEvent | None = None
) -> Message:
    """Queue a letter with every private link of a request's email address, and return it.

    Unless `event` is an act of staff, it counts for the limit of letters to one mailbox.
    """
    key = f"{MessageKind.LINK}:{consultation.pk}:{new_secret()}"
    is_counted = event is None or event.by_id is None
    digest = digests.digest_of(["mailbox", addresses.mailbox(consultation.email)]) if is_counted else ""
    return Message.objects.create(
        request=consultation, kind=MessageKind.LINK, key=key, not_before=now, mailbox_digest=digest, made_by=event
    )


def is_to_confirm_by_phone(consultation: ConsultationRequest, visit: Visit | None) -> bool:
    """Whether a patient who left no email address has yet to be called about the visit, which may be None."""
    if consultation.email or visit is None:
        return False
    kinds = (TaskKind.CALL_TO_CONFIRM, TaskKind.CONFIRM)
    return consultation.tasks.open().filter(kind__in=kinds).exists()
