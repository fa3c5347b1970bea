"""What people at the clinic have to do: raising tasks, and ending those whose reason is gone.

A task is due in opening time and never on a closed day. Acts end the tasks that they settle; whatever else makes a
task needless (a visit that is over, a request that ended, a closure taken back) lets it lapse, in the act itself or in
the worker's next round.
"""

import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from treatments.follow_up import letters
from treatments.models import (
    Act,
    Clinic,
    ConsultationRequest,
    Message,
    MessageKind,
    MessageState,
    RequestState,
    SeatCell,
    Task,
    TaskKind,
    TaskState,
)
from treatments.models.consultation import ACTIVE
from treatments.models.message import REMINDERS
from treatments.models.task import ANSWERS, CALLS
from treatments.times import clashes, holding, opening

#: Rows of one kind that one round of the worker looks at.
MOST_LOOKED_AT = 200
CALLS_ABOUT_VISIT = (TaskKind.CALL_TO_CONFIRM, TaskKind.CALL_TO_REMIND)
#: What there is no reason for once the visit has begun.
BEFORE_THE_VISIT = (
    TaskKind.CONFIRM,
    TaskKind.CALL_TO_CONFIRM,
    TaskKind.CALL_TO_REMIND,
    TaskKind.LOOK_AGAIN,
)


# Raising


def raise_for(request, kind, due_at, *, event=None, is_promise=False, message=None, **payload):
    """Put a task about a request on the list, unless one of its kind, or about the same letter, is open already.

    `due_at` is a moment in opening time; `payload` is plain data without anything personal. Returns the task, or None
    where one is open.
    """
    about = {"message": message} if message else {"kind": kind, "message": None}
    if request.tasks.open().filter(**about).exists():
        return None
    return Task.objects.create(
        request=request,
        kind=kind,
        due_at=due_at,
        made_by=event,
        is_promise=is_promise,
        message=message,
        payload=payload,
        raised_at=event.at if event else timezone.now(),
    )


def raise_for_clinic(kind, **payload):
    """Put a task for a manager on the list, due at the next opening, unless one of its kind is open; return it."""
    now = timezone.now()
    due_at = opening.next_open(Clinic.objects.prefetched(), now)
    found = Task.objects.open().filter(kind=kind).first()
    if found:
        # One from a clock that ran ahead would be due in years.
        Task.objects.filter(pk=found.pk, due_at__gt=due_at).update(due_at=due_at)
        return found
    try:
        with transaction.atomic():
            return Task.objects.create(kind=kind, due_at=due_at, payload=payload, raised_at=now)
    except IntegrityError:
        # Another process was quicker.
        return Task.objects.open().filter(kind=kind).first()


def lapse(event, kinds):
    """End the open tasks of these kinds about the event's request, because the act has made others of them."""
    event.request.tasks.filter(kind__in=kinds).end(event, state=TaskState.LAPSED, now=event.at)


def call_back(event, clinic):
    """A patient waits to be called: by the promise, or as soon as a clinic without hours opens."""
    request = event.request
    promised = opening.call_promise(clinic, event.at, request.best_time)
    due_at = promised or event.at
    raise_for(request, TaskKind.CALL, due_at, event=event, is_promise=promised is not None)


def confirm_by_hand(event, clinic, start):
    """A chosen time waits to be confirmed; `start` is its moment."""
    lapse(event, (*ANSWERS,))
    due_at = opening.confirm_promise(clinic, event.at, start)
    raise_for(event.request, TaskKind.CONFIRM, due_at, event=event, is_promise=True)


def call_about_visit(event, clinic, start):
    """A patient without email is called, to confirm what was booked online and to remind of it."""
    request = event.request
    lapse(event, CALLS_ABOUT_VISIT)
    if start <= event.at:
        return
    if event.by_id is None or event.act in (Act.CONFIRMED, Act.IS_REAL):
        # Staff who book a time have the patient before them, or on the phone; who confirms one, has not.
        due_at = min(opening.next_open(clinic, event.at), start)
        raise_for(request, TaskKind.CALL_TO_CONFIRM, due_at, event=event)
    due_at = opening.reminder_call(clinic, start)
    if due_at and due_at > event.at:
        raise_for(request, TaskKind.CALL_TO_REMIND, due_at, event=event)


def call_when_offer_ends(event, clinic):
    """A patient who has not chosen when the last of the offered times begins is called."""
    last = max(holding.offered_moments(event.request), default=event.at)
    raise_for(event.request, TaskKind.CALL, opening.next_open(clinic, last), event=event)


