"""What patients ask of us, and what became of it."""

import datetime
import secrets
from typing import Any, Self

import phonenumbers
from django.db import models
from django.db.models import Exists, Max, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import known, shaped
from treatments.models.private_link import PrivatelyLinked, new_secret
from treatments.models.seat import SeatCell
from treatments.models.task import ANSWERS, Task, TaskState
from treatments.values import addresses
from treatments.values.availability import CELL
from treatments.values.visit import Visit

#: Letters and digits that nobody mistakes for one another on the phone.
REFERENCE_LETTERS = "ACDEFGHJKLMNPQRTUVWXY34679"


def new_reference() -> str:
    """Six letters and digits to name a request by on the phone; they open no page."""
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


class BestTime(models.TextChoices):
    ANY = "any", _("Any time")
    MORNING = "morning", _("In the morning")
    AFTERNOON = "afternoon", _("In the afternoon")


class ConsultationRequestQuerySet(models.QuerySet["ConsultationRequest"]):
    def with_times(self) -> Self:
        """Requests with `starts_at` of the visit that they hold, None without one."""
        held = SeatCell.objects.filter(request=OuterRef("pk"))
        # A subquery, which the database works out for the rows that it returns; a join would group the whole table.
        return self.annotate(starts_at=Subquery(held.order_by("starts_at").values("starts_at")[:1]))

    def with_promise(self) -> Self:
        """Requests with `promised_at`, until when the patient was promised to hear from us; None without a promise."""
        promised = Task.objects.filter(request=OuterRef("pk"), state=TaskState.OPEN, is_promise=True)
        return self.annotate(promised_at=Subquery(promised.order_by("due_at").values("due_at")[:1]))

    def with_newest_event(self) -> Self:
        """Requests with `newest_event`, the id of the last thing that was done to each; None if nothing was."""
        return self.annotate(newest_event=Max("events"))

    def active(self) -> Self:
        """Requests for which something is still to come; not those set apart, which hold no time."""
        # Not filter(state__in=ACTIVE): SQLite would take the index of states and read every request of the three, past
        # visits among them, before it looks at what else is asked.
        return self.exclude(state__in=OVER).filter(erased_at__isnull=True, is_set_apart=False)

    def ahead(self, now: datetime.datetime) -> Self:
        """Active requests whose visit, if they hold one, has not begun."""
        return self.active().exclude(cells__starts_at__lte=now)

    def of_contact(self, *, phone: str = "", email: str = "") -> Self:
        """Requests by the same phone or the same email, in any spelling of it; an empty one finds nothing."""
        everyone = ConsultationRequest.objects
        by_phone = everyone.filter(phone=phone) if phone else everyone.none()
        alike = [Lower(Value(spelling)) for spelling in sorted(addresses.spellings(email))]
        by_email = everyone.alias(lower=Lower("email")).filter(lower__in=alike) if email else everyone.none()
        return self.in_any(by_phone, by_email)

    def in_any(self, *lists: "ConsultationRequestQuerySet") -> Self:
        """Requests that are in one of several lists."""
        # Each finds its own by an index: told "this or that", a database may read every request there is.
        first, *others = (one.order_by().values("pk") for one in lists)
        return self.filter(pk__in=first.union(*others))

    def not_erased(self) -> Self:
        return self.filter(erased_at__isnull=True)

    def with_a_page(self) -> Self:
        """Requests on whose private page something is still open, the newest first; none that is set apart."""
        return self.active().order_by("-requested_at", "-pk")

    def set_apart(self) -> Self:
        """Requests taken for a machine's, on which nobody has decided."""
        return self.not_erased().filter(is_set_apart=True, state=RequestState.REQUESTED)

    def unheard(self) -> Self:
        """Requests with a chosen time that are all that we ever heard from their patient; see the column `is_heard`."""
        return self.filter(is_heard=False, way=RequestWay.TIME)

    def waiting_for_patient(self) -> Self:
        """Requests that go on when the patient chooses or presses a button, the longest waiting first."""
        wishes = Q(state=RequestState.REQUESTED, wished_at__isnull=False)
        with_task = Task.objects.filter(request=OuterRef("pk"), state=TaskState.OPEN, kind__in=ANSWERS)
        found = self.not_erased().filter(Q(state=RequestState.OFFERED) | wishes, is_set_apart=False)
        return found.exclude(Q(state=RequestState.REQUESTED) & Exists(with_task)).order_by("heard_at", "pk")


