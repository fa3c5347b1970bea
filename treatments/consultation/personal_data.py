"""What is held about the patient who made a request, and until when."""

import datetime
from collections.abc import Callable, Iterable
from typing import Any

from django.db import models
from django.db.models import Exists, Max, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from treatments.models import Clinic, ConsultationRequest, Message, SeatCell, Task, TaskState
from treatments.models.consultation import KEPT, PERSONAL, ConsultationRequestQuerySet
from treatments.times import holding
from treatments.values.availability import CELL, DAY

# Until when a request is kept: so many days, as the clinic has set, from the end of its visit, or without one from when
# we last heard of it; but from a wished or offered time, and from the end of a task about it, where that is later. It
# is never erased while a task is open or a letter to the patient waits.


def erased_on(consultation: ConsultationRequest, clinic: Clinic, now: datetime.datetime | None = None) -> datetime.date:
    """The date, at the clinic, on which a request is erased if nothing more is done.

    While a task is open and late, its days count from `now`, so that the date moves on from day to day.
    """
    now = now or timezone.now()
    visit = consultation.held_visit()
    tasks = consultation.tasks.aggregate(due=Max("due_at", filter=Q(state=TaskState.OPEN)), ended=Max("ended_at"))
    moments = [
        visit.end if visit else consultation.heard_at,
        consultation.wished_at,
        *holding.offered_moments(consultation),
        tasks["due"] and max(tasks["due"], now),
        tasks["ended"],
    ]
    days = clinic.keep_visit_days if visit else clinic.keep_request_days
    end: datetime.datetime = max(filter(None, moments)) + DAY * days
    if end < now and consultation.messages.waiting_for_patient().exists():
        end = now
    return end.astimezone(clinic.zone).date()


def expired(now: datetime.datetime | None = None) -> list[int]:
    """The ids of the requests that have been kept for as long as the clinic keeps them, by the same rule."""
    now = now or timezone.now()
    clinic = Clinic.objects.current()
    held = SeatCell.objects.filter(request=OuterRef("pk"))
    kept = ConsultationRequest.objects.not_erased()
    last = now - DAY * clinic.keep_request_days
    without_visit = kept.filter(~Exists(held), heard_at__lt=last)
    # From the old cells, which few requests have, to their requests: the other way round would read every request.
    last_of_visit = now - DAY * clinic.keep_visit_days
    old = SeatCell.objects.filter(starts_at__lt=last_of_visit - CELL)
    after_visit = kept.filter(~Exists(held.filter(starts_at__gte=last_of_visit - CELL)), pk__in=old.values("request"))
    return [*with_nothing_open(without_visit, last), *with_nothing_open(after_visit, last_of_visit)]


def with_nothing_open(found: ConsultationRequestQuerySet, since: datetime.datetime) -> list[int]:
    """The ids of those of these requests of which nothing is open, and no wish, offer or task was since a moment."""
    tasks = Task.objects.filter(Q(state=TaskState.OPEN) | Q(ended_at__gte=since), request=OuterRef("pk"))
    letters = Message.objects.waiting_for_patient().filter(request=OuterRef("pk"))
    rows = found.filter(~Exists(tasks), ~Exists(letters)).exclude(wished_at__gte=since).only("offered_times")
    return [row.pk for row in rows if all(moment < since for moment in holding.offered_moments(row))]


def held_about(consultation: ConsultationRequest, clinic: Clinic) -> dict[str, Any]:
    """Everything that is held about the patient who made a request, by the names of the columns, to be given as JSON.

    Made from the declaration of the columns, KEPT and PERSONAL; with what hangs on the request: its visit, the moment
    of an open promise, its acts and letters. Moments and dates are ISO 8601; what there is not is None.
    """
    visit, promise = consultation.held_visit(), consultation.open_promise()
    return {
        **{name: plain(consultation, name) for name in (*KEPT, *PERSONAL)},
        "is_set_apart": consultation.is_set_apart,
        "visit_starts_at": visit and visit.start.isoformat(),
        "visit_ends_at": visit and visit.end.isoformat(),
        "promised_at": promise and promise.isoformat(),
        "consent_notice_text": consultation.consent_notice.text if consultation.consent_notice else None,
        "erased_on": erased_on(consultation, clinic).isoformat(),
        "events": [
            {"act": event.act, "at": event.at.isoformat(), "by": "clinic" if event.by_id else "patient"}
            for event in consultation.events.all()
        ],
        "messages": [
            {"kind": message.kind, "state": message.state, "sent_at": message.sent_at and message.sent_at.isoformat()}
            for message in consultation.messages.all()
        ],
    }


def plain(consultation: ConsultationRequest, name: str) -> object:
    """The value of a column as JSON takes it: the treatment by its name, the notice by its moment."""
    value = getattr(consultation, name)
    if name == "treatment":
        return value.name if value else None
    if name == "consent_notice":
        return value.added_at.isoformat() if value else None
    return value.isoformat() if isinstance(value, datetime.datetime) else value


def held_in_words(consultation: ConsultationRequest) -> list[tuple[str, str]]:
    """The same for people to read: (label, value) of each column that holds something, what is personal first."""
    found = in_words(consultation, (*PERSONAL, *KEPT))
    visit = consultation.held_visit()
    return [*found, (_("Visit"), moment_in_words(visit.start))] if visit else found


#: How a column is said whose kind does not tell it; see `said_by_kind` for all others.
SAID: dict[str, Callable[[ConsultationRequest], str]] = {
    "phone": lambda consultation: consultation.phone_in_words,
    "precautions": lambda consultation: ", ".join(consultation.said_yes_to),
    "offered_times": lambda consultation: "\n".join(map(moment_in_words, holding.offered_moments(consultation))),
    "consent_notice": lambda consultation: (
        moment_in_words(consultation.consent_notice.added_at) if consultation.consent_notice else ""
    ),
}


def in_words(consultation: ConsultationRequest, names: Iterable[str]) -> list[tuple[str, str]]:
    """(label, value) of those of these columns that hold something.

    Moments are in the current time zone, which is the clinic's where a page is shown.
    """
    columns = {column.name: column for column in consultation._meta.fields}
    found = []
    for name in names:
        said = SAID[name](consultation) if name in SAID else said_by_kind(consultation, columns[name])
        if said:
            found.append((capfirst(str(columns[name].verbose_name)), said))
    return found


def said_by_kind(consultation: ConsultationRequest, column: "models.Field[Any, Any]") -> str:
    """The value of a column in words, by what kind of value it is; "" where it holds nothing, or a no."""
    value = getattr(consultation, column.name)
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(value, datetime.datetime):
        return moment_in_words(value)
    if isinstance(value, datetime.date):
        return date_format(value, _("l j F Y"))
    if isinstance(value, bool):
        return _("yes") if value else ""
    return "" if value is None else str(value)


def moment_in_words(moment: datetime.datetime) -> str:
    """A moment in the clinic's time, which is the current one where a page is shown."""
    return date_format(timezone.localtime(moment), _("l j F Y, H:i"))
