"""What we have to say to patients and to the clinic: rows first, sent later."""

import datetime
from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from treatments.models.constraints import filled, known
from treatments.models.edition import Edition
from treatments.models.request_event import RequestEvent
from treatments.models.task import Task, TaskKind
from treatments.models.treatment import Treatment
from treatments.values.availability import DAY


class MessageKind(models.TextChoices):
    CONFIRMED = "confirmed", _("Your time is confirmed")
    PROMISE = "promise", _("We will call you")
    WISHED = "wished", _("Press once to take your time")
    CHANGED = "changed", _("Your time has changed")
    CANCELLED = "cancelled", _("Your consultation is cancelled")
    REMINDER_3_DAYS = "reminder-3-days", _("Reminder, 3 days before")
    REMINDER_1_DAY = "reminder-1-day", _("Reminder, the day before")
    OFFER = "offer", _("Times to choose from")
    LINK = "link", _("Your private link")
    CLINIC_NOTICE = "clinic-notice", _("To the clinic: what patients did")
    NOT_PUBLISHED = "not-published", _("To the editor: it was not published")
    REVIEW_DUE = "review-due", _("To the clinic: a review runs out soon")


REMINDERS = (MessageKind.REMINDER_3_DAYS, MessageKind.REMINDER_1_DAY)
#: What is about a treatment, and not about a request.
ABOUT_TREATMENT = (MessageKind.NOT_PUBLISHED, MessageKind.REVIEW_DUE)
TO_CLINIC = (MessageKind.CLINIC_NOTICE, *ABOUT_TREATMENT)

#: What the payload of each kind holds, all of it needed: moments as ISO 8601 in UTC, None where there is no time.
PAYLOADS: dict[str, set[str]] = {
    MessageKind.CONFIRMED: {"start"},
    MessageKind.PROMISE: set(),
    # With an end where it was held before, and given back.
    MessageKind.WISHED: {"start", "end"},
    MessageKind.CHANGED: {"start", "was"},
    MessageKind.CANCELLED: {"start", "end"},
    MessageKind.REMINDER_3_DAYS: {"start"},
    MessageKind.REMINDER_1_DAY: {"start"},
    MessageKind.OFFER: {"start", "end"},
    MessageKind.LINK: set(),
    # Which act of a patient; what was held, if it is given back.
    MessageKind.CLINIC_NOTICE: {"act", "start"},
    MessageKind.NOT_PUBLISHED: {"at"},
    MessageKind.REVIEW_DUE: {"at"},
}


class MessageState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Not delivered")
    CANCELLED = "cancelled", _("Taken back")


#: So long before the review of a treatment runs out the clinic is told, and at this time of its day.
REVIEW_LEAD = 30 * DAY
MORNING = datetime.time(9)


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: datetime.datetime) -> Self:
        """What the worker should send now, the oldest first; to one patient, one letter after the other."""
        free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
        earlier = Message.objects.filter(
            request=OuterRef("request"), pk__lt=OuterRef("pk"), state=MessageState.QUEUED, attempts__gt=0
        )
        # The clinic's letters wait for no patient's mailbox, nor patients for the clinic's.
        in_turn = Q(kind__in=TO_CLINIC) | ~Exists(earlier.exclude(kind__in=TO_CLINIC))
        # What was due when a backup was restored may have gone out before: a manager decides (`follow_up.held`).
        held = Task.objects.open().filter(kind=TaskKind.LETTERS_HELD, raised_at__gte=OuterRef("not_before"))
        waiting = self.filter(free, in_turn, ~Exists(held), state=MessageState.QUEUED, not_before__lte=now)
        return waiting.order_by("not_before", "pk")

    def unsent(self, now: datetime.datetime) -> Self:
        """Letters that could still go out, or could not be delivered; not one that is being sent at this moment."""
        in_hand = Q(state=MessageState.QUEUED, lease_until__gte=now)
        return self.filter(state__in=(MessageState.QUEUED, MessageState.FAILED)).exclude(in_hand)

    def waiting_for_patient(self) -> Self:
        """Letters to patients that have yet to go out."""
        return self.filter(state=MessageState.QUEUED).exclude(kind__in=TO_CLINIC)

    def state_of_newest(self, now: datetime.datetime) -> str:
        """The state of the letter to the patient that was due last, a MessageState; "" if there is none."""
        due = self.filter(not_before__lte=now).exclude(kind__in=TO_CLINIC).exclude(state=MessageState.CANCELLED)
        return due.order_by("not_before", "pk").values_list("state", flat=True).last() or ""

    def reminders_to_come(self) -> list[datetime.datetime]:
        """When reminders go out, the first one first."""
        waiting = self.filter(kind__in=REMINDERS, state=MessageState.QUEUED).order_by("not_before")
        return list(waiting.values_list("not_before", flat=True))

    def take_back(self, event: RequestEvent | None = None) -> int:
        """Take these back because of an act, or because they are not true any more; how many."""
        return self.order_by().update(state=MessageState.CANCELLED, ended_by=event, lease_owner="", lease_until=None)

    def try_anew(self, now: datetime.datetime) -> int:
        """Let these go out from `now` on as if they had never been tried; how many."""
        return self.order_by().update(
            state=MessageState.QUEUED, attempts=0, not_before=now, error="", is_of_our_account=False
        )

    def failed(self) -> Self:
        """Letters about requests that were not delivered; those of erased requests do not count."""
        return self.filter(state=MessageState.FAILED, request__isnull=False, request__erased_at__isnull=True)

    def to_mailbox_since(self, digest: str, moment: datetime.datetime, now: datetime.datetime) -> Self:
        """Letters to one mailbox, by its digest, that went out after a moment, or are being sent at this one."""
        sent = Q(state=MessageState.SENT, sent_at__gt=moment)
        return self.filter(sent | Q(state=MessageState.QUEUED, lease_until__gte=now), mailbox_digest=digest)

    # About a treatment

    def queue_not_published(self, treatment: Treatment, at: datetime.datetime, editor: User | None) -> "Message":
        """Tell whoever set the moment, `editor`, that the gate stopped it; `at` is that moment."""
        return self.create(
            treatment=treatment,
            staff=editor,
            kind=MessageKind.NOT_PUBLISHED,
            key=f"{MessageKind.NOT_PUBLISHED}:{treatment.pk}:{at.isoformat()}",
            payload={"at": at.isoformat()},
        )

    def queue_review_due(self, edition: Edition, zone: datetime.tzinfo) -> "Message":
        """Tell the clinic a month before the review of this edition runs out, and not of earlier editions any more.

        `zone` is the clinic's time zone, in which the day of the review ends. Raises ValueError for an edition that
        names no next review.
        """
        if edition.next_review_date is None:
            raise ValueError("This edition names no next review.")
        earlier = self.filter(treatment=edition.treatment_id, kind=MessageKind.REVIEW_DUE)
        earlier.filter(state__in=(MessageState.QUEUED, MessageState.FAILED)).take_back()
        ends_at = datetime.datetime.combine(edition.next_review_date, MORNING, zone)
        return self.create(
            treatment=edition.treatment,
            kind=MessageKind.REVIEW_DUE,
            key=f"{MessageKind.REVIEW_DUE}:{edition.pk}",
            not_before=ends_at - REVIEW_LEAD,
            payload={"at": ends_at.isoformat()},
        )

    def queue_review_due_again(self, treatment: Treatment) -> None:
        """Queue the newest edition's letter again, if it was taken back while the treatment was withdrawn."""
        newest = treatment.editions.order_by("-number").values_list("pk", flat=True).first()
        taken_back = self.filter(key=f"{MessageKind.REVIEW_DUE}:{newest}", state=MessageState.CANCELLED)
        taken_back.update(state=MessageState.QUEUED)


