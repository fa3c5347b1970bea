"""What the front desk has to do: requests, calls and letters that did not arrive, the oldest promise first."""

import datetime
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments import availability
from treatments.models import ConsultationRequest, Message, MessageKind, MessageState, RequestState, SeatCell
from treatments.models.message import BY_HAND

#: Rows of one kind that a list shows, and beyond which nobody counts.
MOST = 100


@dataclass
class Item:
    """One thing to do: a request, what about it, and since when or until when."""

    request: ConsultationRequest
    what: str
    at: datetime.datetime
    is_late: bool = False

    @property
    def is_new(self):
        """Whether it has only just fallen due."""
        return self.is_late and timezone.now() - self.at < datetime.timedelta(minutes=1)


def due_now(now):
    """What was promised until now, calls to make, and letters that were not delivered."""
    promised = ConsultationRequest.objects.due().filter(promised_at__lte=now)[:MOST]
    by_hand = Message.objects.by_hand(now).select_related("request")[:MOST]
    failed = Message.objects.failed().select_related("request")[:MOST]
    items = [Item(request, to_do(request), request.promised_at, True) for request in promised]
    items += [Item(message.request, message.get_kind_display(), message.not_before, True) for message in by_hand]
    items += [Item(message.request, not_delivered(message), message.not_before, True) for message in failed]
    return in_order(items)


def today(now, zone):
    """What is promised for the rest of the day at the clinic, calls that fall due, and visits still to come."""
    end = end_of_day(now, zone)
    promised = ConsultationRequest.objects.due().filter(promised_at__gt=now, promised_at__lte=end)[:MOST]
    later = Message.objects.filter(state=MessageState.QUEUED, kind__in=BY_HAND, not_before__gt=now, not_before__lte=end)
    items = [Item(request, to_do(request), request.promised_at) for request in promised]
    items += [
        Item(message.request, message.get_kind_display(), message.not_before)
        for message in later.select_related("request").order_by("not_before")[:MOST]
    ]
    items += [Item(visit, _("Visit"), visit.starts_at) for visit in visits(now, end)[:MOST]]
    return in_order(items)


def waiting(now):
    """Requests whose patient has been sent times and has not chosen yet, the longest waiting first."""
    offered = ConsultationRequest.objects.active().filter(state=RequestState.OFFERED).order_by("heard_at", "pk")
    return [Item(request, _("Was sent times"), request.heard_at) for request in offered[:MOST]]


def visits(start, end):
    """Requests that hold a visit which starts between two moments, in order, with `starts_at`."""
    held = SeatCell.objects.filter(starts_at__gte=start, starts_at__lte=end).values("request")
    among = ConsultationRequest.objects.filter(pk__in=held).with_times().select_related("treatment")
    return among.filter(starts_at__gte=start).exclude(state=RequestState.CANCELLED).order_by("starts_at", "pk")


def visits_of_day(date, zone):
    """The visits of a date at the clinic."""
    start = datetime.datetime.combine(date, datetime.time(), zone)
    return visits(start, start + availability.DAY - datetime.timedelta(microseconds=1))


def set_apart():
    """Requests that look like spam and that nobody has called yet."""
    return ConsultationRequest.objects.not_erased().filter(is_quarantined=True, state=RequestState.REQUESTED)


def end_of_day(now, zone):
    """The last moment of the day at the clinic."""
    start = datetime.datetime.combine(now.astimezone(zone).date(), datetime.time(), zone)
    return start + availability.DAY - datetime.timedelta(microseconds=1)


def to_do(request):
    """What a promise was made for."""
    return _("Confirm the time") if request.way == "time" else _("Call")


def not_delivered(message):
    return _("Not delivered: %(kind)s") % {"kind": MessageKind(message.kind).label}


def in_order(items):
    return sorted(items, key=lambda item: (item.at, item.request.pk))[:MOST]
