"""What an act of staff would do and say, shown before it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from treatments.follow_up import letters
from treatments.models import ConsultationRequest, Message, MessageState, Task
from treatments.values.visit import Visit


@dataclass(frozen=True)
class DryRun:
    """What an act would do."""

    #: The request as it would be, and the visit that it would hold.
    consultation: ConsultationRequest
    visit: Visit | None
    #: The tasks that it would put on the desk's list, the first due first.
    tasks: list[Task]
    #: The letters that would go out, each with its message, in the order in which they would.
    letters: list[tuple[Message, EmailMultiAlternatives]]


def dry_run(
    act: Callable[..., ConsultationRequest], consultation: ConsultationRequest, *arguments: Any, **options: Any
) -> DryRun:
    """The DryRun of an act on a request, called with these arguments; afterwards all is as before.

    Raises whatever the act raises.
    """
    with transaction.atomic():
        queued_before = dict(waiting(consultation).values_list("pk", "not_before"))
        open_before = set(consultation.tasks.open().values_list("pk", flat=True))
        outcome = act(consultation, *arguments, **options)
        visit = outcome.held_visit()
        raised = list(outcome.tasks.open().exclude(pk__in=open_before).select_related("message"))
        made = [message for message in waiting(outcome) if queued_before.get(message.pk) != message.not_before]
        said = [(message, said_by(message)) for message in made]
        transaction.set_rollback(True)
    written = [(message, letter) for message, letter in said if letter is not None]
    return DryRun(outcome, visit, raised, written)


def waiting(consultation: ConsultationRequest) -> QuerySet[Message]:
    """The letters about a request that wait, in the order in which they go out."""
    found = consultation.messages.filter(state=MessageState.QUEUED).select_related("request")
    return found.order_by("not_before", "pk")


def said_by(message: Message) -> EmailMultiAlternatives | None:
    """The letter as it will be when it goes out; None if it will not be true then."""
    return letters.letter_of(message, at=max(timezone.now(), message.not_before))
