"""What patients ask of us, and what became of it."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Max, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.availability import CELL
from treatments.models.constraints import known
from treatments.models.private_link import PrivatelyLinked, new_secret
from treatments.models.seat import SeatCell

#: Letters and digits that nobody mistakes for one another on the phone.
REFERENCE_LETTERS = "ACDEFGHJKLMNPQRTUVWXY34679"


def new_reference():
    """Six letters that can be read over the phone; they open nothing."""
    return "".join(secrets.choice(REFERENCE_LETTERS) for _letter in range(6))


class RequestWay(models.TextChoices):
    TIME = "time", _("Chose a time")
    CALL = "call", _("Asked to be called")


class RequestState(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    OFFERED = "offered", _("Offered")
    CONFIRMED = "confirmed", _("Confirmed")
    CALLED = "called", _("Called")
    ATTENDED = "attended", _("Attended")
    MISSED = "missed", _("Missed")
    CANCELLED = "cancelled", _("Cancelled")


#: States in which something is still to come, and the others.
ACTIVE = (RequestState.REQUESTED, RequestState.OFFERED, RequestState.CONFIRMED)
OVER = tuple(set(RequestState) - set(ACTIVE))


class Act(models.TextChoices):
    """What can be done to a request."""

    ASKED = "asked", _("Asked")
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


class BestTime(models.TextChoices):
    ANY = "any", _("Any time")
    MORNING = "morning", _("In the morning")
    AFTERNOON = "afternoon", _("In the afternoon")


class ConsultationRequestQuerySet(models.QuerySet):
    def with_times(self):
        """Requests with `starts_at` and `last_cell_at` of the visit that they hold, None without one."""
        held = SeatCell.objects.filter(request=OuterRef("pk"))
        # Subqueries, which the database works out for the rows that it returns; a join would group the whole table.
        return self.annotate(
            starts_at=Subquery(held.order_by("starts_at").values("starts_at")[:1]),
            last_cell_at=Subquery(held.order_by("-starts_at").values("starts_at")[:1]),
        )

    def active(self):
        """Requests for which something is still to come; quarantined ones hold nothing."""
        # By what they are not: SQLite would begin with every request of the three states, past visits among them.
        return self.exclude(state__in=OVER).filter(erased_at__isnull=True, is_quarantined=False)

    def ahead(self, now):
        """Active requests whose visit, if they hold one, has not begun."""
        return self.active().exclude(cells__starts_at__lte=now)

    def of_contact(self, *, phone="", email=""):
        """Requests by the same phone or the same email; small and capital letters are one."""
        everyone = ConsultationRequest.objects
        by_phone = everyone.filter(phone=phone) if phone else everyone.none()
        by_email = everyone.alias(lower=Lower("email")).filter(lower=Lower(Value(email))) if email else everyone.none()
        return self.in_any(by_phone, by_email)

    def in_any(self, *lists):
        """Requests that are in one of several lists."""
        # Each finds its own by an index: told "this or that", a database may read every request there is.
        first, *others = (one.order_by().values("pk") for one in lists)
        return self.filter(pk__in=first.union(*others))

    def not_erased(self):
        return self.filter(erased_at__isnull=True)

    def due(self):
        """What the front desk has to do, the oldest promise first."""
        return self.active().filter(promised_at__isnull=False).order_by("promised_at", "pk")


class ConsultationRequest(PrivatelyLinked):
    """One patient's wish for a free consultation. The time that it holds are its `cells`, and nothing else."""

    private_page = "treatments:request_detail"

    way = models.CharField(_("way"), max_length=4, choices=RequestWay.choices)
    state = models.CharField(_("state"), max_length=10, choices=RequestState.choices, default=RequestState.REQUESTED)
    name = models.CharField(_("name"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=16, blank=True, db_index=True, help_text=_("With country code."))
    email = models.EmailField(_("email"), blank=True)
    treatment = models.ForeignKey(
        "treatments.Treatment",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="consultation_requests",
        verbose_name=_("treatment"),
    )
    message = models.TextField(_("message"), max_length=2000, blank=True)
    best_time = models.CharField(_("best time to call"), max_length=9, choices=BestTime.choices, default=BestTime.ANY)
    precautions = models.TextField(
        _("said yes to"), blank=True, help_text=_("Keys of the precautions that a clinician should look at first.")
    )
    needs_clinician = models.BooleanField(_("for a clinician"), default=False)
    offered_times = models.TextField(
        _("times offered"), blank=True, editable=False, help_text=_("As they travel in addresses; nothing is held.")
    )
    promised_at = models.DateTimeField(_("call by"), null=True, blank=True)
    is_quarantined = models.BooleanField(
        _("quarantined"), default=False, help_text=_("Looks like spam: holds no seat until someone has called.")
    )
    consent_notice = models.ForeignKey(
        "treatments.Notice", models.PROTECT, null=True, related_name="+", verbose_name=_("consent notice seen")
    )
    requested_at = models.DateTimeField(_("requested"), default=timezone.now, db_index=True)
    heard_at = models.DateTimeField(_("last heard of"), default=timezone.now, db_index=True)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)
    sequence = models.PositiveIntegerField(_("changes of the time"), default=0)
    reference = models.CharField(_("reference"), max_length=6, unique=True, default=new_reference)
    form_key = models.CharField(max_length=22, unique=True, default=new_secret, editable=False)
    answers_digest = models.CharField(max_length=64, blank=True, editable=False)
    client_digest = models.CharField(max_length=64, blank=True, editable=False)

    objects = ConsultationRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("consultation request")
        verbose_name_plural = _("consultation requests")
        ordering = ["-requested_at", "-pk"]
        indexes = [
            models.Index(fields=["client_digest", "requested_at"], name="request_of_client"),
            models.Index(Lower("email"), name="request_of_email"),
            models.Index(fields=["state", "-requested_at"], name="request_of_state"),
            # The few to be answered, for a clinician, or that look like spam, among a million that are not.
            models.Index(fields=["promised_at"], name="request_promised", condition=Q(promised_at__isnull=False)),
            models.Index(fields=["requested_at"], name="request_for_clinician", condition=Q(needs_clinician=True)),
            models.Index(fields=["requested_at"], name="request_set_apart", condition=Q(is_quarantined=True)),
        ]
        constraints = [
            known("consultation_request", "way", RequestWay),
            known("consultation_request", "state", RequestState),
            known("consultation_request", "best_time", BestTime),
            models.CheckConstraint(
                name="consultation_request_can_be_answered",
                condition=Q(erased_at__isnull=False) | ~Q(email="") | ~Q(phone=""),
                violation_error_message=_("Enter an email address or a phone number."),
            ),
            models.CheckConstraint(
                name="consultation_request_erased_or_named",
                condition=(Q(erased_at__isnull=True) & ~Q(name=""))
                | Q(
                    erased_at__isnull=False,
                    name="",
                    phone="",
                    email="",
                    message="",
                    precautions="",
                    answers_digest="",
                    client_digest="",
                ),
            ),
            models.CheckConstraint(
                name="consultation_request_reference_can_be_read_out",
                condition=Q(reference__regex=rf"\A[{REFERENCE_LETTERS}]{{6}}\Z"),
            ),
        ]

    def __str__(self):
        return f"{self.name or _('erased')}, {self.reference}"

    @property
    def said_yes_to(self):
        """The precautions that the patient named, in words short enough for a list."""
        return [key.replace("-", " ") for key in self.precautions.split()]

    def opens_with(self, signature):
        """Of what is erased nothing is left to open."""
        return self.erased_at is None and super().opens_with(signature)

    # The visit

    @property
    def visit(self):
        """(start, end) of the visit that it holds, as moments in UTC; None without one."""
        held = self.cells.aggregate(start=Min("starts_at"), last=Max("starts_at"))
        return held["start"] and (held["start"], held["last"] + CELL)

    @property
    def is_active(self):
        return self.state in ACTIVE and self.erased_at is None


class RequestEvent(models.Model):
    """Who did what to a request, and when. Rows are only ever added, and hold nothing personal."""

    request = models.ForeignKey(ConsultationRequest, models.CASCADE, related_name="events")
    act = models.CharField(_("act"), max_length=12, choices=Act.choices)
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

    def __str__(self):
        return f"{self.get_act_display()}, {self.at:%Y-%m-%d %H:%M}"