def call_to_tell(event, clinic, start):
    """A patient without email hears by phone that the visit is cancelled; `start` is its moment."""
    due_at = min(opening.next_open(clinic, event.at), start)
    raise_for(event.request, TaskKind.CALL_TO_TELL, due_at, event=event, start=start.isoformat())


def call_in_the_place_of(letters_of_cancelling, event, clinic):
    """Whoever was to be written to that it is cancelled, and has no address any more, is called."""
    for message in letters_of_cancelling:
        start = letters.moment_in(message, "start")
        if start and start > event.at:
            call_to_tell(event, clinic, start)


def look_at_erased(event, clinic, start):
    """The desk sees, without a name, that a visit ahead went with its erased request; `start` is its moment."""
    due_at = opening.next_open(clinic, event.at)
    details = {"reason": clashes.ERASED, "start": start.isoformat()}
    raise_for(event.request, TaskKind.LOOK_AGAIN, due_at, event=event, **details)


def look_at_health_answer(event, clinic):
    """A clinician looks at what the patient said yes to, before the visit."""
    of_kind = event.request.tasks.filter(kind=TaskKind.HEALTH_ANSWER, state=TaskState.DONE)
    if event.request.needs_clinician and not of_kind.exists():
        raise_for(event.request, TaskKind.HEALTH_ANSWER, opening.next_open(clinic, event.at), event=event)


def not_delivered(message):
    """A letter was not delivered: the patient has to hear of it in another way, or it is sent again."""
    now = timezone.now()
    if message.kind == MessageKind.CLINIC_NOTICE:
        raise_for_clinic(TaskKind.MAIL_FAILS, reason="clinic-address")
    elif message.request is not None:
        due_at = opening.next_open(Clinic.objects.prefetched(), now)
        raise_for(message.request, TaskKind.NOT_DELIVERED, due_at, message=message)


def call_instead(message, *, event=None, now=None):
    """A call in the place of a letter, of the kind that the request's state asks for; None where none is needed."""
    now = now or timezone.now()
    request, clinic = message.request, Clinic.objects.prefetched()
    kind = call_for(request, message.kind, now)
    details = {"start": message.payload.get("start")} if kind == TaskKind.CALL_TO_TELL else {}
    return kind and raise_for(request, kind, opening.next_open(clinic, now), event=event, **details)


def call_for(request, letter_kind, now):
    """What a call in the place of a letter is about; None where nobody needs to know any more."""
    visit = request.held_visit()
    if not request.phone or request.erased_at or request.is_set_apart:
        return None
    if request.state == RequestState.CONFIRMED and visit and visit.lies_ahead(now):
        return TaskKind.CALL_TO_REMIND if letter_kind in REMINDERS else TaskKind.CALL_TO_CONFIRM
    if request.state == RequestState.CANCELLED:
        return TaskKind.CALL_TO_TELL
    return TaskKind.CALL if request.state in ACTIVE else None


def keep_in_opening_time(clinic, now):
    """Move what is due when the clinic is closed by now: a promise to the last open moment before it, if there is one.

    Call after hours or closures were saved.
    """
    for task in Task.objects.open().filter(due_at__gt=now).select_related("request"):
        if opening.next_open(clinic, task.due_at) != task.due_at and not opening.closes_at(clinic, task.due_at):
            Task.objects.filter(pk=task.pk).update(due_at=open_due(task, clinic, now))


def open_due(task, clinic, now):
    """When a task is due instead of a moment at which the clinic is closed."""
    visit = task.request and task.request.held_visit()
    if task.kind == TaskKind.CALL_TO_REMIND and visit:
        due_at = opening.reminder_call(clinic, visit.start)
        return due_at if due_at and due_at > now else min(opening.next_open(clinic, now), visit.start)
    earlier = opening.last_open(clinic, task.due_at)
    must_not_be_later = task.is_promise or task.kind == TaskKind.CONFIRM
    if must_not_be_later and earlier and earlier > now:
        return earlier
    return opening.next_open(clinic, task.due_at)


# Whether there is still a reason


def has_reason(task, now):
    """Whether there is still a reason for an open task."""
    return HAS_REASON[task.kind](task, now)


