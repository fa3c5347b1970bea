"""What the front desk has to do: tasks, the first due first, and visits of the day."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Min, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from treatments.models import BestTime, Clinic, ConsultationRequest, RequestState, SeatCell, Task, TaskKind
from treatments.models.task import OF_THE_CLINIC
from treatments.times import clashes
from treatments.values import availability
from treatments.values.availability import Rules

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

#: Rows of one kind that a list shows, and beyond which nobody counts.
MOST = 100


@dataclass(frozen=True)
class Item:
    """One line of the list: something to do or to expect."""

    #: What it is about; None for what concerns the clinic as a whole.
    consultation: ConsultationRequest | None
    what: "StrOrPromise"
    #: When it is due or begins; of what waits for the patient, since when.
    at: datetime.datetime
    is_late: bool = False
    #: The task that it is; None for a visit, or for what waits for the patient.
    task: Task | None = None
    #: Opening time that has passed since it was due.
    late_by: datetime.timedelta = datetime.timedelta()

    @property
    def late_in_words(self) -> str:
        """How late it is, “2 hours, 5 minutes”, in opening time."""
        now = timezone.now()
        return timesince(now - self.late_by, now)

    @property
    def wish(self) -> str:
        """The part of the day in which a patient wants to be called, in words; empty without a wish."""
        is_call = self.task is not None and self.task.kind == TaskKind.CALL
        if self.consultation is None or not is_call or self.consultation.best_time == BestTime.ANY:
            return ""
        return self.consultation.get_best_time_display()

    @property
    def is_new(self) -> bool:
        """Whether hardly any opening time has passed since it fell due."""
        return self.is_late and self.late_by < datetime.timedelta(minutes=1)


def open_tasks(*, may_manage: bool = False) -> QuerySet[Task]:
    """Open tasks with their requests and letters, without those about requests that are set apart.

    Tasks about the clinic as a whole are for managers alone, `may_manage`.
    """
    found = Task.objects.open().exclude(request__is_set_apart=True).select_related("request", "message")
    return found if may_manage else found.exclude(kind__in=OF_THE_CLINIC)


def due_now(now: datetime.datetime, clinic: Clinic, *, may_manage: bool = False) -> list[Item]:
    """Tasks that are due, the first due first; `may_manage` as for `open_tasks`."""
    tasks = cut(open_tasks(may_manage=may_manage).filter(due_at__lte=now))
    rules = clinic.rules(min((task.due_at for task in tasks), default=now), now)
    return [item_of(task, rules, now) for task in tasks]


def cut(found: QuerySet[Task]) -> list[Task]:
    """As many of these tasks as a list shows, in order: promises before all else, so that nothing hides one."""
    promised, others = list(found.filter(is_promise=True)[:MOST]), list(found.filter(is_promise=False)[:MOST])
    return sorted([*promised, *others][:MOST], key=lambda task: (task.due_at, task.pk))


def item_of(task: Task, rules: Rules, now: datetime.datetime) -> Item:
    """A due task as a line of the list; how late it is counts opening time alone, or all time without hours."""
    # A year is more than anybody wants to have counted.
    since = max(task.due_at, now - availability.DAY * 366)
    late_by = availability.open_time(rules, since, now) if any(rules.hours.values()) else now - since
    return Item(task.request, said_of(task), task.due_at, True, task, late_by)


def today(now: datetime.datetime, clinic: Clinic, *, may_manage: bool = False) -> list[Item]:
    """Tasks that fall due in the rest of the day at the clinic, and the visits still to come on it, in order."""
    end = end_of_day(now, clinic.zone)
    tasks = cut(open_tasks(may_manage=may_manage).filter(due_at__gt=now, due_at__lte=end))
    items = [Item(task.request, said_of(task), task.due_at, task=task) for task in tasks]
    items += [Item(visit, _("Visit"), visit.starts_at) for visit in visits(now, end)[:MOST]]
    return sorted(items, key=lambda item: (item.at, item.task is None))


def waiting() -> list[Item]:
    """Requests that go on when the patient chooses a time or presses a button, the longest waiting first."""
    found = ConsultationRequest.objects.waiting_for_patient()[:MOST]
    return [Item(consultation, said_of_waiting(consultation), consultation.heard_at) for consultation in found]


def said_of_waiting(consultation: ConsultationRequest) -> "StrOrPromise":
    """What a request waits for, in words."""
    return _("Was sent times") if consultation.state == RequestState.OFFERED else _("Was asked to take the wished time")


def to_check() -> tuple[int, datetime.datetime | None]:
    """(How many requests are set apart, when the first of their calls is due); not counted beyond MOST + 1.

    The moment is None where no call is open.
    """
    apart = ConsultationRequest.objects.set_apart().order_by("requested_at")[: MOST + 1]
    oldest = Task.objects.open().filter(request__is_set_apart=True, kind=TaskKind.CALL).aggregate(due=Min("due_at"))
    return apart.aggregate(number=Count("pk"))["number"], oldest["due"]


def visits(start: datetime.datetime, end: datetime.datetime) -> QuerySet[Any]:
    """Requests that hold a visit which starts between two moments, both included, in order; each with `starts_at`."""
    held = SeatCell.objects.filter(starts_at__gte=start, starts_at__lte=end).values("request")
    # Any, because `starts_at` is no column.
    among: QuerySet[Any] = ConsultationRequest.objects.filter(pk__in=held).with_times().select_related("treatment")
    return among.filter(starts_at__gte=start).exclude(state=RequestState.CANCELLED).order_by("starts_at", "pk")


def visits_of_day(date: datetime.date, zone: datetime.tzinfo) -> QuerySet[Any]:
    """The visits, as `visits` gives them, of a date at the clinic, whose time zone is `zone`."""
    start = datetime.datetime.combine(date, datetime.time(), zone)
    return visits(start, start + availability.DAY - datetime.timedelta(microseconds=1))


def end_of_day(now: datetime.datetime, zone: datetime.tzinfo) -> datetime.datetime:
    """The last moment of the present day at the clinic, whose time zone is `zone`."""
    start = datetime.datetime.combine(now.astimezone(zone).date(), datetime.time(), zone)
    return start + availability.DAY - datetime.timedelta(microseconds=1)


#: What is wrong with a visit that is to be looked at again.
LOOK_AGAIN = {
    clashes.HOURS: _("Look again: the visit of %(time)s is outside the opening hours now"),
    clashes.SEATS: _("Look again: more visits than places on %(time)s"),
    clashes.ZONE: _("Look again: the clinic’s time zone has changed, and the visit is now on %(time)s"),
    clashes.ERASED: _("A visit on %(time)s was erased with its request"),
}


def said_of(task: Task) -> "StrOrPromise":
    """What is to be done, in words that name the date where there is one."""
    if task.kind == TaskKind.LOOK_AGAIN:
        return LOOK_AGAIN[task.payload["reason"]] % {"time": date_in_words(task.payload["start"])}
    if task.kind == TaskKind.NOT_DELIVERED and task.message is not None:
        return _("Not delivered: %(kind)s") % {"kind": task.message.get_kind_display()}
    if task.kind == TaskKind.MAIL_FAILS and task.payload.get("reason") == "clinic-address":
        return _("Letters to the clinic’s own address are not delivered")
    return task.get_kind_display()


def date_in_words(text: str) -> str:
    """A moment of a payload, ISO 8601, as people read it: in the current time zone, at the desk the clinic's."""
    return date_format(timezone.localtime(datetime.datetime.fromisoformat(text)), gettext("D j M, H:i"))
