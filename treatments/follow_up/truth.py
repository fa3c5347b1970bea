"""Whether what a letter says is so: each kind of letter goes out only while it is true."""

import datetime
from collections.abc import Callable, Mapping

from treatments.models import (
    Clinic,
    ConsultationRequest,
    Message,
    MessageKind,
    RequestState,
    Task,
    TaskKind,
    Treatment,
)
from treatments.models.message import TO_CLINIC
from treatments.times import holding

#: How far ahead of a visit, in days, a reminder says that it is.
DAYS_AHEAD = {MessageKind.REMINDER_3_DAYS: 3, MessageKind.REMINDER_1_DAY: 1}
#: At most so many private links are in one letter.
MOST_LINKS = 20


def is_true(message: Message, clinic: Clinic, at: datetime.datetime) -> bool:
    """Whether what a letter says is so at the moment `at`, and there is somebody to say it to."""
    return bool(address_of(message, clinic)) and is_so(message, clinic, at)


def is_so(message: Message, clinic: Clinic, at: datetime.datetime) -> bool:
    """Whether what a letter says is so at the moment `at`, also where nobody can be written to."""
    return TRUE_WHILE[message.kind](message, clinic, at)


def address_of(message: Message, clinic: Clinic) -> str:
    """The email address to which a message goes; empty if there is nobody."""
    if message.kind in TO_CLINIC:
        return (message.staff.email if message.staff else "") or clinic.email
    return request_of(message).email


def request_of(message: Message) -> ConsultationRequest:
    """The request that a message is about. Raises TypeError for one about a treatment."""
    if message.request is None:
        raise TypeError(f"A letter of the kind {message.kind} is about no request.")
    return message.request


def treatment_of(message: Message) -> Treatment:
    """The treatment that a message is about. Raises TypeError for one about a request."""
    if message.treatment is None:
        raise TypeError(f"A letter of the kind {message.kind} is about no treatment.")
    return message.treatment


def visit_is_held(message: Message, clinic: Clinic, at: datetime.datetime) -> bool:
    """It is confirmed, to come, and still the one that the letter speaks of."""
    consultation = request_of(message)
    visit = consultation.held_visit()
    if visit is None or visit.start != moment_in(message, "start"):
        return False
    return consultation.state == RequestState.CONFIRMED and visit.lies_ahead(at)


def visit_is_so_many_days_ahead(message: Message, clinic: Clinic, at: datetime.datetime) -> bool:
    """It is held, and as many days ahead as the reminder says."""
    start = moment_in(message, "start")
    if start is None or not visit_is_held(message, clinic, at):
        return False
    return days_between(at, start, clinic.zone) == DAYS_AHEAD[MessageKind(message.kind)]


def answer_is_to_come(message: Message, clinic: Clinic, at: datetime.datetime) -> bool:
    """Somebody will answer, and the moment that the letter promises, if it promises one, is still to come."""
    consultation = request_of(message)
    if consultation.state != RequestState.REQUESTED or consultation.is_set_apart:
        return False
    task = answering_task(consultation)
    return task is not None and (task.due_at > at or not task.is_promise)


def answering_task(consultation: ConsultationRequest) -> Task | None:
    """The open task by which a patient who waits is answered; None without one."""
    return consultation.tasks.open().filter(kind__in=(TaskKind.CALL, TaskKind.CONFIRM)).first()


def wish_can_be_taken(message: Message, clinic: Clinic, at: datetime.datetime) -> bool:
    """The wished time is still to come and free, and waits for the patient to take it."""
    consultation, start = request_of(message), moment_in(message, "start")
    is_wished = (
        consultation.state == RequestState.REQUESTED
        and not consultation.is_set_apart
        and consultation.wished_at == start
    )
    return is_wished and holding.can_take_wish(consultation, clinic, at)


def cancellation_matters(message: Message, clinic: Clinic, at: datetime.datetime) -> bool:
    """It is still cancelled, and what was cancelled is not over; about what was set apart no letter is sent."""
    consultation, start = request_of(message), moment_in(message, "start")
    is_told = consultation.state == RequestState.CANCELLED and not consultation.is_set_apart
    return is_told and (start is None or start > at)


def offer_is_open(message: Message, clinic: Clinic, at: datetime.datetime) -> bool:
    """The patient has yet to choose, and one of the offered times at least can still be taken."""
    consultation = request_of(message)
    return consultation.state == RequestState.OFFERED and bool(holding.open_offers(consultation, clinic, at))


def link_opens_something(message: Message, clinic: Clinic, at: datetime.datetime) -> bool:
    """A request of the same email address has a private page on which something is open."""
    return bool(open_requests_of(request_of(message).email))


def request_is_no_machines(message: Message, clinic: Clinic, at: datetime.datetime) -> bool:
    """The request is not set apart as a machine's."""
    return not request_of(message).is_set_apart


def page_waits_unpublished(message: Message, clinic: Clinic, at: datetime.datetime) -> bool:
    """It is not withdrawn, and nothing was published since the moment that was missed."""
    treatment = treatment_of(message)
    since = treatment.editions.filter(published_at__gte=moment_in(message, "at"))
    return treatment.withdrawn_at is None and not since.exists()


def review_runs_out(message: Message, clinic: Clinic, at: datetime.datetime) -> bool:
    """It is the newest edition's review, and its page is public."""
    treatment, ends_at = treatment_of(message), moment_in(message, "at")
    newest = treatment.editions.order_by("-number").first()
    if treatment.withdrawn_at is not None or newest is None or ends_at is None:
        return False
    return newest.next_review_date == ends_at.astimezone(clinic.zone).date()


#: For each kind of letter, whether what it says is so: asked when it is queued, sent, sent again and previewed.
TRUE_WHILE: Mapping[str, Callable[[Message, Clinic, datetime.datetime], bool]] = {
    MessageKind.CONFIRMED: visit_is_held,
    MessageKind.PROMISE: answer_is_to_come,
    MessageKind.WISHED: wish_can_be_taken,
    MessageKind.CHANGED: visit_is_held,
    MessageKind.CANCELLED: cancellation_matters,
    MessageKind.REMINDER_3_DAYS: visit_is_so_many_days_ahead,
    MessageKind.REMINDER_1_DAY: visit_is_so_many_days_ahead,
    MessageKind.OFFER: offer_is_open,
    MessageKind.LINK: link_opens_something,
    MessageKind.CLINIC_NOTICE: request_is_no_machines,
    MessageKind.NOT_PUBLISHED: page_waits_unpublished,
    MessageKind.REVIEW_DUE: review_runs_out,
}


def days_between(first: datetime.datetime, last: datetime.datetime, zone: datetime.tzinfo) -> int:
    """How many days of a zone's calendar lie between two moments."""
    return (last.astimezone(zone).date() - first.astimezone(zone).date()).days


def moment_in(message: Message, name: str) -> datetime.datetime | None:
    """A moment of the payload, aware; None where the payload has none of this name."""
    text = message.payload.get(name)
    return datetime.datetime.fromisoformat(text) if text else None


def open_requests_of(email: str) -> list[ConsultationRequest]:
    """The requests of an email address on whose private page something is open, the newest MOST_LINKS of them."""
    if not email:
        return []
    return list(ConsultationRequest.objects.of_contact(email=email).with_a_page()[:MOST_LINKS])
