"""What people at the clinic have to do: raising tasks.

A task is due in opening time and never on a closed day. Acts end the tasks that they settle; whatever else makes a
task needless (a visit that is over, a request that ended, a closure taken back) lets it lapse, in the act itself or in
the worker's next round.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone

from treatments.follow_up import letters
from treatments.models import (
    Act,
    Clinic,
    MessageKind,
    RequestState,
    Task,
    TaskKind,
    TaskState,
)
from treatments.models.consultation import ACTIVE
from treatments.models.message import REMINDERS
from treatments.models.task import ANSWERS
from treatments.times import clashes, holding, opening

CALLS_ABOUT_VISIT = (TaskKind.CALL_TO_CONFIRM, TaskKind.CALL_TO_REMIND)


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