class Message(models.Model):
    """One letter to send. Its text is written when it goes out, if what it says is still so."""

    request = models.ForeignKey(
        "treatments.ConsultationRequest", models.CASCADE, null=True, related_name="messages", verbose_name=_("request")
    )
    treatment = models.ForeignKey(
        "treatments.Treatment", models.CASCADE, null=True, related_name="messages", verbose_name=_("treatment")
    )
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("to whom of the staff")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=MessageKind.choices)
    made_by = models.ForeignKey(
        "treatments.RequestEvent", models.SET_NULL, null=True, related_name="made", verbose_name=_("because of")
    )
    ended_by = models.ForeignKey(
        "treatments.RequestEvent",
        models.SET_NULL,
        null=True,
        related_name="ended",
        verbose_name=_("taken back because of"),
    )
    state = models.CharField(_("state"), max_length=10, choices=MessageState.choices, default=MessageState.QUEUED)
    key = models.CharField(max_length=80, unique=True, editable=False)
    payload = models.JSONField(_("details"), default=dict, blank=True, editable=False)
    not_before = models.DateTimeField(_("not before"), default=timezone.now, db_index=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(null=True, editable=False)
    lease_owner = models.CharField(max_length=22, blank=True, editable=False)
    error = models.CharField(_("why it was not delivered"), max_length=300, blank=True)
    #: Whether the error is of our own mail account, so that every letter waits for the same thing.
    is_of_our_account = models.BooleanField(default=False, editable=False)
    #: Whose mailbox, for the limit of letters that strangers can cause; emptied in the night after it.
    mailbox_digest = models.CharField(max_length=64, blank=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-not_before", "-pk"]
        indexes = [
            models.Index(fields=["state", "not_before"], name="message_of_state"),
            models.Index(fields=["kind", "not_before"], name="message_of_kind"),
            models.Index(
                fields=["mailbox_digest", "sent_at"], name="message_to_mailbox", condition=Q(mailbox_digest__gt="")
            ),
            models.Index(fields=["kind", "sent_at"], name="message_sent_of_kind"),
        ]
        constraints = [
            known("message", "kind", MessageKind),
            known("message", "state", MessageState),
            filled("message", "key"),
            models.CheckConstraint(
                name="message_is_about_a_request_or_a_treatment",
                condition=Q(kind__in=ABOUT_TREATMENT, request__isnull=True, treatment__isnull=False)
                | (~Q(kind__in=ABOUT_TREATMENT) & Q(request__isnull=False, treatment__isnull=True)),
            ),
            models.CheckConstraint(
                name="message_sent_has_its_moment",
                condition=Q(state=MessageState.SENT, sent_at__isnull=False)
                | (~Q(state=MessageState.SENT) & Q(sent_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_state_display()})"

    @property
    def is_to_patient(self) -> bool:
        return self.kind not in TO_CLINIC

    def is_on_its_way(self, now: datetime.datetime) -> bool:
        """Whether it was sent, or is being sent at this moment, so that nobody can take it back."""
        return self.state == MessageState.SENT or (self.lease_until is not None and self.lease_until >= now)
