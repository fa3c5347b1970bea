"""What was done to a request: the acts that there are, and who did which when."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import known
from treatments.models.consultation import ConsultationRequest, RequestState
from treatments.values.moments import title_of


class Act(models.TextChoices):
    """What can be done to a request."""

    ASKED = "asked", _("Came in")
    CONFIRMED = "confirmed", _("Confirmed")
    OFFERED = "offered", _("Offered other times")
    CHANGED = "changed", _("Took another time")
    NO_ANSWER = "no-answer", _("Called, no answer")
    LEFT_MESSAGE = "left-message", _("Called, left a message")
    SPOKE = "spoke", _("Called and spoke")
    ATTENDED = "attended", _("Attended")
    MISSED = "missed", _("Missed")
    CANCELLED = "cancelled", _("Cancelled")
    UNDONE = "undone", _("Undid the last act")
    ERASED = "erased", _("Erased")
    WILL_COME = "will-come", _("Said that they will come")
    IS_REAL = "is-real", _("Found to be real")
    REMOVED = "removed", _("Removed as a machine’s")
    RELEASED = "released", _("Gave the time of a wave back")
    CORRECTED = "corrected", _("Corrected the contact data")
    LINK_SENT = "link-sent", _("Sent the private link again")
    REVOKED = "revoked", _("Revoked the private link")
    NOTED = "noted", _("Changed the note")
    LOOKED_AT = "looked-at", _("Looked at the health answer")
    KEPT = "kept", _("Looked again and kept it")
    TOLD = "told", _("Noted that the patient knows")
    CALL_ADDED = "call-added", _("Put a call in the place of a letter")


#: What patients can do themselves.
PATIENTS_ACTS = (Act.ASKED, Act.CHANGED, Act.CANCELLED, Act.WILL_COME, Act.CORRECTED, Act.ERASED)


class RequestEvent(models.Model):
    """Who did what to a request, and when. Rows are only ever added, and hold nothing personal."""

    request = models.ForeignKey(ConsultationRequest, models.CASCADE, related_name="events")
    act = models.CharField(_("act"), max_length=16, choices=Act.choices)
    state_before = models.CharField(_("from"), max_length=10, blank=True)
    state_after = models.CharField(_("to"), max_length=10)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"), default=timezone.now)
    #: What the request was before an act of staff, so that it can be undone; emptied when the request is erased.
    before = models.JSONField(null=True, editable=False)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        # As they were written: the clocks of two machines differ.
        ordering = ["pk"]
        constraints = [
            known("request_event", "act", Act),
            known("request_event", "state_before", RequestState, blank=True),
            known("request_event", "state_after", RequestState),
        ]

    def __str__(self) -> str:
        return f"{self.get_act_display()}, {title_of(self.at)}"

    @property
    def by_patient(self) -> bool:
        """Whether the patient did it on a page; acts of staff whose account was deleted are not theirs."""
        return self.by_id is None and self.before is None and self.act in PATIENTS_ACTS
