"""What an act of staff would do and say, shown before it is done."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from treatments.follow_up import letters
from treatments.models import ConsultationRequest, Message, RequestEvent
from treatments.models.task import CALLS
from treatments.values.visit import Visit


@dataclass(frozen=True)
class DryRun:
    """What an act would do."""

    #: The request as it would be, and the visit that it would hold.
    consultation: ConsultationRequest
    visit: Visit | None
    #: When the patient would be called, None where nobody would call.
    call_due_at: datetime.datetime | None
    #: The letters that would go out, each with its message, in the order in which they would.
    letters: list[tuple[Message, EmailMultiAlternatives]]


def dry_run(
    act: Callable[..., ConsultationRequest], consultation: ConsultationRequest, *arguments: Any, **options: Any
) -> DryRun:
    """The DryRun of an act on a request, called with these arguments; afterwards all is as before.

    Raises whatever the act raises.
    """
    with transaction.atomic():
        before = consultation.events.last()
        outcome = act(consultation, *arguments, **options)
        newest = outcome.events.last()
        visit = outcome.held_visit()
        call = outcome.tasks.open().filter(kind__in=CALLS).first()
        made = letters_made(newest) if newest is not None and newest != before else ()
        said = [(message, said_by(message)) for message in made]
        transaction.set_rollback(True)
    written = [(message, letter) for message, letter in said if letter is not None]
    return DryRun(outcome, visit, call.due_at if call else None, written)


def letters_made(event: RequestEvent) -> QuerySet[Message]:
    """The letters that an event has queued, in the order in which they go out."""
    return event.made.select_related("request").order_by("not_before", "pk")


def said_by(message: Message) -> EmailMultiAlternatives | None:
    """The letter as it will be when it goes out; None if it will not be true then."""
    return letters.letter_of(message, at=max(timezone.now(), message.not_before))