def patient_waits(task, now):
    """For an answer: nothing is held that lies ahead, or it was offered times."""
    request = task.request
    if request.erased_at or request.state not in (RequestState.REQUESTED, RequestState.OFFERED):
        return False
    visit = request.held_visit()
    return visit is None or visit.start <= now


def time_waits_to_be_confirmed(task, now):
    visit = task.request.held_visit()
    return task.request.state == RequestState.REQUESTED and visit is not None and visit.lies_ahead(now)


def visit_is_to_come(task, now):
    visit = task.request.held_visit()
    return task.request.state == RequestState.CONFIRMED and visit is not None and visit.lies_ahead(now)


def patient_does_not_know(task, now):
    """It is cancelled, and what was cancelled is not over."""
    start = task.payload.get("start")
    is_over = start is not None and datetime.datetime.fromisoformat(start) <= now
    return task.request.state == RequestState.CANCELLED and not task.request.erased_at and not is_over


def clash_stands(task, now):
    return clashes.stands(task, Clinic.objects.prefetched(), now)


def answer_matters(task, now):
    """Something is still to come for a patient who said yes to a health question."""
    request, visit = task.request, task.request.held_visit()
    return request.needs_clinician and request.is_active and (visit is None or visit.end > now)


def letter_is_missed(task, now):
    """The letter was not delivered, and what it says is still so."""
    message, request = task.message, task.request
    is_failed = message.state == MessageState.FAILED and not request.erased_at
    return is_failed and letters.is_true(message, Clinic.objects.current(), now)


def letters_wait(task, now):
    """Letters wait because of our own mail account, or the clinic's own address fails."""
    if task.payload.get("reason") == "clinic-address":
        return Message.objects.filter(kind=MessageKind.CLINIC_NOTICE, state=MessageState.FAILED).exists()
    return Message.objects.filter(state=MessageState.QUEUED, is_of_our_account=True).exists()


def until_somebody_decides(task, now):
    return True


HAS_REASON = {
    TaskKind.CALL: patient_waits,
    TaskKind.CONFIRM: time_waits_to_be_confirmed,
    TaskKind.CALL_TO_CONFIRM: visit_is_to_come,
    TaskKind.CALL_TO_REMIND: visit_is_to_come,
    TaskKind.CALL_TO_TELL: patient_does_not_know,
    TaskKind.LOOK_AGAIN: clash_stands,
    TaskKind.HEALTH_ANSWER: answer_matters,
    TaskKind.NOT_DELIVERED: letter_is_missed,
    TaskKind.MAIL_FAILS: letters_wait,
    TaskKind.WAVE: until_somebody_decides,
    TaskKind.ERASING_WAITS: until_somebody_decides,
}


# Ending


def settle(request, now, event=None):
    """Take back the letters of a request that are not true any more, and let its tasks lapse that have no reason.

    What somebody still has to know becomes a task. Call with the request's row locked.
    """
    clinic = Clinic.objects.prefetched()
    for message in request.messages.unsent(now):
        message.request = request
        if not letters.is_true(message, clinic, max(now, message.not_before)):
            take_back(message, now, event)
    for task in request.tasks.open().select_related("message"):
        task.request = request
        if task.message:
            task.message.request = request
        if not has_reason(task, now):
            Task.objects.filter(pk=task.pk).end(event, state=TaskState.LAPSED, now=now)


def take_back(message, now, event=None):
    """Take back a letter that is not true any more; a reminder of a visit still to come becomes a call."""
    Message.objects.filter(pk=message.pk).unsent(now).take_back(event)
    if event is not None:
        # The act itself says what follows.
        return
    request = message.request
    if message.kind == MessageKind.REMINDER_1_DAY and call_for(request, message.kind, now):
        call_instead(message, now=now)
    elif message.kind in (MessageKind.OFFER, MessageKind.WISHED) and somebody_has_to_know(message, now):
        call_now(request, now)


def somebody_has_to_know(message, now):
    """Whether a patient waits for a letter that came to nothing: for times of which none is left, or a lost one."""
    request, visit = message.request, message.request.held_visit()
    waits = request.state in (RequestState.REQUESTED, RequestState.OFFERED) and not (visit and visit.lies_ahead(now))
    # Whoever left an address alone and was never told of a held time can choose another on the private page.
    return (
        waits
        and not request.is_set_apart
        and bool(message.kind == MessageKind.OFFER or message.payload["end"] or request.phone)
    )


