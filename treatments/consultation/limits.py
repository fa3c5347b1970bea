"""How much may come from one network address and one contact, and what one person and unknown people may hold.

Call what counts with the clinic's row locked, so that requests count one another.
"""

import datetime
from collections.abc import Mapping

from django.db.models import QuerySet

from treatments.models import Clinic, ConsultationRequest, RequestState, SeatCell, Task, TaskKind
from treatments.models.clinic import SHARES
from treatments.times import holding
from treatments.values import availability
from treatments.values.availability import DAY, HOUR
from treatments.values.folding import joined
from treatments.values.visit import Visit

#: Comments from one network address in an hour: more than the first number are set apart, only more than the second
#: are turned away, because many people can share a mobile carrier's address.
MANY_FROM_CLIENT = 10
MOST_FROM_CLIENT = 100

#: Requests in a day from one network address, and from one wider network (/24, or /48 of IPv6), before more are set
#: apart. None is turned away.
MOST_FROM_ADDRESS = 20
MOST_FROM_NETWORK = 60
#: An unusual wave is on when unknown people have chosen so many times within an hour, and WAVE_TIMES as many as they
#: usually do: as the mean of the same hour on the last WAVE_DAYS days.
WAVE = 30
WAVE_TIMES = 10
WAVE_DAYS = 28


class TooMany(Exception):
    """So much came from one network address within an hour that no more is taken."""


def is_too_much(digests: Mapping[str, str], now: datetime.datetime) -> bool:
    """Whether so many requests came within a day from a network address, or its network, that more are set apart.

    `digests` are those of `digests_of_client`; an empty one is not counted.
    """
    limits = {"client_digest": MOST_FROM_ADDRESS, "network_digest": MOST_FROM_NETWORK}
    of_day = ConsultationRequest.objects.filter(requested_at__gt=now - DAY).order_by()
    return any(
        digests[name] and of_day.filter(**{name: digests[name]}).values("pk")[:most].count() >= most
        for name, most in limits.items()
    )


# One contact


def has_enough(clinic: Clinic, now: datetime.datetime, *, phone: str, email: str) -> bool:
    """Whether this contact has as many open requests as one may have; one whose visit has begun is not counted."""
    open_ones = ConsultationRequest.objects.of_contact(phone=phone, email=email).ahead(now).order_by()
    most = clinic.open_requests_per_contact
    return open_ones.values("pk")[:most].count() >= most


def has_been_here(*, phone: str, email: str) -> bool:
    """Whether someone with this contact has attended a visit."""
    known = ConsultationRequest.objects.of_contact(phone=phone, email=email)
    return known.filter(state=RequestState.ATTENDED).exists()


# One person, one place


def refuse_second_place(
    consultation: ConsultationRequest, start: datetime.datetime, clinic: Clinic, now: datetime.datetime
) -> None:
    """Raise TimeGone if the same person, by contact and name, holds a place already during a visit from `start`."""
    if would_be_second_place(consultation, start, clinic, now):
        raise holding.TimeGone(holding.nearest_times(clinic, start, now))


def would_be_second_place(
    consultation: ConsultationRequest, start: datetime.datetime, clinic: Clinic, now: datetime.datetime
) -> bool:
    """Whether the same person, by contact and name, would hold two places by a visit of today's length from `start`."""
    end = start + datetime.timedelta(minutes=clinic.visit_minutes)
    return holds_a_place(consultation, Visit(start, end), now)


def holds_a_place(consultation: ConsultationRequest, visit: Visit, now: datetime.datetime) -> bool:
    """Whether another request of the same person, by contact and name, holds a place during this Visit."""
    others = ConsultationRequest.objects.of_contact(phone=consultation.phone, email=consultation.email).ahead(now)
    at_that_time = others.filter(cells__starts_at__gte=visit.start, cells__starts_at__lt=visit.end).distinct()
    name = joined(consultation.name)
    return any(joined(other.name) == name for other in at_that_time.exclude(pk=consultation.pk))


# What unknown people may hold


def is_above_share(clinic: Clinic, start: datetime.datetime, *, but: ConsultationRequest) -> bool:
    """Whether people not heard from hold all that they may hold of the day of `start`, a day at the clinic.

    `but` is the request that wishes that time; what it holds itself is not counted.
    """
    if clinic.unheard_share >= SHARES:
        return False
    begins = datetime.datetime.combine(start.astimezone(clinic.zone).date(), datetime.time(), clinic.zone)
    rules = clinic.rules(begins, begins + 2 * DAY)
    places = len(availability.starts(rules, begins.date())) * rules.seats
    held = SeatCell.objects.filter(starts_at__gte=begins, starts_at__lt=begins + DAY, request__is_heard=False)
    by_unheard = held.exclude(request=but).order_by().values("request").distinct().count()
    return by_unheard >= max(1, places * clinic.unheard_share // SHARES)


def wave_is_on(now: datetime.datetime, *, but: ConsultationRequest) -> bool:
    """Whether a wave of chosen times by unknown people is on, so that no more of them are held at once.

    It begins with unusually many requests that hold a time. While the manager's task about it is open, it goes on as
    long as WAVE requests come in an hour, whether they hold their time or only wish it. `but` is the request that
    asks, which is counted only for those that come after it.
    """
    if Task.objects.open().filter(kind=TaskKind.WAVE).exists():
        return unheard_between(now - HOUR, now).exclude(pk=but.pk).count() >= WAVE
    came = unheard_between(now - HOUR, now).filter(wished_at=None).exclude(pk=but.pk).count()
    if came < WAVE:
        return False
    days = range(1, WAVE_DAYS + 1)
    usual = sum(unheard_between(now - DAY * day - HOUR, now - DAY * day).count() for day in days)
    return came * WAVE_DAYS >= WAVE_TIMES * usual


def unheard_between(start: datetime.datetime, end: datetime.datetime) -> QuerySet[ConsultationRequest]:
    """The requests for a time that came in between two moments, of people not heard from; without those set apart."""
    came = ConsultationRequest.objects.unheard().filter(requested_at__gt=start, requested_at__lte=end)
    return came.filter(is_set_apart=False).order_by()
