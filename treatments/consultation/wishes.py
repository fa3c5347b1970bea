"""Whether a new time is held at once, or only kept as a wish until the patient was heard from.

Call it with the clinic's row locked, so that requests count one another.
"""

import datetime

from django.contrib.auth.models import User

from treatments.consultation import limits
from treatments.follow_up import tasks
from treatments.models import Clinic, ConsultationRequest, TaskKind
from treatments.times import holding
from treatments.values.availability import HOUR


def hold_or_wish(
    consultation: ConsultationRequest,
    start: datetime.datetime,
    clinic: Clinic,
    now: datetime.datetime,
    *,
    by: User | None = None,
) -> None:
    """Hold the time of a new request, or keep it as a wish where it may not hold one.

    `start` is the chosen moment; `by` is the member of staff who books it. Raises TimeGone where it cannot be had;
    then nothing has changed.
    """
    limits.refuse_second_place(consultation, start, clinic, now)
    if consultation.is_set_apart:
        consultation.wished_at = start
        return
    if may_not_hold(consultation, start, clinic, now):
        holding.check_offered(consultation, start, clinic, now)
        consultation.wished_at = start
        return
    holding.hold(consultation, start, clinic, now, by=by)


def may_not_hold(
    consultation: ConsultationRequest, start: datetime.datetime, clinic: Clinic, now: datetime.datetime
) -> bool:
    """Whether we have to hear from the patient before the request may hold this time.

    That is so, unless we have heard from them already, in a wave of requests, and where people not heard from hold
    their share of the day. A wave raises a task for a manager.
    """
    if consultation.is_heard:
        return False
    if limits.wave_is_on(now, but=consultation):
        # A task that is open already keeps its `since`, the beginning of the wave, by which its requests are found.
        tasks.raise_for_clinic(TaskKind.WAVE, since=(now - HOUR).isoformat())
        return True
    return limits.is_above_share(clinic, start, but=consultation)