def call_now(request, now, event=None):
    """Put a call on the list for the next opening, or bring the one that is there forward."""
    due_at = opening.next_open(Clinic.objects.prefetched(), now)
    if raise_for(request, TaskKind.CALL, due_at, event=event) is None:
        request.tasks.open().filter(kind=TaskKind.CALL, due_at__gt=due_at).update(due_at=due_at)


def leave_nobody_waiting(request, clinic, now, event=None):
    """Put a call on the list for a patient who waits for an answer that nothing else brings any more.

    So it is after a time that nobody confirmed before it began, and after an offer of which nothing is left.
    """
    if request.erased_at or request.state not in (RequestState.REQUESTED, RequestState.OFFERED):
        return
    if request.tasks.open().filter(kind__in=ANSWERS).exists():
        return
    # Whoever left an address alone and did not take the wished time stays on the list of those who have to choose.
    is_wish_open = request.wished_at is not None and (request.wished_at > now or not request.phone)
    waits_for_patient = is_wish_open and request.email and not request.is_set_apart
    if not waits_for_patient:
        raise_for(request, TaskKind.CALL, opening.next_open(clinic, now), event=event)


def call_again(request, event, due_at):
    """Put the calls off that were due and that nobody answered, until a moment in opening time."""
    calls = request.tasks.open().filter(kind__in=CALLS).exclude(kind=TaskKind.CALL_TO_REMIND, due_at__gt=event.at)
    for task in list(calls):
        Task.objects.filter(pk=task.pk).end(event, now=event.at)
        raise_for(request, task.kind, due_at, event=event, is_promise=task.is_promise, **task.payload)


def reopen(event):
    """Open the tasks again that an act ended, but for those of which another is open by now."""
    for task in event.tasks_ended.exclude(state=TaskState.OPEN):
        about = {"message": task.message_id} if task.message_id else {"kind": task.kind, "message": None}
        if not Task.objects.open().filter(request=event.request_id, **about).exists():
            Task.objects.filter(pk=task.pk).update(state=TaskState.OPEN, ended_by=None, ended_at=None)


def spoke(request, event):
    """End every call about a request: staff and patient have spoken; and what was not delivered was said."""
    said = request.tasks.filter(kind__in=(*CALLS, TaskKind.NOT_DELIVERED))
    # A call of today does not remind of a visit in ten days.
    said.exclude(kind=TaskKind.CALL_TO_REMIND, due_at__gt=event.at).end(event, now=event.at)


def clock_is_doubted():
    """Whether the clock has jumped, and nobody has said yet that it is right."""
    return Task.objects.open().filter(kind=TaskKind.ERASING_WAITS).exists()


def sweep(now):
    """One round of the worker: end what time alone has settled, and leave nobody waiting.

    A few queries, whatever the number of open tasks; each request that needs more is settled in its own transaction.
    While somebody has to look at the clock, nothing ends by it.
    """
    if clock_is_doubted():
        return
    begun = SeatCell.objects.filter(request=OuterRef("request"), starts_at__lte=now)
    open_ones = Task.objects.open()
    late = open_ones.filter(Exists(begun), kind__in=(*BEFORE_THE_VISIT, TaskKind.HEALTH_ANSWER))
    wishes = ConsultationRequest.objects.filter(wished_at__lte=now, state=RequestState.REQUESTED)
    others = open_ones.filter(kind__in=(TaskKind.NOT_DELIVERED, TaskKind.CALL_TO_TELL))
    others = others.select_related("request", "message")[:MOST_LOOKED_AT]
    failed = Message.objects.failed().filter(tasks__isnull=True).exclude(kind=MessageKind.CLINIC_NOTICE)
    for message in failed.select_related("request")[:MOST_LOOKED_AT]:
        not_delivered(message)
    to_settle = {
        *late.values_list("request", flat=True)[:MOST_LOOKED_AT],
        *wishes.exclude(tasks__state=TaskState.OPEN).values_list("pk", flat=True)[:MOST_LOOKED_AT],
        # Only to write where there is something to end: each of these takes the database for a moment.
        *(task.request_id for task in others if not has_reason(task, now)),
    }
    for pk in sorted(to_settle):
        with transaction.atomic():
            request = ConsultationRequest.objects.select_for_update().get(pk=pk)
            settle(request, now)
            leave_nobody_waiting(request, Clinic.objects.prefetched(), now)
    for task in open_ones.filter(request__isnull=True):
        if not has_reason(task, now):
            Task.objects.filter(pk=task.pk).end(state=TaskState.LAPSED, now=now)
