"""Whether a new time is held at once, or only kept as a wish until the patient was heard from.

Call it with the clinic's row locked, so that requests count one another.
"""

from treatments.consultation import limits
from treatments.follow_up import tasks
from treatments.models import TaskKind
from treatments.times import holding
from treatments.values.availability import HOUR


def hold_or_wish(request, start, clinic, now, *, by=None):
    """Hold the time of a new request, or keep it as a wish where it may not hold one; raises TimeGone."""
    limits.refuse_second_place(request, start, clinic, now)
    if request.is_set_apart:
        request.wished_at = start
        return
    if may_not_hold(request, start, clinic, now):
        holding.check_offered(request, start, clinic, now)
        request.wished_at = start
        return
    holding.hold(request, start, clinic, now, by=by)


def may_not_hold(request, start, clinic, now):
    """Whether the contact has to be heard from before it holds this time: above the share of its day, or in a wave."""
    if request.is_heard:
        return False
    if limits.wave_is_on(now, but=request):
        # One that is open keeps its beginning, from which its members are reckoned.
        tasks.raise_for_clinic(TaskKind.WAVE, since=(now - HOUR).isoformat())
        return True
    return limits.is_above_share(clinic, start, but=request)
