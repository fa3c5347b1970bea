"""Letters that wait after a restore: what was due by then may have gone out before, and nobody but people can tell."""

import datetime

from django.db import transaction

from treatments.follow_up import tasks
from treatments.models import Clinic, Message, MessageState, Task, TaskKind, TaskState
from treatments.models.message import MessageQuerySet


def hold(made_at: datetime.datetime, now: datetime.datetime) -> int:
    """Let every letter that is due by now wait until a manager has decided; return how many.

    `made_at` is when the backup was made that was restored. What is due later goes out as always.
    """
    waiting = Message.objects.filter(state=MessageState.QUEUED, not_before__lte=now)
    # Of one that was tried, later letters to its patient would wait for their turn.
    number = waiting.order_by().update(attempts=0, lease_owner="", lease_until=None)
    # One of an earlier restore is in the backup, and about fewer letters.
    Task.objects.filter(kind=TaskKind.LETTERS_HELD).end(state=TaskState.LAPSED, now=now)
    if number:
        date = made_at.astimezone(Clinic.objects.current().zone).date()
        tasks.raise_for_clinic(TaskKind.LETTERS_HELD, date=date.isoformat(), number=number)
    return number


def held_by(task: Task) -> MessageQuerySet:
    """The letters that wait because of a task, as Message.objects.due() leaves them out."""
    return Message.objects.filter(state=MessageState.QUEUED, not_before__lte=task.raised_at)


@transaction.atomic
def send(task: Task) -> int:
    """Let the letters that wait go out, each if it is still true; return how many wait."""
    Task.objects.filter(pk=task.pk).end()
    return held_by(task).count()


@transaction.atomic
def drop(task: Task) -> int:
    """Take the letters back that wait; return how many."""
    dropped = held_by(task).take_back()
    Task.objects.filter(pk=task.pk).end()
    return dropped
