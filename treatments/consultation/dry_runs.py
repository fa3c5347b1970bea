"""What an act of staff would do and say, shown before it is done."""

from django.db import transaction
from django.utils import timezone

from treatments.follow_up import letters
from treatments.models.task import CALLS


def dry_run(act, request, *arguments, **options):
    """What an act would do: (the request as it would be, the letters that would go out); all is as before afterwards.

    Letters come as (message, letter). Raises whatever the act raises.
    """
    with transaction.atomic():
        before = request.events.last()
        outcome = act(request, *arguments, **options)
        newest = outcome.events.last()
        outcome.shown_visit = outcome.held_visit()
        task = outcome.tasks.open().filter(kind__in=CALLS).first()
        outcome.shown_due = task and task.due_at
        said = [] if newest == before else [(message, said_by(message)) for message in letters_made(newest)]
        transaction.set_rollback(True)
    return outcome, [(message, letter) for message, letter in said if letter is not None]


def letters_made(event):
    return event.made.select_related("request").order_by("not_before", "pk")


def said_by(message):
    """The letter as it will be when it goes out."""
    return letters.letter_of(message, at=max(timezone.now(), message.not_before))
