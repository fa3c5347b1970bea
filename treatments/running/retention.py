"""The end of personal data: what is held, until when, and erasing what is due."""

import datetime
from collections.abc import Callable, Iterable, Sequence

from django.db.models import QuerySet
from django.utils import timezone

from treatments import comments
from treatments.accounts.sign_in import forget_sign_ins
from treatments.consultation import booking, links
from treatments.consultation.personal_data import expired
from treatments.follow_up import tasks
from treatments.models import (
    Clinic,
    Comment,
    ConsultationRequest,
    Edition,
    Message,
    Photo,
    Task,
    TaskKind,
)
from treatments.text import pictures
from treatments.values.availability import DAY, HOUR

#: If the worker was away for longer, or was last seen in the future, somebody should look at the clock.
LONGEST_AWAY = 3 * DAY
#: More than so many requests in one night that are also more than one in so many of all: they are erased only after
#: somebody has looked at the date.
MANY = 20
LARGE_PART = 10


def expired_comments(now: datetime.datetime | None = None) -> QuerySet[Comment]:
    """The comments that were refused, or set apart and not read, long enough ago."""
    return Comment.objects.unwanted_before((now or timezone.now()) - comments.KEPT_REFUSED)


def number_expired(now: datetime.datetime | None = None) -> int:
    """How many requests and comments would be erased."""
    return len(expired(now)) + expired_comments(now).count()


def heartbeat(now: datetime.datetime) -> None:
    """Note that the worker is there; if the clock has jumped since the last time, erasing waits from now on."""
    seen_at = Clinic.objects.current().worker_seen_at
    if seen_at is not None and not seen_at <= now <= seen_at + LONGEST_AWAY:
        wait_for_somebody(now)
    Clinic.objects.heartbeat(now)


def wait_for_somebody(now: datetime.datetime) -> None:
    """Put a task on a manager's list: erasing waits until somebody has said that the date is right."""
    clinic = Clinic.objects.current()
    date = now.astimezone(clinic.zone).date()
    tasks.raise_for_clinic(TaskKind.ERASING_WAITS, date=date.isoformat(), number=number_expired(now))


def may_erase(now: datetime.datetime) -> bool:
    """Whether tonight's erasing may go on: nobody has to look at the clock first, and it is not unusually much."""
    if Task.objects.open().filter(kind=TaskKind.ERASING_WAITS).exists():
        return False
    number = len(expired(now))
    if number > MANY and number * LARGE_PART > ConsultationRequest.objects.not_erased().count():
        wait_for_somebody(now)
        return False
    return True


def erase_if_right(now: datetime.datetime | None = None) -> int:
    """Erase what is due, unless that has to wait for somebody; return how many requests and comments were erased."""
    now = now or timezone.now()
    return erase_expired(now) if may_erase(now) else 0


def erase_expired(
    now: datetime.datetime | None = None, *, shown: Callable[[Sequence[int]], Iterable[int]] = iter
) -> int:
    """Erase every request and comment whose time is over, each request in its own transaction; return how many.

    Forgotten as well are the digests by which requests, comments and letters were counted, pictures that nothing names,
    sessions that are over, and wrong passwords that no longer count. `shown` gives the requests one by one, and may
    show how far that is.
    """
    now = now or timezone.now()
    due = expired(now)
    for pk in shown(due):
        booking.erase(ConsultationRequest.objects.get(pk=pk), now=now)
    _total, by_model = expired_comments(now).delete()
    forget_clients(ConsultationRequest.objects.filter(requested_at__lt=now - DAY))
    ConsultationRequest.objects.filter(network_digest__gt="", requested_at__lt=now - DAY).update(network_digest="")
    forget_clients(Comment.objects.filter(added_at__lt=now - HOUR))
    Message.objects.filter(mailbox_digest__gt="", sent_at__lt=now - DAY).update(mailbox_digest="")
    links.forget(now)
    erase_unnamed_pictures(now)
    forget_sign_ins(now)
    return len(due) + by_model.get(Comment._meta.label, 0)


def forget_clients(rows: QuerySet[ConsultationRequest] | QuerySet[Comment]) -> None:
    """Forget from which network address these requests or comments came."""
    # "Greater than nothing", because by this condition the database finds by an index the few that still have one.
    rows.filter(client_digest__gt="").update(client_digest="")


def erase_unnamed_pictures(now: datetime.datetime) -> None:
    """Erase the pictures that neither a draft nor an edition names, a day after they were stored for a preview."""
    for name in pictures.stored_before(now - DAY):
        if not Photo.objects.filter(picture=name).exists() and not Edition.objects.naming(name).exists():
            pictures.withdraw(name)