#: Every column is declared: erasing a request gives its personal columns the value here; what is kept says nothing
#: about a person, and technical columns stay but for the digests. A test fails for a column that is not declared.
PERSONAL: dict[str, Any] = {
    "name": "",
    "phone": "",
    "email": "",
    "treatment": None,
    "message": "",
    "best_time": BestTime.ANY,
    "precautions": "",
    "needs_clinician": False,
    "offered_times": "",
    "wished_at": None,
    "note": "",
}
KEPT = ("way", "state", "requested_at", "heard_at", "erased_at", "reference", "consent_notice")
DIGESTS = ("answers_digest", "client_digest", "network_digest")
TECHNICAL = (
    *("id", "public_id", "nonce", "form_key", "sequence", "is_set_apart", "is_heard", "is_outside_hours"),
    *DIGESTS,
)
#: What an erased row holds, by column.
EMPTIED: dict[str, Any] = {**PERSONAL, **dict.fromkeys(DIGESTS, "")}


def is_emptied() -> Q:
    """The condition that a row is erased, and that nothing personal is left in it."""
    empty = {name: value for name, value in EMPTIED.items() if value is not None}
    missing = {f"{name}__isnull": True for name, value in EMPTIED.items() if value is None}
    return Q(erased_at__isnull=False, **empty, **missing)


class ConsultationRequest(PrivatelyLinked):
    """One patient's wish for a free consultation. The time that it holds are its `cells`, and nothing else."""

    private_page = "treatments:request_detail"

    way = models.CharField(_("way"), max_length=4, choices=RequestWay.choices)
    state = models.CharField(_("state"), max_length=10, choices=RequestState.choices, default=RequestState.REQUESTED)
    name = models.CharField(_("name"), max_length=120, blank=True)
    phone = models.CharField(
        _("phone"), max_length=48, blank=True, db_index=True, help_text=_("With country code, and extension if any.")
    )
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
    wished_at = models.DateTimeField(
        _("wished time"), null=True, blank=True, help_text=_("What the patient asked for and does not hold.")
    )
    is_set_apart = models.BooleanField(
        _("set apart"), default=False, help_text=_("Taken for a machine’s: holds no time until someone has decided.")
    )
    is_heard = models.BooleanField(
        _("heard from"),
        default=False,
        help_text=_("The patient said that they will come, was spoken with, or booked with staff."),
    )
    is_outside_hours = models.BooleanField(
        _("booked outside hours"), default=False, help_text=_("By staff, who were told so.")
    )
    note = models.TextField(_("note"), max_length=2000, blank=True)
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
    #: Of the wider network that the network address of the sender belongs to.
    network_digest = models.CharField(max_length=64, blank=True, editable=False)

    # Rows have these only if they were read `with_times`, `with_promise` or `with_newest_event`.
    starts_at: datetime.datetime | None
    promised_at: datetime.datetime | None
    newest_event: int | None

    objects = ConsultationRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("consultation request")
        verbose_name_plural = _("consultation requests")
        ordering = ["-requested_at", "-pk"]
        indexes = [
            models.Index(fields=["client_digest", "requested_at"], name="request_of_client"),
            models.Index(fields=["network_digest", "requested_at"], name="request_of_network"),
            models.Index(Lower("email"), name="request_of_email"),
            models.Index(fields=["state", "-requested_at"], name="request_of_state"),
            # The few for a clinician, set apart, or with a wish, among a million that are not.
            models.Index(fields=["requested_at"], name="request_for_clinician", condition=Q(needs_clinician=True)),
            models.Index(fields=["requested_at"], name="request_is_set_apart", condition=Q(is_set_apart=True)),
            models.Index(fields=["heard_at"], name="request_with_wish", condition=Q(wished_at__isnull=False)),
            models.Index(fields=["heard_at"], name="request_offered", condition=Q(state="offered")),
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
                condition=(Q(erased_at__isnull=True) & ~Q(name="")) | is_emptied(),
            ),
            shaped("consultation_request_reference_can_be_read_out", "reference", like=[f"[{REFERENCE_LETTERS}]" * 6]),
        ]

    def __str__(self) -> str:
        return f"{self.name or _('erased')}, {self.reference}"

    @property
    def phone_in_words(self) -> str:
        """The phone number as people read it, with its extension."""
        try:
            number = phonenumbers.parse(self.phone)
        except phonenumbers.NumberParseException:
            return self.phone
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)

    @property
    def said_yes_to(self) -> list[str]:
        """The precautions that the patient named, in words short enough for a list."""
        return [key.replace("-", " ") for key in self.precautions.split()]

    def opens_with(self, signature: str) -> bool:
        """Whether this signature opens the page of the request; an erased request has no page."""
        return self.erased_at is None and super().opens_with(signature)

    # The visit

    def held_visit(self) -> Visit | None:
        """The Visit that it holds, read anew from its cells; None without one."""
        held = self.cells.aggregate(start=Min("starts_at"), last=Max("starts_at"))
        return held["start"] and Visit(held["start"], held["last"] + CELL)

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE and self.erased_at is None

    def open_promise(self) -> datetime.datetime | None:
        """Until when the patient was promised to hear from us, read anew from the open task; None without one."""
        return self.tasks.open().filter(is_promise=True).values_list("due_at", flat=True).first()
