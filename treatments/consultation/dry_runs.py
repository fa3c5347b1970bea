"""What an act of staff would do and say, shown before it is done."""

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from treatments.follow_up import letters
from treatments.models import ConsultationRequest
from treatments.models.task import CALLS
from treatments.values.visit import Visit


@dataclass(frozen=True)
class DryRun:
    """What an act would do: the request as it would be, the visit that it would hold, and when it would be called.

    `letters` are those that would go out, as (message, letter).
    """

    request: ConsultationRequest
    visit: Visit | None
    call_due_at: datetime.datetime | None
    letters: list


def dry_run(act, request, *arguments, **options):
    """The DryRun of an act, after which all is as before. Raises whatever the act raises."""
    with transaction.atomic():
        before = request.events.last()
        outcome = act(request, *arguments, **options)
        newest = outcome.events.last()
        visit = outcome.held_visit()
        call = outcome.tasks.open().filter(kind__in=CALLS).first()
        said = [] if newest == before else [(message, said_by(message)) for message in letters_made(newest)]
        transaction.set_rollback(True)
    written = [(message, letter) for message, letter in said if letter is not None]
    return DryRun(outcome, visit, call and call.due_at, written)


def letters_made(event):
    return event.made.select_related("request").order_by("not_before", "pk")


def said_by(message):
    """The letter as it will be when it goes out."""
    return letters.letter_of(message, at=max(timezone.now(), message.not_before))
